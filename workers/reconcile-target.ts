/**
 * Reconciles a target: lists its accounts page by page and judges each by what the ledger knows. It reads, and writes nothing but its own findings.
 * Each page is written before the next one is asked for; whoever takes over goes on from there.
 */
import { DelayedError, UnrecoverableError, type Job } from 'bullmq'
import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { isGatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { isOutage } from '#core/outage.ts'
import { beginReconciliation } from '#core/reconciliations/store.ts'
import {
  claimReconciliation,
  completeFindings,
  endReconciliation,
  releaseReconciliation,
  renewReconciliation,
  tidyUp,
  writePage,
  type ClaimedReconciliation,
} from '#core/reconciliations/work.ts'
import type { Problem } from '#core/states.ts'
import { uuidv7 } from '#core/uuid.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { Gate, Pass } from './gate.ts'
import { judgePage } from './judge-page.ts'
import { isPassing, toProblem } from './step-job.ts'

/** The version of the job data. */
export const reconciliationJobVersion = 1

const JobData = v.object({ v: v.literal(reconciliationJobVersion), target: v.string(), scheduled: v.boolean() })
export type ReconciliationJob = v.InferOutput<typeof JobData>

export interface ReconcileTargetDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'change'>
  readonly targets: Pick<OpenTargets, 'open' | 'deadlineMs' | 'limits'>
  readonly gate: Pick<Gate, 'enter'>
  readonly log: Logger
  /** How long a claim holds without a sign of life. */
  readonly seconds: number
  /** Aborted when the worker stops: the reconciliation is left to another one. */
  readonly stopping: AbortSignal
}

const pageSize = 500
/** Claims of which nothing came: what kills its workers, or fails again and again, must not go on doing so. */
const mostClaims = 5
/** A page is many calls for some connectors. */
const pageDeadlines = 4
const againMs = 1_000

export function createReconcileTarget(deps: ReconcileTargetDeps) {
  const { sql, gate, seconds, log } = deps

  async function reconcileTarget(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    const data = v.safeParse(JobData, job.data)
    if (!data.success) throw new UnrecoverableError('the job holds no reconciliation that this version knows')
    const { target, scheduled } = data.output
    if (scheduled) await begin(deps, target)
    await using pass = await gate.enter(job, token, target, signal)
    const claimed = await claimReconciliation(sql, target, seconds)
    if (claimed === null) return 'superseded'
    const renewing = setInterval(
      () => void renewReconciliation(sql, claimed, seconds).catch(() => undefined),
      (seconds * 1000) / 3,
    )
    try {
      if (claimed.claims > mostClaims) return await end(deps, claimed, deadly)
      const outcome = await listAll(deps, claimed, { pass, mayGoOn: () => gate.enter(job, token, target, signal) })
      return outcome === 'done' ? await end(deps, claimed, null) : outcome
    } catch (error) {
      return await afterFailure(claimed, pass, error)
    } finally {
      clearInterval(renewing)
    }
  }

  /** What passes is tried again from the last page that was written; what does not ends it, and people are told why. */
  async function afterFailure(claimed: ClaimedReconciliation, pass: Pass, error: unknown): Promise<string> {
    const release = (failed: boolean, afterMs: number) => releaseReconciliation(sql, claimed, { failed, afterMs })
    if (deps.stopping.aborted || error instanceof DelayedError) {
      await release(false, 0)
      if (error instanceof DelayedError) throw error
      return 'left to another worker'
    }
    if (!isGatewayError(error) && isOutage(error)) throw error
    const parkedMs = await pass.failed(error)
    log.info({ err: error, reconciliation: claimed.id, target: claimed.target }, 'a target could not be listed')
    if (parkedMs !== null) await release(false, parkedMs)
    else if (isPassing(error) && claimed.claims < mostClaims) await release(true, againMs * 2 ** claimed.claims)
    else return end(deps, claimed, toProblem(error))
    return 'given back'
  }
  return reconcileTarget
}

/** A schedule whose turn comes while one is under way has what it wants. */
async function begin({ ledger }: ReconcileTargetDeps, target: string): Promise<void> {
  await ledger.change(async (tx, record) => {
    const id = uuidv7()
    if (await beginReconciliation(tx, { id, target, by: 'schedule', reason: null }))
      record.audit({ action: 'reconciliation_started', actor: 'schedule', target, detail: { reconciliation: id } })
  })
}

/** Answers what came of it. */
async function end(deps: ReconcileTargetDeps, claimed: ClaimedReconciliation, problem: Problem | null): Promise<string> {
  const { sql, ledger, log } = deps
  const { id, target } = claimed
  if (problem === null && !(await completeFindings(sql, claimed))) return 'superseded'
  const counts = await ledger.change(async (tx, record) => {
    const counted = await endReconciliation(tx, claimed, problem)
    const detail = { reconciliation: id, ...counted, code: problem?.code ?? null }
    if (counted !== null)
      record.audit({ action: problem === null ? 'reconciled' : 'reconciliation_failed', actor: 'worker', target, detail })
    return counted
  })
  if (counts === null) return 'superseded'
  if (problem !== null) log.warn({ reconciliation: id, target, code: problem.code }, 'a reconciliation failed')
  await tidyUp(sql, claimed)
  return problem === null ? 'done' : 'failed'
}

interface Asking {
  readonly pass: Pass
  /** Whether the target may (still) be called; throws DelayedError when not. */
  readonly mayGoOn: () => Promise<Pass>
}

/** Page after page. `superseded`: somebody else is at it, or it was cancelled. */
async function listAll(
  deps: ReconcileTargetDeps,
  claimed: ClaimedReconciliation,
  { pass, mayGoOn }: Asking,
): Promise<'done' | 'superseded'> {
  const { sql, targets, stopping, seconds } = deps
  const late = new AbortController()
  const signal = AbortSignal.any([stopping, late.signal])
  await using driver = await targets.open(claimed.target, signal)
  const pages = pagesOf(driver, claimed.last, late, targets.deadlineMs(claimed.target) * pageDeadlines)
  const paceMs = paceOf(targets.limits(claimed.target).rateLimit)
  let number = claimed.pages
  for await (const page of pages) {
    await pass.answered()
    const judged = await judgePage(sql, claimed, page, driver.spelling)
    if (!(await writePage(sql, claimed, judged, ++number, seconds))) return 'superseded'
    if (paceMs > 0) await delay(paceMs, undefined, { signal: stopping })
    stopping.throwIfAborted()
    await using _ = await mayGoOn()
  }
  await pass.answered()
  return 'done'
}

/** A page counts as one of what the target bears in a time, as a step does. */
function paceOf(rateLimit: ReturnType<OpenTargets['limits']>['rateLimit']): number {
  return rateLimit === undefined ? 0 : rateLimit.perMs / rateLimit.max
}

/** The driver's pages, each of which has so many milliseconds to come. */
async function* pagesOf(driver: Driver, last: string | null, late: AbortController, withinMs: number) {
  const pages = driver.list(pageSize, last)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => late.abort(), withinMs)
      const next = await pages.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await pages.return?.()
  }
}

const deadly: Problem = {
  code: 'internal',
  message: `it was begun ${mostClaims} times, and nothing came of it: its workers died, or the target could not be listed`,
  hint: 'look into the workers’ log, test the target, and begin another one',
}
