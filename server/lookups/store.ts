/** Lookup tables as the database holds them: in versions, of which the newest is in force; those that plans were made with stay. */
import type { Sql } from '#core/database.ts'
import { toLookupTable, type LookupTables } from '#rules/index.ts'

export interface StoredLookup {
  readonly name: string
  readonly version: number
  readonly description: { readonly fr: string; readonly en: string } | null
  readonly rows: Readonly<Record<string, string>>
  readonly fallback: string | null
  readonly updatedBy: string
  readonly updatedAt: Date
}

export interface Lookups {
  /** The tables in force, as rules read them; read once, until somebody says that they changed. */
  current(): Promise<LookupTables>
  /** The tables of these versions, such as those that a plan was made with. A version that is not there is left out. */
  ofVersions(versions: Readonly<Record<string, number>>): Promise<LookupTables>
  list(): Promise<readonly StoredLookup[]>
  /** The newest version unless told; null when there is none. */
  read(name: string, version?: number): Promise<StoredLookup | null>
  refresh(): void
}

export function createLookups(sql: Sql): Lookups {
  let known: Promise<LookupTables> | undefined
  const list = () => sql<StoredLookup[]>`select distinct on (name) ${columns(sql)} from lookup_table order by name, version desc`
  return {
    list,
    current() {
      known ??= list().then(toTables)
      known.catch(() => (known = undefined))
      return known
    },
    async ofVersions(versions) {
      const names = Object.keys(versions)
      const rows = await sql<StoredLookup[]>`
        select ${columns(sql)} from lookup_table
        join unnest(${names}::text[], ${Object.values(versions)}::int[]) as wanted (name, version) using (name, version)`
      return toTables(rows)
    },
    async read(name, version) {
      const [row] = await sql<StoredLookup[]>`
        select ${columns(sql)} from lookup_table where name = ${name} ${version === undefined ? sql`` : sql`and version = ${version}`}
        order by version desc limit 1`
      return row ?? null
    },
    refresh() {
      known = undefined
    },
  }
}

function columns(sql: Sql) {
  return sql`name, version, description, rows, fallback, updated_by as "updatedBy", updated_at as "updatedAt"`
}

function toTables(rows: readonly StoredLookup[]): LookupTables {
  return Object.fromEntries(rows.map((row) => [row.name, toLookupTable(row, row.version)]))
}
