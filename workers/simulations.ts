/** A worker's simulations: one at a time, rung like everything else, and left to another worker when this one stops. */
import type { Sql } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { simulateQueue, type Queues } from '#core/queues.ts'
import { withoutValues } from './job-errors.ts'
import { patient } from './outage.ts'
import { createSimulate } from './simulate.ts'
import { openSimulationBell } from './simulation-bell.ts'

export interface SimulationsDeps {
  readonly sql: Sql
  readonly queues: Pick<Queues, 'worker' | 'addFlows'>
  readonly log: Logger
  /** How long a claim, and a job's lock, hold without a sign of life. */
  readonly seconds: number
}

export async function openSimulations({ sql, queues, log, seconds }: SimulationsDeps): Promise<AsyncDisposable> {
  const stopping = new AbortController()
  const simulate = createSimulate({ sql, seconds, log, stopping: stopping.signal })
  const options = { concurrency: 1, lockDuration: seconds * 1000, stalledInterval: seconds * 1000 }
  const worker = queues.worker(simulateQueue, withoutValues(patient(simulate, log), log), options)
  await worker.waitUntilReady()
  const bell = await openSimulationBell({ sql, queues, log })
  return {
    async [Symbol.asyncDispose]() {
      // A simulation may take minutes: another worker goes on with it.
      stopping.abort()
      await bell[Symbol.asyncDispose]()
      await worker.close()
    },
  }
}
