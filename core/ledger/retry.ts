/**
 * Doing a request again: a new generation, with the plan that was accepted or with a new one. `retry` is for what ended without success;
 * `resume` carries on what waits for people. What is in place stays, and what may be in place is read back first.
 */
import type { Tx } from '../database.ts'
import type { Plan } from '../plan.ts'
import type { SafetyThreshold } from '../safety.ts'
import { canonicalJson } from '../canonical-json.ts'
import { lookAgain } from '../saga/transitions.ts'
import { onceMore, possibleVerbs, type Verb } from '../saga/verbs.ts'
import type { RequestState } from '../states.ts'
import type { IdentityState } from './accept.ts'
import { keptSteps, type KeptPlan } from './kept-step.ts'
import { lockForPeople, type LockedByPeople } from './lock-for-people.ts'
import { holdForApproval } from './ask-approval.ts'
import { forgetCounted, holdAgain, holdForSafety } from './hold-for-safety.ts'
import { addSecrets, type RequestSecret } from './request-secrets.ts'
import type { Recorder, Statement } from './writer.ts'

export interface Retry {
  readonly requestId: string
  readonly actor: string
  readonly reason: string
  /** The plan that the rules of today make; without it the accepted one is kept. */
  readonly refreshed?:
    | {
        readonly plan: Plan
        readonly desired: IdentityState
        /** Those that the plan needs and the request has not. */
        readonly secrets?: readonly RequestSecret[]
      }
    | undefined
  /** Those of its rule set today. */
  readonly thresholds?: readonly SafetyThreshold[]
}

export type RetryResult =
  | { readonly outcome: 'accepted'; readonly generation: number }
  | { readonly outcome: 'missing' }
  /** The request is not in a state from which it can be done again. */
  | { readonly outcome: 'refused'; readonly state: RequestState }
  /** A later request of the same identity says otherwise: the last accepted wins. */
  | { readonly outcome: 'overtaken' }
  /** The new plan wants something else of what is already in place there. */
  | { readonly outcome: 'in_place'; readonly targets: readonly string[] }

export const retry: Statement<Retry, RetryResult> = (tx, inputs, record) => doAgain(tx, inputs, 'retry', record)
export const resume: Statement<Omit<Retry, 'refreshed'>, RetryResult> = (tx, inputs, record) =>
  doAgain(tx, inputs, 'resume', record)

async function doAgain(tx: Tx, inputs: readonly Retry[], verb: Verb, record: Recorder): Promise<readonly RetryResult[]> {
  const results: RetryResult[] = []
  for (const input of inputs) results.push(await doOneAgain(tx, input, verb, record))
  return results
}

async function doOneAgain(tx: Tx, input: Retry, verb: Verb, record: Recorder): Promise<RetryResult> {
  const locked = await lockForPeople(tx, input.requestId)
  if (locked === null) return { outcome: 'missing' }
  const { request, steps } = locked
  const isOpenTo = (overtaken: boolean) => possibleVerbs({ ...request, overtaken }, steps).includes(verb)
  if (!isOpenTo(request.overtaken))
    return isOpenTo(false) ? { outcome: 'overtaken' } : { outcome: 'refused', state: request.state }
  const generation = request.generation + 1
  const about = { requestId: request.id, identityId: request.identity_id, thresholds: input.thresholds ?? [] }
  if (input.refreshed !== undefined) {
    const changed = inPlace(locked, input.refreshed.plan)
    if (changed.length > 0) return { outcome: 'in_place', targets: changed }
    if (about.thresholds.length > 0) await forgetCounted(tx, [request.id])
    const [plan = input.refreshed.plan] = await holdForSafety(tx, [{ ...about, plan: input.refreshed.plan }], record)
    await replaceSteps(tx, request.id, generation, plan)
    await addSecrets(tx, request.id, input.refreshed.secrets ?? [])
    await tx`update request set rule_version = ${plan.ruleSet.version}, computed = ${tx.json(plan.identity)}, plan_hash = ${plan.hash},
      approvals = nullif(${tx.json((plan.approvals ?? null) as never)}::jsonb, 'null'), lookups = nullif(${tx.json(plan.lookups ?? null)}::jsonb, 'null'),
      desired = ${tx.json(input.refreshed.desired as never)} where id = ${request.id}`
  } else await holdAgain(tx, about, record)
  await beginAnew(tx, request.id, generation)
  await takeIdentity(tx, locked)
  await begin(tx, request.id, generation, input.actor, record)
  const detail = {
    generation,
    reason: input.reason,
    ...(input.refreshed && { rules: 'refreshed', plan: input.refreshed.plan.hash }),
  }
  record.audit({ action: verb === 'resume' ? 'resumed' : 'retried', actor: input.actor, requestId: request.id, detail })
  return { outcome: 'accepted', generation }
}

