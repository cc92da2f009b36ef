/** The lookup tables for whoever plans or shows them, the newest remembered until somebody says that they changed. */
import type { Sql } from '#core/database.ts'
import { readLookup, readLookups, readNewestLookups, type StoredLookup } from '#core/lookups.ts'
import { toLookupTables, type LookupTables } from '#rules/index.ts'

export type { StoredLookup } from '#core/lookups.ts'

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
  const list = () => readNewestLookups(sql)
  return {
    list,
    current() {
      known ??= list().then(toLookupTables)
      known.catch(() => (known = undefined))
      return known
    },
    ofVersions: async (versions) => toLookupTables(await readLookups(sql, versions)),
    read: (name, version) => readLookup(sql, name, version),
    refresh() {
      known = undefined
    },
  }
}
