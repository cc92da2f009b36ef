/**
 * The bell: BullMQ on Redis, or on PostgreSQL when there is no Redis. The rest of the code opens queues, workers and flows
 * here and never knows which. Job data holds ids only; job ids are deterministic, so that ringing twice runs once.
 */
import {
  createPostgresBackend,
  createRedisBackend,
  Queue,
  runMigrations,
  Worker,
  type BackendFactory,
  type FlowJob,
  type IQueueBackend,
  type Processor,
  type WorkerOptions,
} from 'bullmq'
import { Cluster, Redis } from 'ioredis'
import type pg from 'pg'
import { bearableSkewMs, clockSkew } from './clock.ts'
import { GatewayError } from './errors.ts'
import { gatherWrites } from './gather-writes.ts'
import type { Logger } from './log.ts'
import { openProducer, type Producer } from './flow-producer.ts'
import { openQueuePool } from './queue-pool.ts'
import { createPostgresMemory, createRedisMemory, type QueueMemory } from './queue-memory.ts'
import { parseRedisUrl } from './redis-url.ts'

/** One hash tag for all queues: a Redis Cluster needs all keys of a script in one slot. */
const prefix = '{passerelle}'

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

export interface QueuesOptions {
  readonly redisUrl: string | undefined
  readonly databaseUrl: string
  readonly log: Logger
  /** How many PostgreSQL connections the queues may take when they live there. */
  readonly poolSize?: number
}

interface Engine extends AsyncDisposable {
  readonly name: 'redis' | 'postgres'
  readonly factory: BackendFactory
  readonly connection: object
  readonly memory: QueueMemory
  readonly drifted: Promise<void>
  /** What a producer of flows stands on; thrown away with it. */
  openFlowConnection(): { readonly connection: object; close(): void }
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
        await withDeadline(Promise.all(parts.map((part) => used.flows.addBulk(part))), addWithinMs)
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

const never = new Promise<void>(() => {})
const timeQuery = 'select extract(epoch from clock_timestamp()) * 1000 as now'
const lookAtClockMs = 5_000

async function openPostgresEngine({ databaseUrl, poolSize = 40, log }: QueuesOptions): Promise<Engine> {
  const pool = openQueuePool({ databaseUrl, poolSize, log })
  const askTime = async (client: pg.Pool | pg.PoolClient) => Number((await client.query<{ now: string }>(timeQuery)).rows[0]?.now)
  try {
    const client = await pool.connect()
    try {
      await runMigrations(client)
      requireSameTime(await clockSkew(() => askTime(client)), 'PostgreSQL')
    } finally {
      client.release()
    }
  } catch (cause) {
    await pool.end()
    if (cause instanceof GatewayError) throw cause
    throw new GatewayError('unavailable', 'the queues cannot be opened in PostgreSQL', { cause })
  }
  const drift = Promise.withResolvers<void>()
  const watch = setInterval(() => {
    clockSkew(() => askTime(pool)).then(
      (skewMs) => skewMs > bearableSkewMs && drift.resolve(),
      () => {},
    )
  }, lookAtClockMs)
  watch.unref()
  return {
    name: 'postgres',
    factory: createPostgresBackend as BackendFactory,
    connection: pool,
    memory: createPostgresMemory(),
    drifted: drift.promise,
    openFlowConnection: () => ({ connection: pool, close: () => {} }),
    async [Symbol.asyncDispose]() {
      clearInterval(watch)
      await pool.end()
    },
  }
}

function requireSameTime(skewMs: number, server: string): void {
  if (skewMs <= bearableSkewMs) return
  throw new GatewayError(
    'config',
    `this machine's clock and that of ${server} differ by ${(skewMs / 1000).toFixed(1)} s: jobs would run twice`,
    {
      hint: 'synchronise the clocks (NTP)',
    },
  )
}

async function openRedisEngine(url: string, log: Logger): Promise<Engine> {
  const client = connectRedis(url)
  client.on('error', (err) => log.warn({ err }, 'Redis reports an error'))
  try {
    await checkRedis(client)
  } catch (cause) {
    client.disconnect()
    if (cause instanceof GatewayError) throw cause
    throw new GatewayError('unavailable', 'Redis cannot be reached', { cause, hint: 'check REDIS_URL and that the server runs' })
  }
  return {
    name: 'redis',
    factory: createRedisBackend,
    connection: client,
    memory: createRedisMemory(client, prefix),
    // The times of its scripts are the clients', but what they are measured against was right when they were let in.
    drifted: never,
    openFlowConnection() {
      const own = connectRedis(url)
      own.on('error', (err) => log.debug({ err }, "the relay's Redis connection reports an error"))
      return { connection: own, close: () => own.disconnect() }
    },
    async [Symbol.asyncDispose]() {
      client.disconnect()
    },
  }
}

/**
 * A client for the URL's kind of Redis: standalone, Sentinel or Cluster. With `failsFast`, a command that Redis does not answer at once is
 * an error; otherwise it waits for as long as Redis is away.
 */
export function connectRedis(url: string, { failsFast = false }: { readonly failsFast?: boolean } = {}): Redis | Cluster {
  const { nodes, sentinel, cluster, ...login } = parseRedisUrl(url)
  const patience = failsFast
    ? { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: fastMs, autoResendUnfulfilledCommands: false }
    : { maxRetriesPerRequest: null }
  const common = {
    ...login,
    ...patience,
    enableReadyCheck: true,
    retryStrategy: (times: number) => Math.min(100 * 2 ** times, 2_000),
  }
  if (cluster) {
    const client = new Cluster([...nodes], {
      redisOptions: common,
      enableOfflineQueue: !failsFast,
      clusterRetryStrategy: (times) => Math.min(100 * 2 ** times, 2_000),
    })
    return client.on('+node', gathering)
  }
  if (sentinel !== undefined) return gathering(new Redis({ ...common, sentinels: [...nodes], name: sentinel }))
  return gathering(new Redis({ ...common, ...nodes[0] }))
}

/** Each connection that the client makes, the ones after a loss included. */
function gathering(client: Redis): Redis {
  return client.on('connect', () => gatherWrites(client.stream))
}

/** Milliseconds; a Redis that is well answers in one. */
const fastMs = 250

const oldestRedis = [6, 2] as const
const reachWithinMs = 10_000

async function checkRedis(client: Redis | Cluster): Promise<void> {
  const info = await withDeadline(client.info(), reachWithinMs)
  const version = /redis_version:(\d+)\.(\d+)/.exec(info)
  const [major = 0, minor = 0] = [Number(version?.[1]), Number(version?.[2])]
  if (major < oldestRedis[0] || (major === oldestRedis[0] && minor < oldestRedis[1]))
    throw new GatewayError('config', `Redis ${major}.${minor} is too old: Passerelle needs ${oldestRedis.join('.')} or later`)
  const ask = async () => {
    const [seconds = 0, microseconds = 0] = await client.time()
    return Number(seconds) * 1000 + Number(microseconds) / 1000
  }
  requireSameTime(await withDeadline(clockSkew(ask), reachWithinMs), 'Redis')
  const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1]
  if (policy !== undefined && policy !== 'noeviction')
    throw new GatewayError('config', `Redis may throw jobs away: its maxmemory-policy is ${policy}`, {
      hint: 'set maxmemory-policy noeviction',
    })
}

async function withDeadline<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer')), milliseconds)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
