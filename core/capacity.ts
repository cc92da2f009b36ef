/**
 * Whether PostgreSQL has room for a process's connections, asked before it begins: a pool that is refused in the middle of the work looks
 * like a database that fails now and then, and nobody knows why.
 */
import type { Sql } from './database.ts'
import { GatewayError } from './errors.ts'

/** What `openDatabase` takes at most: ledger, its two writers, notifications. */
export const ledgerConnections = 7

/** And where people look at the ledger, in servers alone. */
export const readingConnections = 4

/** Connections of queues that live in PostgreSQL: each BullMQ worker listens on one, and each job may need one. */
export function queueConnections(workers: number, concurrency: number): number {
  return workers + concurrency + 5
}

/**
 * BullMQ's jobs at a time and queue when the queues live in PostgreSQL: that engine is made for one machine, and every job in hand may take a
 * connection.
 */
export const mostJobsInPostgres = 20

export interface Room {
  /** max_connections */
  readonly most: number
  /** superuser_reserved_connections */
  readonly reserved: number
  readonly taken: number
}

/** Throws `config`, with what to set, when the process may need more connections than there are left. */
export async function requireCapacity(sql: Sql, process: string, needed: number): Promise<void> {
  const [room] = await sql<Room[]>`
    select current_setting('max_connections')::int as most, current_setting('superuser_reserved_connections')::int as reserved,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as taken`
  if (room !== undefined) requireRoom(room, process, needed)
}

export function requireRoom({ most, reserved, taken }: Room, process: string, needed: number): void {
  const missing = needed - (most - reserved - taken)
  if (missing <= 0) return
  throw new GatewayError(
    'config',
    `PostgreSQL allows ${most} connections (max_connections) and ${taken} are taken: this ${process} may need ${needed}`,
    {
      hint: `set max_connections = ${most + missing} or more, end what holds connections, or, where the queues live in PostgreSQL, lower WORKER_CONCURRENCY or set REDIS_URL`,
    },
  )
}
