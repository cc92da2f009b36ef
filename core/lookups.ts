/** Lookup tables as the database holds them: in versions, of which the newest is in force; those that plans were made with stay. */
import type { Sql } from './database.ts'

export interface StoredLookup {
  readonly name: string
  readonly version: number
  readonly description: { readonly fr: string; readonly en: string } | null
  readonly rows: Readonly<Record<string, string>>
  readonly fallback: string | null
  readonly updatedBy: string
  readonly updatedAt: Date
}

/** The newest version of each. */
export function readNewestLookups(sql: Sql): Promise<StoredLookup[]> {
  return sql<StoredLookup[]>`select distinct on (name) ${columns(sql)} from lookup_table order by name, version desc`
}

/** These versions; one that is not there is left out. */
export function readLookups(sql: Sql, versions: Readonly<Record<string, number>>): Promise<StoredLookup[]> {
  return sql<StoredLookup[]>`
    select ${columns(sql)} from lookup_table
    join unnest(${Object.keys(versions)}::text[], ${Object.values(versions)}::int[]) as wanted (name, version) using (name, version)`
}

/** The newest version unless told; null when there is none. */
export async function readLookup(sql: Sql, name: string, version?: number): Promise<StoredLookup | null> {
  const [row] = await sql<StoredLookup[]>`
    select ${columns(sql)} from lookup_table where name = ${name} ${version === undefined ? sql`` : sql`and version = ${version}`}
    order by version desc limit 1`
  return row ?? null
}

function columns(sql: Sql) {
  return sql`name, version, description, rows, fallback, updated_by as "updatedBy", updated_at as "updatedAt"`
}
