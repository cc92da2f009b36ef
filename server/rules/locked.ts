/**
 * A rule set in the hands of whoever changes it: its row is locked, so that two people who save, publish or review at once do so one after
 * the other, and each on what the other left.
 */
import type { Tx } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { RuleVersionState } from '../api/rule-types.ts'
import type { Life } from './life.ts'
import { lifePhrases } from './phrases.ts'

export interface LockedVersion extends Life {
  readonly hash: string
  readonly revision: number
  readonly updatedAt: Date
}

export interface LockedRuleSet {
  readonly name: string
  readonly fourEyes: boolean
  /** What the configuration said when it was last applied; null when it never was. */
  readonly appliedHash: string | null
  /** The newest first. */
  readonly versions: readonly LockedVersion[]
  readonly inForce: number | null
  /** The number of the next version. */
  readonly next: number
}

interface PolicyRow {
  readonly fourEyes: boolean
  readonly appliedHash: string | null
}

/** Throws `missing` when there is no rule set of that name. */
export async function lockRuleSet(tx: Tx, name: string): Promise<LockedRuleSet> {
  const locked = await lockIfThere(tx, name)
  if (locked === null) throw new GatewayError('missing', lifePhrases.noRuleSet)
  return locked
}

export async function lockIfThere(tx: Tx, name: string): Promise<LockedRuleSet | null> {
  const [policy] = await tx<PolicyRow[]>`
    select four_eyes as "fourEyes", applied_hash as "appliedHash" from rule_set_policy where name = ${name} for update`
  if (policy === undefined) return null
  const versions = await tx<LockedVersion[]>`
    select version, state, hash, revision, authors, reviewed_by is not null as "isReviewed", problems,
      coalesce((tests ->> 'red')::int, 0) as red, updated_at as "updatedAt"
    from rule_version where name = ${name} order by version desc`
  const inForce = versions.find(({ state }) => state === 'published')?.version ?? null
  return { name, ...policy, versions, inForce, next: (versions[0]?.version ?? 0) + 1 }
}

/** Throws `missing`. */
export function versionOf({ versions }: LockedRuleSet, version: number): LockedVersion {
  const found = versions.find((one) => one.version === version)
  if (found === undefined) throw new GatewayError('missing', lifePhrases.noVersion)
  return found
}

export function draftOf({ versions }: LockedRuleSet): LockedVersion | undefined {
  return versions.find(({ state }) => state === 'draft')
}

/** Brings a version into a state. `reason`: why, in words. */
export async function moveTo(
  tx: Tx,
  name: string,
  version: number,
  state: RuleVersionState,
  reason: string | null,
): Promise<void> {
  await tx`update rule_version set state = ${state}, reason = ${reason}, updated_at = clock_timestamp() where name = ${name} and version = ${version}`
}
