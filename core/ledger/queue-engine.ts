/** Which kinds of queue engine ever held jobs of this ledger: only what held them can have lost them. */
import type { Sql } from '../database.ts'

export async function knowsEngine(sql: Sql, kind: string): Promise<boolean> {
  const rows = await sql`select from queue_engine where kind = ${kind}`
  return rows.length > 0
}

export async function keepEngine(sql: Sql, kind: string): Promise<void> {
  await sql`insert into queue_engine (kind) values (${kind}) on conflict do nothing`
}
