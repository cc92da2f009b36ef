/** Drizzle on the database's pool for readings. It takes memory, and so only the server loads it. */
import type { Database, Sql } from '#core/database.ts'
import { drizzle, type PostgresJsDatabase } from '#core/ledger/drizzle.ts'

/** Drizzle is made for one client, and changes it; each pool gets its own. */
export function createTypedReadings({ readings }: Pick<Database, 'readings'>): PostgresJsDatabase {
  let made: { readonly pool: Sql; readonly db: PostgresJsDatabase } | null = null
  const current = () => {
    const pool = readings.pool()
    if (made?.pool !== pool) made = { pool, db: drizzle(pool) }
    return made.db
  }
  return new Proxy({} as PostgresJsDatabase, {
    get(_target, name) {
      const db = current()
      const value: unknown = Reflect.get(db, name)
      return typeof value === 'function' ? value.bind(db) : value
    },
  })
}
