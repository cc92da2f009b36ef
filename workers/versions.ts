/**
 * Two versions of the gateway run side by side while one replaces the other. A job of a version that this worker does not know goes
 * back, for a worker that does, and no attempt of it is spent. When none came for a while, the ledger rings a job of this version in its
 * stead; the other one goes when its request is over.
 */
import type { Job, Processor } from 'bullmq'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { isUuid } from '#core/uuid.ts'
import { jobVersion, waitFor } from './step-job.ts'

/** Milliseconds after which nobody is likely to come who knows the job. */
const patienceMs = 5_000
const [soonestMs, latestMs] = [500, 60_000]

export interface VersionsDeps {
  readonly ledger: Pick<Ledger, 'wakeNow'>
  readonly log: Logger
}

/** What makes processors for jobs of this version only. */
export function createVersions({ ledger, log }: VersionsDeps): (processor: Processor) => Processor {
  const hurried = new Map<string, number>()
  let toldAt = Number.NEGATIVE_INFINITY

  /** One line a minute is enough for many jobs that come many times. */
  function tell(job: Job, version: number): void {
    if (Date.now() - toldAt < 60_000) return
    toldAt = Date.now()
    log.warn({ queue: job.queueName, version, known: jobVersion }, 'jobs of another version are left to a worker that knows it')
  }

  /** Answers whether the job's request is still under way. */
  async function hurry(requestId: string): Promise<boolean> {
    if (Date.now() - (hurried.get(requestId) ?? 0) < latestMs) return true
    if (hurried.size > 10_000) hurried.clear()
    hurried.set(requestId, Date.now())
    return ledger.wakeNow({ requestId, actor: 'worker', reason: 'its job is of a version that no worker here knows' })
  }

  return (processor) => async (job, token, signal) => {
    const { v: version, requestId } = (job.data ?? {}) as { v?: unknown; requestId?: unknown }
    if (typeof version !== 'number' || version === jobVersion) return processor(job, token, signal) as unknown
    tell(job, version)
    const ageMs = Date.now() - job.timestamp
    const isLate = ageMs > patienceMs && typeof requestId === 'string' && isUuid(requestId)
    if (isLate && !(await hurry(requestId))) return 'superseded'
    return waitFor(job, token, Math.min(Math.max(soonestMs, ageMs / 2), latestMs) * (1 + Math.random()))
  }
}
