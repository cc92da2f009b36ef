/**
 * A waiting request that was planned on what never came to be is planned again, on what is so, when its turn has come. The server plans
 * (it has the rules); this writes the plan, if nobody did so before, and queues the request; or ends it, when there is no plan.
 */
import type { Sql, Tx } from '../database.ts'
import { asRows } from '../database.ts'
import type { Plan, RequestKind } from '../plan.ts'
import type { SafetyThreshold } from '../safety.ts'
import { lookAgain } from '../saga/transitions.ts'
import type { Problem } from '../states.ts'
import type { IdentityState } from './accept.ts'
import { conclude } from './decide.ts'
import { ring } from './hand-over.ts'
import { forgetCounted, holdForSafety } from './hold-for-safety.ts'
import { keptSteps } from './kept-step.ts'
import { lockForPeople, type LockedByPeople } from './lock-for-people.ts'
import { addSecrets, type RequestSecret } from './request-secrets.ts'
import type { Recorder, Statement } from './writer.ts'

export interface StaleRequest {
  readonly id: string
  readonly source: string
  readonly externalId: string
  readonly ruleSet: string
  /** What was asked, as its adapter read it, without secrets. */
  readonly change: unknown
  readonly secretNames: readonly string[]
  /** Where the identity is now, and what the new plan is made on. */
  readonly previous: IdentityState
}

/** Requests whose turn has come and that wait for a new plan. */
export function readStale(sql: Sql, limit: number): Promise<readonly StaleRequest[]> {
  return sql<StaleRequest[]>`
    select request.id, request.source, request.external_id as "externalId", request.rule_set as "ruleSet", request.change, request.previous,
      array(select jsonb_object_keys(request.secrets)) as "secretNames"
    from request join identity on identity.id = request.identity_id and identity.active_request = request.id
    where request.stale and request.state = 'received' order by request.seq limit ${limit}`
}

export interface Replanned {
  readonly requestId: string
  /** What the plan was made on; another process may have been faster, or the request's turn may be over. */
  readonly previous: IdentityState
  readonly result:
    | {
        readonly kind: RequestKind
        readonly plan: Plan
        readonly desired: IdentityState
        readonly thresholds?: readonly SafetyThreshold[]
        /** Those that the plan needs and the request has not. */
        readonly secrets?: readonly RequestSecret[]
      }
    /** No plan can be made: what was asked makes no sense any more, or a rule failed. */
    | { readonly problem: Problem }
}

/** false: the request was planned by somebody else, or does not wait any more. */
export const replan: Statement<Replanned, boolean> = async (tx, inputs, record) => {
  const results: boolean[] = []
  for (const input of inputs) results.push(await replanOne(tx, input, record))
  return results
}

async function replanOne(tx: Tx, { requestId, previous, result }: Replanned, record: Recorder): Promise<boolean> {
  const locked = await lockForPeople(tx, requestId)
  const [fit] = await tx`
    select from request where id = ${requestId} and stale and state = 'received' and previous = ${tx.json(previous as never)}::jsonb`
  if (locked === null || !locked.request.active || fit === undefined) return false
  if ('problem' in result) await giveUp(tx, locked, result.problem, record)
  else await replace(tx, locked, result, record)
  return true
}

async function giveUp(tx: Tx, { request }: LockedByPeople, problem: Problem, record: Recorder): Promise<void> {
  const { id, identity_id: identityId, generation, previous: revert } = request
  const verdict = {
    id,
    identityId,
    generation,
    problem,
    revert,
    state: 'rolled_back',
    wake: null,
    ring: null,
    alerts: false,
  } as const
  await conclude(tx, [{ ...verdict, actor: 'gateway' }], record)
}

async function replace(
  tx: Tx,
  { request }: LockedByPeople,
  { kind, plan: planned, desired, thresholds = [], secrets = [] }: Exclude<Replanned['result'], { problem: Problem }>,
  record: Recorder,
): Promise<void> {
  const asked = { requestId: request.id, identityId: request.identity_id, plan: planned, thresholds }
  if (thresholds.length > 0) await forgetCounted(tx, [request.id])
  const [plan = planned] = await holdForSafety(tx, [asked], record)
  const steps = keptSteps(plan).map((step) => ({ target: step.target, plan: step }))
  await tx`delete from step where request_id = ${request.id}`
  if (steps.length > 0)
    await tx`insert into step (request_id, target, generation, state, plan)
      select ${request.id}, target, ${request.generation}, 'pending', plan from jsonb_to_recordset(${asRows(tx, steps)}) as row (target text, plan jsonb)`
  await tx`update request set kind = ${kind}, rule_version = ${plan.ruleSet.version}, computed = ${tx.json(plan.identity)}, plan_hash = ${plan.hash}, approvals = nullif(${tx.json((plan.approvals ?? null) as never)}::jsonb, 'null'),
      lookups = nullif(${tx.json(plan.lookups ?? null)}::jsonb, 'null'), desired = ${tx.json(desired as never)}, stale = false, change = ${plan.approvals === undefined ? null : tx`change`}, state = 'queued', wake_at = now() + make_interval(secs => ${lookAgain.first})
    where id = ${request.id}`
  await addSecrets(tx, request.id, secrets)
  await tellFollower(tx, request, desired)
  record.audit({
    action: 'planned_again',
    actor: 'gateway',
    requestId: request.id,
    detail: { kind, plan: plan.hash, ruleVersion: plan.ruleSet.version },
  })
  await ring(tx, [request.id], record)
}

/** What this request leaves is what the next one begins with, or where the identity stands when there is none. */
async function tellFollower(tx: Tx, request: LockedByPeople['request'], desired: IdentityState): Promise<void> {
  const told = await tx`update request set previous = ${tx.json(desired as never)} where id = (
    select later.id from request own join request later on later.identity_id = own.identity_id and later.seq > own.seq
    where own.id = ${request.id} and later.waits order by later.seq limit 1)`
  if (told.count > 0) return
  await tx`update identity set attributes = ${tx.json(desired.attributes)}, targets = ${tx.json(desired.targets)},
    disabled = ${desired.disabled}, switched_off = ${tx.json(desired.switchedOff ?? [])}, revision = revision + 1 where id = ${request.identity_id}`
}
