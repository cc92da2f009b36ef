/**
 * The bell: BullMQ on Redis, or on PostgreSQL when there is no Redis. The rest of the code opens queues, workers and flows
 * here and never knows which. Job data holds ids only; job ids are deterministic, so that ringing twice runs once.
 */
import { Queue, Worker, type FlowJob, type IQueueBackend, type Processor, type WorkerOptions } from 'bullmq'
import { answersWithin } from './deadline.ts'
import { openProducer, type Producer } from './flow-producer.ts'
import { openPostgresEngine, openRedisEngine, prefix, type QueuesOptions } from './queue-engines.ts'
import type { QueueMemory } from './queue-memory.ts'

export const finalizeQueue = 'finalize'
export const simulateQueue = 'simulate'
export const applyQueue = (target: string) => `apply-${target}`
export const undoQueue = (target: string) => `undo-${target}`
export const reconcileQueue = (target: string) => `reconcile-${target}`

type AnyQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>
type AnyWorker = Worker<unknown, unknown, string, IQueueBackend>

export interface Queues extends AsyncDisposable {
  readonly engine: 'redis' | 'postgres'
  queue(name: string): AnyQueue
  worker(
    name: string,
    processor: Processor,
    options: Pick<WorkerOptions, 'concurrency' | 'lockDuration' | 'stalledInterval'>,
  ): AnyWorker
  /**
   * Adds flows: a parent runs when all its children have ended, however they ended. Throws when the engine did not take all of them within
   * some seconds; adding them again is harmless, because the jobs' ids are given.
   */
  addFlows(flows: readonly FlowJob[]): Promise<void>
  /** Whether the engine may have lost jobs. */
  readonly memory: Pick<QueueMemory, 'restore'>
  /** Resolves when the engine's clock and ours have drifted apart: its locks are not to be trusted from then on. */
  readonly drifted: Promise<void>
}

/** Throws `config` for a Redis that would lose jobs (an eviction policy), `unavailable` when the server cannot be reached. */
export async function openQueues(options: QueuesOptions): Promise<Queues> {
  const engine =
    options.redisUrl === undefined ? await openPostgresEngine(options) : await openRedisEngine(options.redisUrl, options.log)
  const base = { connection: engine.connection, prefix }
  const queues = new Map<string, AnyQueue>()
  const workers: AnyWorker[] = []
  let producer: Producer | undefined
  const warn = calmly((err, times) => options.log.warn({ err, times }, 'the queue engine reports an error'))
  const onError = (err: unknown) => {
    engine.memory.heed(err)
    warn(err)
  }
  return {
    engine: engine.name,
    memory: engine.memory,
    drifted: engine.drifted,
    queue(name) {
      const known = queues.get(name)
      if (known !== undefined) return known
      const queue = new Queue(name, base, engine.factory) as AnyQueue
      queue.on('error', onError)
      queues.set(name, queue)
      return queue
    },
    worker(name, processor, workerOptions) {
      const worker: AnyWorker = new Worker(
        name,
        processor,
        { ...base, ...workerOptions, ...comeBack, maxStalledCount },
        engine.factory,
      )
      worker.on('error', onError)
      workers.push(worker)
      return worker
    },
    async addFlows(flows) {
      const used = (producer ??= openProducer(engine, prefix, onError))
      const parts = Array.from({ length: Math.ceil(flows.length / flowsAtOnce) }, (_, index) =>
        flows.slice(index * flowsAtOnce, (index + 1) * flowsAtOnce),
      )
      try {
        await answersWithin(addWithinMs, Promise.all(parts.map((part) => used.flows.addBulk(part))))
      } catch (error) {
        onError(error)
        // A connection on which a script was not found, or a transaction refused, believes for ever that the script is loaded there:
        // the next flow gets a new one.
        if (producer === used) producer = undefined
        used.close()
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      await producer?.flows.close()
      producer?.close()
      await engine[Symbol.asyncDispose]()
    },
  }
}

/** How soon a worker looks again, in milliseconds after an error and in seconds when no job came: this bounds how fast an outage is over. */
const comeBack = { runRetryDelay: 1_000, drainDelay: 3 } as const
const addWithinMs = 5_000
/** Flows of one transaction: it has a price of its own, and Redis does nothing else while it does one. */
const flowsAtOnce = 10
/** More than the workers themselves bear: they know what a stalled job means (workers/apply.ts), the queue does not. */
const maxStalledCount = 5

/** Tells the same error once a second at most, and how often it came. */
function calmly(tell: (error: unknown, times: number) => void): (error: unknown) => void {
  const waiting = new Map<string, number>()
  return (error) => {
    const key = error instanceof Error ? error.message : String(error)
    const times = waiting.get(key)
    if (times !== undefined) return void waiting.set(key, times + 1)
    waiting.set(key, 0)
    tell(error, 1)
    setTimeout(() => {
      const more = waiting.get(key) ?? 0
      waiting.delete(key)
      if (more > 0) tell(error, more)
    }, 1_000).unref()
  }
}
