/** The ledger: the PostgreSQL tables of requests, plans, steps and receipts. The truth, and the only one. */
import { createAuditChain, type AuditChain, type AuditEntry } from '../audit.ts'
import { asRows, type Database, type Tx } from '../database.ts'
import type { Logger } from '../log.ts'
import type { Sealer } from '../sealing.ts'
import { accept } from './accept.ts'
import { keepImage } from './approval-images.ts'
import { createAnswer } from './approve.ts'
import { beginReset } from './begin-reset.ts'
import { changeDeparture } from './change-departure.ts'
import { createClaim } from './claim.ts'
import { decide } from './decide.ts'
import { settleDeparture } from './file-departures.ts'
import { createApprovalGuard } from './guard-approval.ts'
import { delegate, revoke } from './delegate.ts'
import { createIdentityReader } from './identity.ts'
import { changeLookup } from './lookup-tables.ts'
import { retryNotification } from './notification.ts'
import { keepEngine, knowsEngine } from './queue-engine.ts'
import { createStepReader } from './read-step.ts'
import { replan } from './replan.ts'
import { attest, cancel, probe } from './resolve.ts'
import { resume, retry } from './retry.ts'
import { readDue, wake, wakeAll } from './ring.ts'
import { settle } from './settle.ts'
import { changeTarget } from './target-state.ts'
import { wakeNow } from './wake-now.ts'
import { createWriter, type Recorder, type Statement } from './writer.ts'

/** A lone request is accepted and decided once; its steps are claimed together, and settled together. */
const crowdOfRequests = 4
const crowdOfSteps = 16

export type Ledger = ReturnType<typeof openLedger>

export function openLedger({ database, sealer, log }: { database: Database; sealer: Sealer; log: Logger }) {
  const { sql, writingSteps, writingRequests } = database
  const audit: AuditChain = createAuditChain(sealer.derive('audit chain'))
  const approvalKey = sealer.derive('approvals')
  const stepWriter = createWriter({ transact: writingSteps, audit, log, crowd: crowdOfSteps })
  // Accepting and deciding take many statements, one after the other; claims and results need not wait for them.
  const requestWriter = createWriter({ transact: writingRequests, audit, log, crowd: crowdOfRequests })
  // What people do takes several statements and locks: apart from the workers' writes, whose statements would run in between.
  const people = createWriter({ transact: database.transact, audit, log, crowd: crowdOfRequests })
  const change = people.statement(changeOneByOne)
  return {
    accept: requestWriter.statement(accept),
    claim: stepWriter.statement(createClaim(createApprovalGuard(approvalKey))),
    settle: stepWriter.statement(settle),
    /** An undo is about to set a secret that nobody knows. */
    beginReset: stepWriter.statement(beginReset),
    decide: requestWriter.statement(decide),
    retry: people.statement(retry),
    resume: people.statement(resume),
    cancel: people.statement(cancel),
    probe: people.statement(probe),
    attest: people.statement(attest),
    replan: people.statement(replan),
    /** A departure whose day has come, and for which no deletion is filed (yet). */
    settleDeparture: people.statement(settleDeparture),
    /** A person names another day for a deletion, or has the account stay. */
    changeDeparture: people.statement(changeDeparture),
    /** A person approves, or refuses to. */
    answerApproval: people.statement(createAnswer(approvalKey)),
    /** A lookup table's next version. */
    changeLookup: people.statement(changeLookup),
    /** A person gives a decision, or all of theirs for a time, into another's hands; and takes it back. */
    delegate: people.statement(delegate),
    revokeDelegation: people.statement(revoke),
    retryNotification: people.statement(retryNotification),
    /** What a worker saw of an account that people are asked about. */
    keepImage: stepWriter.statement(keepImage),
    due: (limit: number) => readDue(sql, limit),
    wake: stepWriter.statement(wake),
    wakeAll: stepWriter.statement(wakeAll),
    /** Whether a queue engine of this kind was ever seen with our mark; and that it was. */
    knowsEngine: (kind: string) => knowsEngine(sql, kind),
    keepEngine: (kind: string) => keepEngine(sql, kind),
    /** What happened to a target: its breaker and its maintenance mode. */
    changeTarget: stepWriter.statement(changeTarget),
    wakeNow: stepWriter.statement(wakeNow),
    /** A record of something that is no request: a login, a change of configuration. */
    record: stepWriter.statement(recordOnly),
    /** What people change besides requests, with what is recorded of it. `work` may be done again, from the start, when a neighbour's failed. */
    change: <Result>(work: Change<Result>) => change(work) as Promise<Result>,
    readStep: createStepReader(sql),
    readIdentity: createIdentityReader(sql),
    renew: renewLeases(sql),
    openSealed: openSealed(sql, sealer),
    verifyAudit: () => audit.verify(sql),
  }
}

const recordOnly: Statement<AuditEntry, void> = async (_tx, inputs, record) => {
  for (const entry of inputs) record.audit(entry)
  return inputs.map(() => undefined)
}

/** Some statements and their audit records, in one transaction. What it throws is its caller's alone. */
export type Change<Result> = (tx: Tx, record: Pick<Recorder, 'audit'>) => Promise<Result>

const changeOneByOne: Statement<Change<unknown>, unknown> = async (tx, works, record) => {
  const results: unknown[] = []
  for (const work of works) results.push(await work(tx, record))
  return results
}

/** Keeps the claims of living workers alive; a claim that was lost stays lost. Answers those that were kept. */
function renewLeases(sql: Database['sql']) {
  return async (claims: readonly HeldClaim[], seconds: number): Promise<readonly HeldClaim[]> => {
    const rows = claims.map((claim) => ({ request_id: claim.requestId, target: claim.target, fence: claim.fence }))
    return sql<HeldClaim[]>`update step set lease_until = clock_timestamp() + make_interval(secs => ${seconds})
      from jsonb_to_recordset(${asRows(sql, rows)}) as row (request_id uuid, target text, fence bigint)
      where step.request_id = row.request_id and step.target = row.target and step.fence = row.fence and step.state in ('running', 'undoing')
      returning step.request_id as "requestId", step.target, step.fence`
  }
}

interface HeldClaim {
  readonly requestId: string
  readonly target: string
  readonly fence: number
}

/** Opens sealed secrets by id; ids that are gone (used up, expired) are absent from the answer. */
function openSealed(sql: Database['sql'], sealer: Sealer) {
  return async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    if (ids.length === 0) return new Map()
    const rows = await sql<{ id: string; purpose: string; data: Buffer }[]>`
      select id, purpose, data from sealed where id = any(${[...ids]}::uuid[]) and (expires_at is null or expires_at > now())`
    return new Map(rows.map((row) => [row.id, sealer.open(`${row.purpose}|${row.id}`, row.data)]))
  }
}
