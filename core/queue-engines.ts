/** What the queues stand on: Redis, or PostgreSQL where there is none. Each is looked at before it is used, because some would lose jobs, or run them twice. */
import { createPostgresBackend, createRedisBackend, runMigrations, type BackendFactory } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import type pg from 'pg'
import { bearableSkewMs, clockSkew } from './clock.ts'
import { answersWithin } from './deadline.ts'
import { GatewayError } from './errors.ts'
import type { Logger } from './log.ts'
import { createPostgresMemory, createRedisMemory, type QueueMemory } from './queue-memory.ts'
import { openQueuePool } from './queue-pool.ts'
import { connectRedis } from './redis-client.ts'

/** One hash tag for all queues: a Redis Cluster needs all keys of a script in one slot. */
export const prefix = '{passerelle}'

export interface QueuesOptions {
  readonly redisUrl: string | undefined
  readonly databaseUrl: string
  readonly log: Logger
  /** How many PostgreSQL connections the queues may take when they live there. */
  readonly poolSize?: number
}

export interface Engine extends AsyncDisposable {
  readonly name: 'redis' | 'postgres'
  readonly factory: BackendFactory
  readonly connection: object
  readonly memory: QueueMemory
  readonly drifted: Promise<void>
  /** What a producer of flows stands on; thrown away with it. */
  openFlowConnection(): { readonly connection: object; close(): void }
}

const never = new Promise<void>(() => {})
const timeQuery = 'select extract(epoch from clock_timestamp()) * 1000 as now'
const lookAtClockMs = 5_000

export async function openPostgresEngine({ databaseUrl, poolSize = 40, log }: QueuesOptions): Promise<Engine> {
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

export async function openRedisEngine(url: string, log: Logger): Promise<Engine> {
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

const oldestRedis = [6, 2] as const
const reachWithinMs = 10_000

async function checkRedis(client: Redis | Cluster): Promise<void> {
  const info = await answersWithin(reachWithinMs, client.info())
  const version = /redis_version:(\d+)\.(\d+)/.exec(info)
  const [major = 0, minor = 0] = [Number(version?.[1]), Number(version?.[2])]
  if (major < oldestRedis[0] || (major === oldestRedis[0] && minor < oldestRedis[1]))
    throw new GatewayError('config', `Redis ${major}.${minor} is too old: Passerelle needs ${oldestRedis.join('.')} or later`)
  const ask = async () => {
    const [seconds = 0, microseconds = 0] = await client.time()
    return Number(seconds) * 1000 + Number(microseconds) / 1000
  }
  requireSameTime(await answersWithin(reachWithinMs, clockSkew(ask)), 'Redis')
  const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1]
  if (policy !== undefined && policy !== 'noeviction')
    throw new GatewayError('config', `Redis may throw jobs away: its maxmemory-policy is ${policy}`, {
      hint: 'set maxmemory-policy noeviction',
    })
}
