/**
 * Rings the workers for simulations that nobody is at: new ones, and those whose worker died. As with requests, the queue only says "look";
 * a simulation that the queue forgot is rung again.
 */
import type { Sql } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { simulateQueue, type Queues } from '#core/queues.ts'
import { simulationChannel } from '#core/simulations/store.ts'
import { readDueSimulations } from '#core/simulations/work.ts'
import { simulationJobVersion } from './simulate.ts'

export interface SimulationBellDeps {
  readonly sql: Sql
  readonly queues: Pick<Queues, 'addFlow'>
  readonly log: Logger
}

/** Milliseconds between looks: an announcement may be lost, and a lease ends without one. */
const patienceMs = 2_000

export async function openSimulationBell({ sql, queues, log }: SimulationBellDeps): Promise<AsyncDisposable> {
  let closed = false
  let running: Promise<void> | null = null

  async function look(): Promise<void> {
    for (const simulationId of await readDueSimulations(sql))
      await queues.addFlow({
        name: 'simulate',
        queueName: simulateQueue,
        data: { v: simulationJobVersion, simulationId },
        // While a job of that id is there, whoever rings again rings in vain.
        opts: { jobId: `s-${simulationId}`, removeOnComplete: true, removeOnFail: true },
      })
  }
  function ring(): void {
    if (closed) return
    running ??= look()
      .catch((err: unknown) => log.warn({ err }, 'simulations could not be rung; they are rung again'))
      .finally(() => (running = null))
  }
  const timer = setInterval(ring, patienceMs)
  const listening = await sql.listen(simulationChannel, ring, ring)
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(timer)
      await listening.unlisten()
      await running
    },
  }
}
