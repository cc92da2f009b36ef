/** Versions of rule sets as they were written: what is tried, compared and explained is a version, whether or not it is in force. */
import type { Sql } from '#core/database.ts'
import type { RuleVersionState } from '../api/rule-types.ts'

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
  const [row] = await sql<RuleText[]>`
    select version, hash, text, published_by as "publishedBy", published_at as "publishedAt" from rule_version where name = ${name} and version = ${version}`
  return row ?? null
}

export interface VersionHash {
  readonly version: number
  readonly state: RuleVersionState
  /** SHA-256 in hex of the text. */
  readonly hash: string
}

/** All versions, the newest first; none when there is no such rule set. */
export function readRuleHashes(sql: Sql, name: string): Promise<readonly VersionHash[]> {
  return sql<VersionHash[]>`select version, state, hash from rule_version where name = ${name} order by version desc`
}

/** The version in force; null before the first publication. */
export function inForce(versions: readonly VersionHash[]): number | null {
  return versions.find(({ state }) => state === 'published')?.version ?? null
}
