/** Versions of rule sets as they were written: what is tried, compared and explained is a version, whether or not it is in force. */
import type { Sql } from '#core/database.ts'

export interface RuleText {
  readonly version: number
  /** SHA-256 in hex of the text. */
  readonly hash: string
  readonly text: string
  readonly publishedBy: string | null
  readonly publishedAt: Date | null
}

/** Null when there is no such version. */
export async function readRuleText(sql: Sql, name: string, version: number): Promise<RuleText | null> {
  const [row] = await sql<Omit<RuleText, 'publishedBy'>[]>`
    select version, hash, text, published_at as "publishedAt" from rule_set where name = ${name} and version = ${version}`
  return row === undefined ? null : { ...row, publishedBy: row.publishedAt === null ? null : 'configuration' }
}

/** The hashes of all versions, by number; empty when there is no such rule set. */
export async function readRuleHashes(sql: Sql, name: string): Promise<ReadonlyMap<number, string>> {
  const rows = await sql<{ version: number; hash: string }[]>`select version, hash from rule_set where name = ${name}`
  return new Map(rows.map(({ version, hash }) => [version, hash]))
}
