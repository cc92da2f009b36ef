/** The yardstick: BullMQ flows of the same shape that do nothing, on the same Redis, in one process. */
import { FlowProducer, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { load } from './load.ts'

const prefix = '{raw}'

/** Flows per second with `inFlight` of them under way, once `warmUp` of them have passed. */
export async function measureRawFlows(
  redisUrl: string,
  targets: readonly string[],
  { count, inFlight, warmUp }: { readonly count: number; readonly inFlight: number; readonly warmUp: number },
): Promise<number> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const settled = new Map<string, () => void>()
  const flows = new FlowProducer({ connection, prefix })
  const options = { connection, prefix, concurrency: 50 }
  const finish = async (job: { data: { id: string } }) => {
    settled.get(job.data.id)?.()
    settled.delete(job.data.id)
  }
  const workers = [
    ...targets.map((target) => new Worker(`apply-${target}`, async () => {}, options)),
    new Worker('finalize', finish, options),
  ]
  await Promise.all(workers.map((worker) => worker.waitUntilReady()))

  const one = async () => {
    const id = randomUUID()
    const done = new Promise<void>((resolve) => settled.set(id, resolve))
    await flows.add({
      name: 'finalize',
      queueName: 'finalize',
      data: { id },
      opts: { jobId: `r-${id}`, removeOnComplete: true },
      children: targets.map((target) => ({
        name: 'apply',
        queueName: `apply-${target}`,
        data: { id, target },
        opts: {
          jobId: `r-${id}-${target}`,
          removeOnComplete: true,
          attempts: 5,
          backoff: { type: 'exponential', delay: 500 },
          ignoreDependencyOnFailure: true,
        },
      })),
    })
    await done
  }
  await load(one, warmUp, inFlight)
  const { perSecond } = await load(one, count, inFlight)
  await Promise.all(workers.map((worker) => worker.close()))
  await flows.close()
  connection.disconnect()
  return perSecond
}
