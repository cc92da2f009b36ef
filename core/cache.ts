/**
 * What targets were asked and need not be asked again for a while: their schemas, access tokens, the ids behind the names of groups. In Redis
 * when there is one, else in this process; sealed wherever it leaves the process. It fails open: what the cache cannot say is asked of the
 * target. Nothing is decided by it that a write relies on unchecked.
 */
import { createHash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { createMemoryStore, createRedisStore, type CacheStore } from './cache-stores.ts'
import type { Sql } from './database.ts'
import type { Logger } from './log.ts'
import type { Sealer } from './sealing.ts'

export const cacheKinds = ['schema', 'token', 'lookup'] as const
export type CacheKind = (typeof cacheKinds)[number]

export interface CacheEntry<Value> {
  readonly kind: CacheKind
  /** What tells it from others of its kind, such as a group's name. */
  readonly key: string
  /** Asks the target; what it returns must survive being written as JSON. What it throws is not kept. */
  readonly load: () => Promise<Value>
  /** Milliseconds; 0 or less: not kept. */
  readonly ttlMs: number | ((value: Value) => number)
}

/** One target's part of the cache. */
export interface TargetCache {
  /** Those who ask for the same at once wait for one answer. Throws what `load` throws. */
  get<Value>(entry: CacheEntry<Value>): Promise<Value>
  /** For everybody, in all processes. */
  forget(kind: CacheKind, key: string): Promise<void>
}

export interface CacheCounts {
  readonly hits: number
  readonly misses: number
  /** Times the store could not be asked, or did not take what was loaded. */
  readonly failures: number
}

export interface Cache extends AsyncDisposable {
  /** @param revision another one after each change of the target's configuration: what was kept under the old one is not seen again */
  forTarget(target: string, revision: number): TargetCache
  /** Since this process started. */
  counts(): Readonly<Record<CacheKind, CacheCounts>>
}

export interface CacheOptions {
  readonly redisUrl: string | undefined
  /** Where there is no Redis, processes tell each other by PostgreSQL's NOTIFY what to forget. */
  readonly sql: Sql
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  readonly log: Pick<Logger, 'warn'>
}

const channel = 'passerelle_cache'

/** Throws when PostgreSQL cannot be reached; a Redis that cannot be reached is a cache that knows nothing. */
export async function openCache({ redisUrl, sql, sealer, log }: CacheOptions): Promise<Cache> {
  if (redisUrl !== undefined) {
    // Whoever caches for itself alone, as commands do, needs no client of Redis.
    const { connectRedis } = await import('./redis-client.ts')
    const client: Redis | Cluster = connectRedis(redisUrl, { failsFast: true })
    let told = false
    client.on('ready', () => (told = false))
    client.on('error', (err) => {
      if (!told) log.warn({ err }, 'the cache cannot reach Redis: targets are asked instead')
      told = true
    })
    return createCache(createRedisStore(client, sealer))
  }
  const memory = createMemoryStore()
  const cache = createCache(memory, (key) => sql`select pg_notify(${channel}, ${key})`.execute())
  // What was said while nobody listened was not heard.
  const { unlisten } = await sql.listen(
    channel,
    (key) => cache.drop(key),
    () => memory.clear(),
  )
  return { ...cache, [Symbol.asyncDispose]: unlisten }
}

/** A cache of this process alone: for one connection test, or a test of ours. */
export const createLocalCache = (): Cache => createCache(createMemoryStore())

interface DroppingCache extends Cache {
  /** Forgets a key in this process. */
  drop(key: string): void
}

interface Flight {
  value: Promise<unknown>
  /** Forgotten while it was being loaded: what it brings may be old, and is not kept. */
  isForgotten: boolean
}

function createCache(store: CacheStore, tellOthers: (key: string) => Promise<unknown> = async () => {}): DroppingCache {
  const flights = new Map<string, Flight>()
  const counters = Object.fromEntries(cacheKinds.map((kind) => [kind, { hits: 0, misses: 0, failures: 0 }])) as Record<
    CacheKind,
    { hits: number; misses: number; failures: number }
  >

  async function asked<Value>(key: string, entry: CacheEntry<Value>, flight: Pick<Flight, 'isForgotten'>): Promise<Value> {
    const counter = counters[entry.kind]
    const known = await store.read(key).catch(() => void counter.failures++)
    if (typeof known === 'string') {
      counter.hits++
      return JSON.parse(known) as Value
    }
    counter.misses++
    const value = await entry.load()
    const ttlMs = typeof entry.ttlMs === 'number' ? entry.ttlMs : entry.ttlMs(value)
    if (ttlMs > 0 && !flight.isForgotten) await store.write(key, JSON.stringify(value), ttlMs).catch(() => counter.failures++)
    return value
  }

  function drop(key: string): void {
    const flight = flights.get(key)
    if (flight !== undefined) flight.isForgotten = true
    flights.delete(key)
    store.distrust(key)
  }

  async function get<Value>(key: string, entry: CacheEntry<Value>): Promise<Value> {
    const under = flights.get(key)
    // It may have failed because its own job ended: that is not ours.
    if (under !== undefined) return under.value.catch(() => get(key, entry)) as Promise<Value>
    const flight: Flight = { value: Promise.resolve(), isForgotten: false }
    const value = asked(key, entry, flight).finally(() => {
      if (flights.get(key) === flight) flights.delete(key)
    })
    flight.value = value
    flights.set(key, flight)
    return value
  }

  return {
    counts: () => structuredClone(counters),
    drop,
    forTarget: (target, revision) => ({
      get: (entry) => get(keyOf(target, revision, entry), entry),
      async forget(kind, name) {
        const key = keyOf(target, revision, { kind, key: name })
        drop(key)
        await store.remove(key).catch(() => counters[kind].failures++)
        await tellOthers(key).catch(() => counters[kind].failures++)
      },
    }),
    [Symbol.asyncDispose]: async () => store.close(),
  }
}

/** Names of groups and people stay out of keys: whoever looks into Redis sees the target and the kind. */
function keyOf(target: string, revision: number, { kind, key }: Pick<CacheEntry<unknown>, 'kind' | 'key'>): string {
  return `passerelle:cache:${target}:${revision}:${kind}:${createHash('sha256').update(key).digest('base64url')}`
}
