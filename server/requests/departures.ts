/**
 * Accounts whose grace is over are deleted by ordinary requests, which the gateway itself files: planned, audited, approved and counted like any
 * other. Here, because servers have the rules. Any number of servers may look at once; the ledger files each deletion once.
 */
import type { CrashPoint } from '#core/crash-points.ts'
import type { Sql } from '#core/database.ts'
import { decideDeparture } from '#core/departure.ts'
import { isGatewayError } from '#core/errors.ts'
import { takeDueDepartures, type SettledDeparture, type TakenDeparture } from '#core/ledger/file-departures.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { toProblem } from '#core/problem.ts'
import type { Planning } from './planning.ts'
import type { Sources } from './sources.ts'
import type { Submissions } from './submit.ts'

export interface DeparturesDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'settleDeparture'>
  readonly planning: Pick<Planning, 'graceOf'>
  readonly submissions: Pick<Submissions, 'submit'>
  readonly sources: Pick<Sources, 'get'>
  readonly log: Logger
  readonly crashPoint: CrashPoint
}

const batch = 50
const everyMs = 2_000
/** Seconds for which a departure is this server's. One that dies with it is looked at again by anybody then. */
const leaseSeconds = 30
/** Seconds until one that could not be filed is tried again. */
const againSeconds = 300

export function openDepartures(deps: DeparturesDeps): AsyncDisposable {
  const { sql, log, crashPoint } = deps
  let closed = false
  let running: Promise<void> | null = null

  async function look(): Promise<void> {
    for (let taken = batch; taken === batch && !closed;) {
      const due = await takeDueDepartures(sql, batch, leaseSeconds)
      taken = due.length
      if (taken > 0) crashPoint('departure:taken')
      await Promise.all(due.map((departure) => fileOne(deps, departure)))
    }
  }
  const timer = setInterval(() => {
    running ??= look()
      .catch((err: unknown) => log.warn({ err }, 'accounts whose grace is over could not be looked at'))
      .finally(() => {
        running = null
      })
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(timer)
      await running
    },
  }
}

async function fileOne(deps: DeparturesDeps, taken: TakenDeparture): Promise<void> {
  const { ledger, log } = deps
  const about = { id: taken.id, target: taken.target, begunBy: taken.begunBy }
  try {
    const settled = await decideAndFile(deps, taken)
    if (settled !== null) await ledger.settleDeparture({ ...about, ...settled })
  } catch (err) {
    log.warn({ err, departure: taken.id, target: taken.target }, 'an account whose grace is over could not be deleted yet')
    const problem = isGatewayError(err) ? toProblem(err) : { code: 'internal', message: 'the deletion could not be filed' }
    await ledger
      .settleDeparture({ ...about, verdict: { kind: 'wait', seconds: againSeconds }, problem })
      .catch((error: unknown) => log.debug({ err: error }, 'the lease will do'))
  }
}

/** Null when the deletion was filed: the ledger has it. */
async function decideAndFile(deps: DeparturesDeps, taken: TakenDeparture): Promise<Pick<SettledDeparture, 'verdict'> | null> {
  const source = await deps.sources.get(taken.source)
  const graceNowSeconds = await deps.planning.graceOf(source.ruleSet, taken.target)
  const verdict = decideDeparture({ ...taken, graceNowSeconds })
  if (verdict.kind !== 'file') return { verdict }
  try {
    await deps.submissions.submit({
      source,
      actor: 'gateway',
      idempotency: null,
      departure: taken.id,
      change: toDeletion(taken),
    })
    return null
  } catch (error) {
    // The person returned, or somebody named another day, just now: the next look sees it.
    if (isGatewayError(error) && error.code === 'conflict') return null
    throw error
  }
}

function toDeletion({ externalId, target, forget }: TakenDeparture) {
  const nothing = { attributes: [], keep: [], secrets: {}, ignored: [] }
  const about = { kind: 'delete', objectType: 'user', mode: 'partial', externalId, displayName: null } as const
  return { ...about, ...nothing, ending: { target, forget } }
}