/** An approval that still counts is not asked for again; whoever has a request done again does not approve it. */
async function begin(tx: Tx, requestId: string, generation: number, actor: string, record: Recorder): Promise<void> {
  const [ready] = await holdForApproval(tx, [requestId], record, actor)
  if (ready === undefined) return
  await tx`insert into outbox (topic, request_id, generation, bell) values ('apply', ${requestId}, ${generation}, 0)`
  record.rang()
  record.changed(requestId, 'queued')
}

/** Targets where something is in place, or may be, that the new plan does not want as it is: only an update or an undo can change that. */
function inPlace({ steps }: LockedByPeople, plan: Plan): readonly string[] {
  const wanted = new Map(plan.steps.map((step) => [step.target, canonicalJson(step)]))
  return steps
    .filter(({ state }) => state === 'applied' || onceMore[state] === 'unknown' || state === 'stuck')
    .filter((step) => wanted.get(step.target) !== canonicalJson(step.plan))
    .map(({ target }) => target)
}

async function replaceSteps(tx: Tx, requestId: string, generation: number, plan: Plan): Promise<void> {
  const targets = plan.steps.map(({ target }) => target)
  await tx`delete from step where request_id = ${requestId} and not target = any(${targets}::text[])`
  for (const step of keptSteps(plan)) await upsertStep(tx, requestId, generation, step)
}

async function upsertStep(tx: Tx, requestId: string, generation: number, plan: KeptPlan): Promise<void> {
  await tx`insert into step (request_id, target, generation, state, plan) values (${requestId}, ${plan.target}, ${generation}, 'pending', ${tx.json(plan as never)})
    on conflict (request_id, target) do update set plan = excluded.plan`
}

async function beginAnew(tx: Tx, requestId: string, generation: number): Promise<void> {
  const next = tx`(${tx.json(onceMore)}::jsonb ->> state)`
  const fresh = tx`(${next} = 'pending')`
  await tx`update step set generation = ${generation}, attempts = 0, deaths = 0, undo_attempts = 0, retry_at = null, started_at = null, lease_until = null,
      fence = fence + 1, error = null, differences = null, settled_at = case when state = 'applied' then settled_at end, state = ${next},
      called_at = case when not ${fresh} then called_at end, before = case when not ${fresh} then before end, after = case when not ${fresh} then after end,
      before_secrets = case when not ${fresh} then before_secrets end, after_secrets = case when not ${fresh} then after_secrets end, reset_at = null,
      writes = case when not ${fresh} then writes end, disposition = case when not ${fresh} then disposition end
    where request_id = ${requestId}`
  await tx`update request set state = 'queued', direction = 'forward', generation = ${generation}, bell = 0, problem = null, settled_at = null,
      wake_at = now() + make_interval(secs => ${lookAgain.first}) where id = ${requestId}`
}

/** The identity is the request's again, and what the request asks for holds again, unless others were accepted on top meanwhile. */
async function takeIdentity(tx: Tx, { request }: LockedByPeople): Promise<void> {
  await tx`update identity set active_request = ${request.id} where id = ${request.identity_id}`
  await tx`update identity set revision = revision + 1, attributes = request.desired -> 'attributes', targets = request.desired -> 'targets',
      disabled = (request.desired ->> 'disabled')::boolean, switched_off = coalesce(request.desired -> 'switchedOff', '[]')
    from request where request.id = ${request.id} and identity.id = ${request.identity_id}
      and not exists (select from request later where later.identity_id = request.identity_id and later.seq > request.seq)`
}
