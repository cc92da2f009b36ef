/**
 * Whether the queue engine may have lost jobs. A Redis that was flushed, restarted or failed over answers as if nothing had happened, and
 * one that refused a write (READONLY, OOM) has jobs that nobody will end: the ledger must ring again, without waiting for each
 * request's wake-up.
 */
import type { Cluster, Redis } from 'ioredis'

export interface QueueMemory {
  /** Takes note of an error of the engine. */
  heed(error: unknown): void
  /**
   * Runs `ringAgain` when jobs may be missing and no other process is at it, and tells it whether the engine bears no mark at all; throws while
   * the engine takes no writes.
   */
  restore(ringAgain: (isBlank: boolean) => Promise<void>): Promise<Restored>
}

/** intact: nothing is missing; elsewhere: another process is at it, or may be. */
export type Restored = 'intact' | 'elsewhere' | 'rung'

/**
 * Errors after which jobs may stay as they are although their work is done. A lost connection is not among them: its commands are sent
 * again. Neither is a lost lock, which an overloaded process has too: ringing everything would overload it more.
 */
const refusals = /^(READONLY|OOM|MISCONF|LOADING|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|EXECABORT|NOSCRIPT)\b/
/** Milliseconds between two ringings for refusals: an engine that refuses now and then must not be flooded with bells. */
const refusalsEveryMs = 5_000

/** Milliseconds that one process has for ringing before another may try. */
const turnMs = 10_000

/**
 * The mark: the run id of the server that keeps our jobs, and when everything was last rung again (by that server's clock). A flush takes it
 * away, a restart or a failover makes it another's. Writing `seen` shows that the server takes writes. Answers {may jobs be
 * missing, now, whether it bears no mark}: 0 = none is, 1 = they may be, 2 = they may be, and another process is at it.
 */
const check = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'seen', now)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or 'unknown'
  local mark = redis.call('HMGET', KEYS[1], 'run', 'rung')
  local troubled = ARGV[1] ~= '' and now - tonumber(ARGV[1]) > tonumber(mark[2] or '0') and now - tonumber(mark[2] or '0') > tonumber(ARGV[3])
  local blank = mark[1] and 0 or 1
  if mark[1] == run and not troubled then return {0, now, blank} end
  if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then return {2, now, blank} end
  return {1, now, blank}`

const remember = `
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or 'unknown'
  redis.call('HSET', KEYS[1], 'run', run, 'rung', ARGV[1])
  return redis.call('DEL', KEYS[2])`

/** @param prefix the hash tag that all queues share: in a Redis Cluster the mark lives where the jobs live */
export function createRedisMemory(client: Redis | Cluster, prefix: string): QueueMemory {
  const [mark, turn] = [`${prefix}:memory`, `${prefix}:memory:turn`]
  let lastTrouble: number | null = null
  return {
    heed(error) {
      if (error instanceof Error && refusals.test(error.message)) lastTrouble = performance.now()
    },
    async restore(ringAgain) {
      const trouble = lastTrouble
      const ago = trouble === null ? '' : String(Math.floor(performance.now() - trouble))
      const answer = await client.eval(check, 2, mark, turn, ago, turnMs, refusalsEveryMs)
      const [missing, now, blank] = answer as [number, number, number]
      if (missing !== 1) return missing === 0 ? 'intact' : 'elsewhere'
      await ringAgain(blank === 1)
      await client.eval(remember, 2, mark, turn, now)
      return 'rung'
    },
  }
}

/** SQLSTATE classes 08, 53 and 57, and what the network says: the statement that was to end a job may not have been executed. */
const cutOff = /^(08|53|57)...$|^E(CONN|PIPE|TIMEDOUT)/

/** Jobs in PostgreSQL are as durable as the ledger: only what the engine failed to end when it was cut off is missing. */
export function createPostgresMemory(now: () => number = () => performance.now()): QueueMemory {
  let lastTrouble: number | null = null
  let rung = Number.NEGATIVE_INFINITY
  return {
    heed(error) {
      const { code = '', message = '' } = error as { code?: string; message?: string }
      if (cutOff.test(code) || message.startsWith('Connection terminated')) lastTrouble = now()
    },
    async restore(ringAgain) {
      const begun = now()
      if (lastTrouble === null || lastTrouble < rung || begun - rung < refusalsEveryMs) return 'intact'
      await ringAgain(false)
      rung = begun
      return 'rung'
    },
  }
}
