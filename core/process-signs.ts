/**
 * What the processes of the gateway say of themselves: each writes a row of its own every few seconds, and whoever is asked for metrics reads them
 * all, so that one address tells of processes that have none.
 */
import { hostname } from 'node:os'
import type { Cache, CacheCounts, CacheKind } from './cache.ts'
import { asRows, type Sql } from './database.ts'
import type { Logger } from './log.ts'
import { uuidv7 } from './uuid.ts'

export interface ProcessSign {
  readonly part: string
  readonly host: string
  readonly pid: number
  readonly startedAt: Date
  readonly residentBytes: number
  readonly heapBytes: number
  readonly cache: Readonly<Record<CacheKind, CacheCounts>>
}

export interface ProcessSignsOptions {
  readonly sql: Sql
  /** What this process does, such as `worker-ldap`. */
  readonly part: string
  readonly cache: Pick<Cache, 'counts'>
  readonly log: Pick<Logger, 'debug'>
}

const everyMs = 5_000
/** Seconds after which a process that wrote nothing counts as gone, and after which its row is swept away. */
const [goneAfter, sweptAfter] = [30, 3_600]

/** The first sign is written before this returns. Signs that cannot be written are missing, and nothing else. */
export async function openProcessSigns({ sql, part, cache, log }: ProcessSignsOptions): Promise<AsyncDisposable> {
  const id = uuidv7()
  let writing: Promise<unknown> | null = null
  const write = () => {
    const { rss, heapUsed } = process.memoryUsage()
    writing ??= sql`
      insert into process_sign (id, part, host, pid, resident_bytes, heap_bytes, cache)
      values (${id}, ${part}, ${hostname()}, ${process.pid}, ${rss}, ${heapUsed}, ${asRows(sql, cache.counts() as never)})
      on conflict (id) do update set seen_at = now(), resident_bytes = excluded.resident_bytes, heap_bytes = excluded.heap_bytes, cache = excluded.cache`
      .catch((err: unknown) => log.debug({ err }, 'what this process says of itself could not be written'))
      .finally(() => {
        writing = null
      })
    return writing
  }
  await write()
  await sql`delete from process_sign where seen_at < now() - make_interval(secs => ${sweptAfter})`.catch(() => undefined)
  const timer = setInterval(() => void write(), everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await writing
      await sql`delete from process_sign where id = ${id}`.catch(() => undefined)
    },
  }
}

/** The processes that gave a sign of late. */
export async function readProcessSigns(sql: Sql): Promise<readonly ProcessSign[]> {
  return sql<ProcessSign[]>`
    select part, host, pid, started_at as "startedAt", resident_bytes::float8 as "residentBytes", heap_bytes::float8 as "heapBytes", cache
    from process_sign where seen_at > now() - make_interval(secs => ${goneAfter}) order by part, host, pid`
}
