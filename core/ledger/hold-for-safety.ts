/**
 * Safety thresholds where requests become durable: what would exceed one gets an approval into its plan, and so into its hash; what may go on is
 * counted in the same transaction. A lock that all servers share makes the count exact: of a hundred leavers at once no more get through than may.
 */
import { asRows, type Tx } from '../database.ts'
import { planHash, type ApprovalNeed, type Plan } from '../plan.ts'
import {
  exceededBy,
  guardedSteps,
  scopesOf,
  weightOf,
  type SafetyScope,
  type SafetyThreshold,
  type SafetyUse,
} from '../safety.ts'
import { keptSteps, wholePlan, type KeptPlan } from './kept-step.ts'
import type { Recorder } from './writer.ts'

export interface Guarded {
  readonly requestId: string
  readonly identityId: string
  readonly plan: Plan
  /** Those of the rule set that the plan was made with. */
  readonly thresholds: readonly SafetyThreshold[]
}

/** Seconds for which the number of accounts that a percentage is of may be old. */
const baseAgeSeconds = 10

/** The plans as they are to be carried out, in the order of `asked`: the same, or one that asks for approval as well. */
export async function holdForSafety(tx: Tx, asked: readonly Guarded[], record: Recorder): Promise<readonly Plan[]> {
  const concerned = asked.filter(({ plan, thresholds }) => thresholds.some((threshold) => isConcerned(plan, threshold)))
  if (concerned.length === 0) return asked.map(({ plan }) => plan)
  // Held until the commit: whoever counts next sees what was let through here.
  await tx`select pg_advisory_xact_lock(hashtextextended('passerelle safety thresholds', 0))`
  const tally = await openTally(tx, concerned)
  const held = new Map<string, Plan>()
  const passed: Guarded[] = []
  for (const request of concerned) {
    const needs = exceededBy(request.plan.steps, unasked(request), tally.useOf)
    if (needs.length === 0) passed.push(request)
    else held.set(request.requestId, withNeeds(request.plan, needs))
    if (needs.length === 0) tally.add(request)
    for (const need of needs) tell(record, request, need)
  }
  await countRows(
    tx,
    passed.flatMap(({ requestId, identityId, plan }) =>
      guardedSteps(plan.steps).map(({ target, operation }) => ({
        request_id: requestId,
        identity_id: identityId,
        target,
        operation,
      })),
    ),
  )
  return asked.map(({ requestId, plan }) => held.get(requestId) ?? plan)
}

/** People agreed to what a threshold held: from now on it counts. */
export async function countApproved(tx: Tx, requestId: string): Promise<void> {
  const rows = await tx<{ identity_id: string; target: string; operation: string }[]>`
    select identity_id, target, plan ->> 'operation' as operation from request join step on step.request_id = request.id
    where request.id = ${requestId} and plan ->> 'operation' in ('disable', 'delete')
      and exists (select from jsonb_array_elements(request.approvals) need where need ? 'reason')`
  await countRows(
    tx,
    rows.map((row) => ({ request_id: requestId, ...row })),
  )
}

/** What came to nothing took nobody's access away. */
export async function forgetCounted(tx: Tx, requestIds: readonly string[]): Promise<void> {
  await tx`delete from safety_use where request_id = any(${[...requestIds]}::uuid[])`
}

function isConcerned({ steps }: Plan, threshold: SafetyThreshold): boolean {
  return scopesOf(threshold).some((scope) => weightOf(steps, threshold, scope) > 0)
}

/** A plan that asks for a threshold's sake already is not made to ask twice. */
function unasked({ plan, thresholds }: Guarded): readonly SafetyThreshold[] {
  const asking = new Set((plan.approvals ?? []).map(({ reason }) => reason?.threshold))
  return thresholds.filter(({ name }) => !asking.has(name))
}

function withNeeds(plan: Plan, needs: readonly ApprovalNeed[]): Plan {
  const { hash: _, ...rest } = plan
  const essence = { ...rest, approvals: [...(plan.approvals ?? []), ...needs] }
  return { ...essence, hash: planHash(essence) }
}

function tell(record: Recorder, { requestId, plan }: Guarded, { reason }: ApprovalNeed): void {
  if (reason === undefined) return
  for (const { target, used, limit } of reason.exceeded)
    record.audit({
      action: 'held_for_safety',
      actor: 'gateway',
      requestId,
      ...(target !== null && { target }),
      detail: { threshold: reason.threshold, used, limit, withinSeconds: reason.withinSeconds, ruleSet: plan.ruleSet.name },
    })
}

