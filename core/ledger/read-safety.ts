/** How much of each safety threshold is used now, where it counts, and what it holds. */
import type { Sql } from '../database.ts'
import type { ApprovalNeed } from '../plan.ts'
import { limitOf, scopesOf, type SafetyThreshold } from '../safety.ts'
import { readBases, readUsed } from './hold-for-safety.ts'

export interface SafetyRecord extends Omit<SafetyThreshold, 'expiresSeconds'> {
  readonly ruleSet: string
  readonly known: number | null
  readonly limit: number
  readonly used: number
  readonly held: number
}

interface InForce {
  readonly ruleSet: string
  readonly thresholds: readonly SafetyThreshold[]
}

export async function readSafety(sql: Sql, inForce: readonly InForce[]): Promise<readonly SafetyRecord[]> {
  const places = inForce.flatMap(({ ruleSet, thresholds }) =>
    thresholds.flatMap((threshold) => scopesOf(threshold).map((scope) => ({ ruleSet, threshold, scope }))),
  )
  if (places.length === 0) return []
  return sql.begin(async (tx) => {
    const used = await readUsed(tx, places, [])
    const ofPercent = places.filter(({ threshold }) => threshold.percent !== null)
    const bases = await readBases(
      tx,
      ofPercent.map(({ scope }) => scope),
    )
    const held = await tx<{ ruleSet: string; name: string; target: string | null; requests: number }[]>`
      select rule_set as "ruleSet", approval.reason ->> 'threshold' as name, excess ->> 'target' as target, count(distinct request_id)::int as requests
      from approval join request on request.id = request_id, jsonb_array_elements(approval.reason -> 'exceeded') excess
      where approval.state = 'open' and approval.reason is not null group by 1, 2, 3`
    return places.map(({ ruleSet, threshold: { expiresSeconds: _unshown, ...threshold }, scope }, index) => {
      const known = threshold.percent === null ? null : (bases.get(scope.targets.join(',')) ?? 0)
      const target = scope.per === 'person' ? null : scope.targets[0]
      const own = held.find((row) => row.ruleSet === ruleSet && row.name === threshold.name && row.target === target)
      return {
        ...threshold,
        ruleSet,
        known,
        targets: scope.targets,
        limit: limitOf(threshold, known),
        used: used[index] ?? 0,
        held: own?.requests ?? 0,
      }
    })
  })
}

export interface HeldFilter {
  readonly ruleSet: string
  readonly threshold: string
  /** Only what was asked until then. */
  readonly askedUntil: Date
  /** As the audit trail names them: whoever asked for a change, or answered, has no answer left to give. */
  readonly person: string
  readonly limit: number
}

export interface HeldApproval {
  readonly id: string
  readonly role: ApprovalNeed['role']
}

/** The open questions of a threshold that a person may still answer, the oldest first. */
export function readHeld(
  sql: Sql,
  { ruleSet, threshold, askedUntil, person, limit }: HeldFilter,
): Promise<readonly HeldApproval[]> {
  return sql<HeldApproval[]>`
    select approval.id, role from approval join request on request.id = request_id
    where approval.state = 'open' and reason ->> 'threshold' = ${threshold} and rule_set = ${ruleSet} and asked_at <= ${askedUntil} and expires_at > clock_timestamp()
      and not ${person} = any(approval.requester || authors || subjects) and not exists (select from approval_decision where approval_id = approval.id and approval_decision.person = ${person})
    order by approval.seq limit ${limit}`
}
