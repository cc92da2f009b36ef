/**
 * What a worker does while PostgreSQL is away: nothing is lost by waiting. A job goes back without spending an attempt; the result of a
 * call that was made is kept in hand, and written as soon as the ledger can be written.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { UnrecoverableError, type Job, type Processor } from 'bullmq'
import type { Ledger } from '#core/ledger/index.ts'
import type { Settlement } from '#core/ledger/settle.ts'
import type { Logger } from '#core/log.ts'
import { isOutage } from '#core/outage.ts'
import { JobError } from './job-errors.ts'
import { waitFor } from './step-job.ts'

/** Milliseconds after which it is tried again, so that work is picked up within a second of the database's return. */
const againMs = 200

/** The processor, whose jobs wait for the database without spending attempts. Jobs are many: one line a minute tells of it. */
export function patient(processor: Processor, log: Logger): Processor {
  let toldAt = 0
  return async (job, token, signal) => {
    try {
      return (await processor(job, token, signal)) as unknown
    } catch (error) {
      if (error instanceof JobError || error instanceof UnrecoverableError || !isOutage(error)) throw error
      if (Date.now() - toldAt > 60_000) log.warn({ err: error, queue: job.queueName }, 'jobs wait for the database')
      toldAt = Date.now()
      return giveBack(job, token, signal)
    }
  }
}

/** The queue may live in the same database: then the job stays in hand until it can be given back, or its lock is gone. */
async function giveBack(job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<never> {
  for (;;) {
    try {
      return await waitFor(job, token, againMs * (1 + Math.random()))
    } catch (error) {
      if (signal?.aborted === true || !isOutage(error)) throw error
      await delay(againMs)
    }
  }
}

/**
 * Settles through an outage. Whether the write before it was committed is read back: a step that is settled under our fence was
 * settled by us.
 * @param stopping aborted when the process ends; the step's lease settles it then
 */
export function settlePatiently(
  { settle, readStep }: Pick<Ledger, 'settle' | 'readStep'>,
  stopping: AbortSignal,
): (settlement: Settlement) => Promise<boolean> {
  const isSettled = async (settlement: Settlement) => {
    const step = await readStep(settlement)
    return step !== null && step.fence === settlement.fence && step.state !== 'running' && step.state !== 'undoing'
  }
  return async (settlement) => {
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        if (isRepeated && (await isSettled(settlement))) return true
        return await settle(settlement)
      } catch (error) {
        if (stopping.aborted || !isOutage(error)) throw error
        await delay(againMs)
      }
    }
  }
}
