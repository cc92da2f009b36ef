/**
 * Lookup tables: what rules look up by a key, kept beside them as objects of their own, because those who know the codes of sites are not those who
 * write the rules. A table is YAML or JSON; its rows may stand in a CSV.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { canonicalJson } from '#core/canonical-json.ts'
import { tablePhrases } from '../phrases/policies.ts'
import { longestTable, mostRows } from './limits.ts'

/** A table as rules read it. */
export interface LookupTable {
  /** 0: of no version, such as one that stands in a case. */
  readonly version: number
  /** SHA-256 of its content. */
  readonly hash: string
  readonly rows: ReadonlyMap<string, string>
  /** What is given for a key that is not there; null: no value. */
  readonly fallback: string | null
}

export type LookupTables = Readonly<Record<string, LookupTable>>

export const tableName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, tablePhrases.name.en))

const cell = v.pipe(
  v.string(),
  v.maxLength(1_000, tablePhrases.longCell.en),
  v.check((text) => !text.includes('\0'), tablePhrases.nul.en),
)

/** Key → value. */
export const Rows = v.pipe(
  v.record(v.pipe(cell, v.regex(/\S/, tablePhrases.emptyKey.en)), cell),
  v.check((rows) => Object.keys(rows).length <= mostRows, tablePhrases.rows.en),
  v.check((rows) => sizeOf(rows) <= longestTable, tablePhrases.size.en),
  v.description('Key → value, as texts.'),
)

const bilingual = v.strictObject({ fr: v.pipe(v.string(), v.maxLength(500)), en: v.pipe(v.string(), v.maxLength(500)) })

/** What a table says besides its rows. */
export const tableEntries = {
  description: v.optional(bilingual),
  fallback: v.optional(v.pipe(cell, v.description('What is given for a key that is not there; absent: no value.'))),
}

export interface TableContent {
  readonly rows: Readonly<Record<string, string>>
  readonly fallback?: string | null | undefined
}

export function toLookupTable({ rows, fallback = null }: TableContent, version: number): LookupTable {
  const hash = hashTable({ rows, fallback })
  return { version, hash, rows: new Map(Object.entries(rows)), fallback }
}

/** Stored tables by name, as rules read them. */
export function toLookupTables(
  stored: readonly (TableContent & { readonly name: string; readonly version: number })[],
): LookupTables {
  return Object.fromEntries(stored.map((table) => [table.name, toLookupTable(table, table.version)]))
}

/** Equal tables share what a sandbox process holds of them. */
export function hashTable({ rows, fallback = null }: TableContent): string {
  return createHash('sha256').update(canonicalJson({ rows, fallback })).digest('hex')
}

function sizeOf(rows: Readonly<Record<string, string>>): number {
  return Object.entries(rows).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
}
