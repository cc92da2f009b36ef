/** Rings the workers for simulations that nobody is at: new ones, and those whose worker died. */
import type { Sql } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { simulateQueue, type Queues } from '#core/queues.ts'
import { simulationChannel } from '#core/simulations/store.ts'
import { readDueSimulations } from '#core/simulations/work.ts'
import { openBell } from './bell.ts'
import { simulationJobVersion } from './simulate.ts'

export interface SimulationBellDeps {
  readonly sql: Sql
  readonly queues: Pick<Queues, 'addFlows'>
  readonly log: Logger
}

export function openSimulationBell({ sql, queues, log }: SimulationBellDeps): Promise<AsyncDisposable> {
  async function look(): Promise<void> {
    const due = await readDueSimulations(sql)
    await queues.addFlows(
      due.map((simulationId) => ({
        name: 'simulate',
        queueName: simulateQueue,
        data: { v: simulationJobVersion, simulationId },
        // While a job of that id is there, whoever rings again rings in vain.
        opts: { jobId: `s-${simulationId}`, removeOnComplete: true, removeOnFail: true },
      })),
    )
  }
  return openBell({ sql, channel: simulationChannel, look, log, what: 'simulations' })
}
