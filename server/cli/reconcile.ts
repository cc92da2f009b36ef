/** `reconcile …`: has a target reconciled by the workers and says what was found, for whoever has no browser. Acting on findings is for people who log in. */
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase, type Sql } from '#core/database.ts'
import { openLedger, type Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { readFindings } from '#core/reconciliations/findings.ts'
import type { ReconciliationRecord } from '#core/reconciliations/reconciliation.ts'
import { beginReconciliation, readReconciliations } from '#core/reconciliations/store.ts'
import { createSealer } from '#core/sealing.ts'
import { uuidv7 } from '#core/uuid.ts'
import { environmentOfThisMachine } from '../standalone/environment.ts'
import { cliActor, readWords, wrongUsage } from './words.ts'

const usage = 'reconcile run TARGET --reason TEXT [--no-wait], reconcile list [TARGET], reconcile findings TARGET'
const lookMs = 500
const mostShown = 200

/** Answers whether all went well; of `findings`, whether none is open. Throws `bad_request` for wrong usage. */
export async function reconcileCommand([verb, ...args]: readonly string[], log: Logger): Promise<boolean> {
  const { values, positionals } = readWords(args, { reason: { type: 'string' }, 'no-wait': { type: 'boolean' } })
  const [target, ...more] = positionals
  if (more.length > 0 || (target === undefined && verb !== 'list')) throw wrongUsage(usage)
  const { environment } = environmentOfThisMachine()
  await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 2 })
  const { sql } = database
  if (target !== undefined) await requireTarget(sql, target)
  switch (verb) {
    case 'run': {
      const ledger = openLedger({ database, sealer: createSealer(environment.PASSERELLE_KEY), log })
      const id = await begin(ledger, target ?? '', values.reason?.trim() ?? '')
      const ended = values['no-wait'] === true ? null : await waitFor(sql, id)
      console.log(ended === null ? `✔ ${id} waits for a worker` : describe(ended))
      return ended === null || ended.state === 'done'
    }
    case 'list': {
      const runs = await readReconciliations(sql, { limit: 20, ...(target === undefined ? {} : { target }) })
      for (const run of runs) console.log(describe(run))
      return true
    }
    case 'findings':
      return await showFindings(sql, target ?? '')
    default:
      throw wrongUsage(usage)
  }
}

async function requireTarget(sql: Sql, target: string): Promise<void> {
  const rows = await sql<{ name: string }[]>`select name from target order by name`
  if (rows.some(({ name }) => name === target)) return
  throw wrongUsage(`there is no target ${target}; there are ${rows.map(({ name }) => name).join(', ') || 'none'}`)
}

async function begin(ledger: Ledger, target: string, reason: string): Promise<string> {
  if (reason.length < 3) throw wrongUsage('say why, in 3 characters or more: --reason "the yearly review"')
  const [id, by] = [uuidv7(), cliActor()]
  await ledger.change(async (tx, record) => {
    if (!(await beginReconciliation(tx, { id, target, by, reason })))
      throw wrongUsage(`a reconciliation of ${target} is under way`, 'wait until it has ended: reconcile list')
    record.audit({ action: 'reconciliation_started', actor: by, target, detail: { reconciliation: id, reason } })
  })
  return id
}

async function waitFor(sql: Sql, id: string): Promise<ReconciliationRecord> {
  for (;;) {
    const [run] = await readReconciliations(sql, { id, limit: 1 })
    if (run === undefined) throw wrongUsage('the reconciliation is gone')
    if (run.endedAt !== null) return run
    await delay(lookMs)
  }
}

function describe({ target, state, createdAt, listed, problem, ...counts }: ReconciliationRecord): string {
  const { matched, missing, orphan, divergent, adopted, busy } = counts
  const found = `${listed} listed: ${matched} as they were left, ${missing} missing, ${orphan} orphans, ${divergent} divergent, ${adopted} adopted, ${busy} busy`
  return `${createdAt.toISOString()} ${target} ${state}; ${found}${problem === null ? '' : `; ${problem.code}: ${problem.message}`}`
}

async function showFindings(sql: Sql, target: string): Promise<boolean> {
  const found = await readFindings(sql, { target, state: 'open', limit: mostShown + 1 })
  for (const { kind, label, identity, differences } of found.slice(0, mostShown)) {
    const whose = identity === null ? '' : ` of ${identity.source} ${identity.externalId}`
    console.log(`${kind.padEnd(9)} ${label}${whose}${differences.map(({ item }) => ` ${item}`).join(',')}`)
  }
  if (found.length > mostShown) console.log('… and more: look at the dashboard')
  // What was adopted is as it should be.
  return found.every(({ kind }) => kind === 'adopted')
}
