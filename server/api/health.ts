/** `/healthz`: the process lives. `/readyz`: it can take requests (database, sandbox, and workers to carry them out). */
import { setTimeout as delay } from 'node:timers/promises'
import { Hono } from 'hono'
import type { Sql } from '#core/database.ts'

export interface HealthDeps {
  readonly sql: Sql
  /** False once the process has been told to stop. */
  readonly isOpen: () => boolean
}

/** A database that takes longer, because the network swallows what is sent, is not there. */
const patienceMs = 2_000

export function healthRoutes({ sql, isOpen }: HealthDeps) {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const answered = sql`select 1`.then(
        () => true,
        () => false,
      )
      const database = await Promise.race([answered, delay(patienceMs, false, { ref: false })])
      const ready = database && isOpen()
      return c.json({ status: ready ? 'ready' : 'not ready', database, open: isOpen() }, ready ? 200 : 503)
    })
}
