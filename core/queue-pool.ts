/** The PostgreSQL connections of the queues when they live there. */
import pg from 'pg'
import type { Logger } from './log.ts'

export interface QueuePoolOptions {
  readonly databaseUrl: string
  readonly poolSize: number
  readonly log: Pick<Logger, 'warn'>
}

/** Connections that may be lost at any moment, in use or not: whoever uses one learns it from the statement that fails. */
export function openQueuePool({ databaseUrl, poolSize, log }: QueuePoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    // The search path is BullMQ's own: its statements name no schema.
    options: '-c search_path=bullmq',
    application_name: 'passerelle-queue',
  })
  pool.on('error', (err) => log.warn({ err }, 'a queue connection to PostgreSQL was lost'))
  // The pool listens to those that rest. One that is lost between two statements of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
