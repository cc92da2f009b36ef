/**
 * Two versions of the gateway run side by side while one replaces the other. A job of a version that this worker does not know goes
 * back, for a worker that does; no attempt of it is spent. Should there be none, the ledger's wake-up rings a job of this version.
 */
import type { Processor } from 'bullmq'
import type { Logger } from '#core/log.ts'
import { jobVersion, waitFor } from './step-job.ts'

const againMs = 500
/** Milliseconds after which nobody is expected any more who knows the job. */
const patienceMs = 60 * 60_000

export function ofThisVersion(processor: Processor, log: Logger): Processor {
  let toldAt = Number.NEGATIVE_INFINITY
  return async (job, token, signal) => {
    const { v: version } = (job.data ?? {}) as { v?: unknown }
    const isForeign = typeof version === 'number' && version !== jobVersion
    if (!isForeign || Date.now() - job.timestamp > patienceMs) return processor(job, token, signal) as unknown
    // Many jobs, many times: one line a minute is enough.
    if (Date.now() - toldAt > 60_000) {
      toldAt = Date.now()
      log.warn({ queue: job.queueName, version, known: jobVersion }, 'jobs of another version are left to a worker that knows it')
    }
    return waitFor(job, token, againMs * (1 + Math.random()))
  }
}