/** A request that is done again with the plan it has: as if it came anew, when what it did came to nothing. */
export async function holdAgain(
  tx: Tx,
  { requestId, thresholds }: Pick<Guarded, 'requestId' | 'thresholds'>,
  record: Recorder,
): Promise<void> {
  const [row] = await tx<{ identityId: string; plan: Omit<Plan, 'steps'> & { steps: readonly KeptPlan[] } }[]>`
    select identity_id as "identityId", jsonb_build_object('ruleSet', jsonb_build_object('name', rule_set, 'version', rule_version), 'identity', computed, 'hash', plan_hash,
        'steps', (select coalesce(jsonb_agg(plan order by target), '[]') from step where request_id = request.id))
        || case when approvals is null then '{}' else jsonb_build_object('approvals', approvals) end
        || case when lookups is null then '{}' else jsonb_build_object('lookups', lookups) end as plan
    from request where id = ${requestId} and not exists (select from safety_use where request_id = request.id)`
  if (row === undefined) return
  const kept: Plan = { ...row.plan, steps: row.plan.steps.map(wholePlan) }
  const [plan = kept] = await holdForSafety(tx, [{ requestId, thresholds, identityId: row.identityId, plan: kept }], record)
  if (plan === kept) return
  await tx`update request set approvals = ${tx.json(plan.approvals as never)}, plan_hash = ${plan.hash} where id = ${requestId}`
  const steps = keptSteps(plan).map((step) => ({ target: step.target, plan: step }))
  await tx`update step set plan = row.plan from jsonb_to_recordset(${asRows(tx, steps)}) as row (target text, plan jsonb)
    where step.request_id = ${requestId} and step.target = row.target`
}

interface Tally {
  useOf(threshold: SafetyThreshold, scope: SafetyScope): SafetyUse
  add(request: Guarded): void
}

const keyOf = ({ operations, withinSeconds }: SafetyThreshold, { targets, per }: SafetyScope) =>
  `${per} ${[...operations].sort().join(',')} ${withinSeconds} ${targets.join(',')}`

/** What was let through so far, read once, and kept up while the requests of this batch are looked at one after the other. */
async function openTally(tx: Tx, requests: readonly Guarded[]): Promise<Tally> {
  const byKey = new Map<string, SafetyPlace>()
  for (const { thresholds } of requests)
    for (const threshold of thresholds)
      for (const scope of scopesOf(threshold)) byKey.set(keyOf(threshold, scope), { threshold, scope })
  const places = [...byKey.values()]
  const counts = await readUsed(
    tx,
    places,
    requests.map(({ requestId }) => requestId),
  )
  const used = new Map([...byKey.keys()].map((key, index) => [key, counts[index] ?? 0]))
  const bases = await readBases(
    tx,
    places.flatMap(({ threshold, scope }) => (threshold.percent === null ? [] : [scope])),
  )
  return {
    useOf: (threshold, scope) => ({
      used: used.get(keyOf(threshold, scope)) ?? 0,
      known: threshold.percent === null ? null : (bases.get(scope.targets.join(',')) ?? 0),
    }),
    add({ plan }) {
      for (const [key, { threshold, scope }] of byKey)
        used.set(key, (used.get(key) ?? 0) + weightOf(plan.steps, threshold, scope))
    },
  }
}

export interface SafetyPlace {
  readonly threshold: SafetyThreshold
  readonly scope: SafetyScope
}

/** How many accounts, or people, were let through in the time of each threshold, place by place; without those of the requests named. */
export async function readUsed(tx: Tx, places: readonly SafetyPlace[], without: readonly string[]): Promise<readonly number[]> {
  const rows = places.map(({ threshold, scope }, place) => ({
    place,
    operations: threshold.operations,
    targets: scope.targets,
    people: scope.per === 'person',
    seconds: threshold.withinSeconds,
  }))
  const counted = await tx<{ used: number }[]>`
    select use.used from jsonb_to_recordset(${asRows(tx, rows)}) as row (place int, operations jsonb, targets jsonb, people boolean, seconds float),
      lateral (select case when row.people then count(distinct identity_id) else count(*) end::int as used from safety_use
        where target in (select jsonb_array_elements_text(row.targets)) and operation in (select jsonb_array_elements_text(row.operations))
          and at > clock_timestamp() - make_interval(secs => row.seconds) and request_id <> all(${[...without]}::uuid[])) use
    order by row.place`
  return counted.map(({ used }) => used)
}

/** How many accounts (of one target) or people (with an account in any of several) there are; at most some seconds old. */
export async function readBases(tx: Tx, scopes: readonly SafetyScope[]): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(scopes.map(({ targets }) => targets.join(',')))]
  if (wanted.length === 0) return new Map()
  const rows = await tx<{ targets: string; known: number }[]>`
    select targets, known from safety_base where targets = any(${wanted}::text[]) and counted_at > clock_timestamp() - make_interval(secs => ${baseAgeSeconds})`
  const bases = new Map(rows.map(({ targets, known }) => [targets, known]))
  for (const targets of wanted.filter((names) => !bases.has(names)).sort()) {
    const [row] = await tx<{ known: number }[]>`
      insert into safety_base (targets, known, counted_at)
      select ${targets}, count(distinct identity_id), clock_timestamp() from account where target = any(${targets.split(',')}::text[])
      on conflict (targets) do update set known = excluded.known, counted_at = excluded.counted_at returning known`
    bases.set(targets, row?.known ?? 0)
  }
  return bases
}

interface UseRow {
  readonly request_id: string
  readonly identity_id: string
  readonly target: string
  readonly operation: string
}

async function countRows(tx: Tx, rows: readonly UseRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into safety_use (request_id, target, operation, identity_id, at)
    select request_id, target, operation, identity_id, clock_timestamp()
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (request_id uuid, target text, operation text, identity_id uuid)
    on conflict (request_id, target) do update set operation = excluded.operation, at = excluded.at`
}
