/**
 * What a job that failed leaves in its queue: Bull Board shows it, Redis keeps it for a week. Our own words may stand there; whatever else was
 * thrown (a database's message, say) may quote values, so it goes to the log and only its kind stays with the job.
 */
import { DelayedError, RateLimitError, UnrecoverableError, WaitingChildrenError, WaitingError, type Processor } from 'bullmq'
import type { Logger } from '#core/log.ts'

/** A job ended, and is tried again. The message holds a code and our own words. */
export class JobError extends Error {
  override readonly name = 'JobError'
}

/** With these BullMQ is told what to do with a job; none is kept as a failure. */
const signals = [DelayedError, RateLimitError, WaitingChildrenError, WaitingError]

export function withoutValues(processor: Processor, log: Logger): Processor {
  return async (job, token, signal) => {
    try {
      return (await processor(job, token, signal)) as unknown
    } catch (error) {
      if (signals.some((kind) => error instanceof kind)) throw error
      throw toJobError(error, (err) => log.error({ err, queue: job.queueName, job: job.id }, 'a job failed unexpectedly'))
    }
  }
}

function toJobError(error: unknown, report: (error: unknown) => void): Error {
  const isOurs = error instanceof JobError || error instanceof UnrecoverableError
  if (!isOurs) report(error)
  const shown = isOurs
    ? error
    : new JobError(`internal: an unexpected ${error instanceof Error ? error.name : typeof error}; the worker's log holds it`)
  // Stack traces are kept with the job too; where our code stands on this machine is nobody's business there.
  shown.stack = `${shown.name}: ${shown.message}`
  return shown
}
