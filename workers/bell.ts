/**
 * Rings the workers for what waits in a table: when somebody says so, and now and then, because an announcement may be lost and a lease ends without
 * one. As with requests, the queue only says "look"; what the queue forgot is rung again.
 */
import type { Sql } from '#core/database.ts'
import type { Logger } from '#core/log.ts'

export interface BellDeps {
  readonly sql: Sql
  readonly channel: string
  /** Rings for everything that nobody is at. */
  readonly look: () => Promise<void>
  readonly log: Logger
  /** What is rung for, for the log. */
  readonly what: string
}

/** Milliseconds between looks. */
const patienceMs = 2_000

export async function openBell({ sql, channel, look, log, what }: BellDeps): Promise<AsyncDisposable> {
  let closed = false
  let running: Promise<void> | null = null

  function ring(): void {
    if (closed) return
    running ??= look()
      .catch((err: unknown) => log.warn({ err }, `${what} could not be rung; they are rung again`))
      .finally(() => (running = null))
  }
  const timer = setInterval(ring, patienceMs)
  const listening = await sql.listen(channel, ring, ring)
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(timer)
      await listening.unlisten()
      await running
    },
  }
}
