/** Where a cache keeps what it knows: in this process, or in Redis for all of them. */
import type { Cluster, Redis } from 'ioredis'
import type { Sealer } from './sealing.ts'

export interface CacheStore {
  /** Null when it is not known, or no longer. Rejects when the store cannot be asked. */
  read(key: string): Promise<string | null>
  write(key: string, text: string, ttlMs: number): Promise<void>
  remove(key: string): Promise<void>
  /** What is kept under the key is not to be believed by this process, even if it cannot be removed now. */
  distrust(key: string): void
  close(): void
}

export interface MemoryStore extends CacheStore {
  clear(): void
}

/** The longest unused go first. */
const mostEntries = 10_000

export function createMemoryStore(most: number = mostEntries): MemoryStore {
  const entries = new Map<string, { readonly text: string; readonly until: number }>()
  return {
    async read(key) {
      const entry = entries.get(key)
      entries.delete(key)
      if (entry === undefined || entry.until <= performance.now()) return null
      entries.set(key, entry)
      return entry.text
    },
    async write(key, text, ttlMs) {
      entries.delete(key)
      entries.set(key, { text, until: performance.now() + ttlMs })
      const [oldest] = entries.keys()
      if (entries.size > most && oldest !== undefined) entries.delete(oldest)
    },
    remove: async (key) => void entries.delete(key),
    distrust: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    close: () => entries.clear(),
  }
}

export function createRedisStore(client: Redis | Cluster, sealer: Pick<Sealer, 'seal' | 'open'>): CacheStore {
  // What could not be removed while Redis was away, until it is written anew.
  const distrusted = new Set<string>()
  return {
    async read(key) {
      if (distrusted.has(key)) return null
      const sealed = await client.getBuffer(key)
      if (sealed === null) return null
      try {
        return sealer.open(purposeOf(key), sealed)
      } catch {
        // Sealed with a key of before a rotation, or meddled with: as good as unknown, and overwritten by what is loaded next.
        return null
      }
    },
    async write(key, text, ttlMs) {
      await client.set(key, sealer.seal(purposeOf(key), text), 'PX', Math.ceil(ttlMs))
      distrusted.delete(key)
    },
    async remove(key) {
      await client.del(key)
      distrusted.delete(key)
    },
    distrust(key) {
      const [oldest] = distrusted
      if (distrusted.size >= mostEntries && oldest !== undefined) distrusted.delete(oldest)
      distrusted.add(key)
    },
    close: () => client.disconnect(),
  }
}

const purposeOf = (key: string) => `cache|${key}`
