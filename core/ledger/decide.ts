/**
 * Deciding a request once its jobs have ended. Many may ask (a finalizer delivered twice, the reconciler): the row lock and
 * the state decide that one of them writes.
 */
import type { RequestKind } from '../plan.ts'
import { judge, type StepView, type Verdict as Judgement } from '../saga/decisions.ts'
import { lookAgain } from '../saga/transitions.ts'
import { isFinal, type Problem, type RequestState } from '../states.ts'
import { asRows, type Tx } from '../database.ts'
import type { IdentityState } from './accept.ts'
import type { Recorder, Statement } from './writer.ts'

export interface DecisionAsked {
  readonly requestId: string
  readonly generation: number
  readonly actor: string
}

export type DecisionMade =
  /** `wait`: a worker is still at it; ask again in a moment. */
  | { readonly outcome: 'wait' }
  /** Nothing to decide: it was decided before, or this is an old generation. */
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'decided'; readonly state: RequestState }

interface LockedRequest {
  readonly id: string
  readonly identity_id: string
  readonly kind: RequestKind
  readonly state: RequestState
  readonly generation: number
  readonly previous: IdentityState
}

interface LockedStep extends StepView {
  readonly request_id: string
  readonly error: Problem | null
}

export const decide: Statement<DecisionAsked, DecisionMade> = async (tx, inputs, record) => {
  const ids = [...new Set(inputs.map((input) => input.requestId))].sort()
  // Identities first, in one order: `accept` locks them too, and whoever waits here must see the requests that came meanwhile.
  await tx`select from identity where active_request = any(${ids}::uuid[]) order by source, key for update`
  const [requests, steps] = await Promise.all([
    tx<
      LockedRequest[]
    >`select id, identity_id, kind, state, generation, previous from request where id = any(${ids}::uuid[]) order by id for update`,
    tx<LockedStep[]>`
      select request_id, target, state, plan ->> 'onFailure' as "onFailure", error, coalesce(lease_until > clock_timestamp(), false) as leased
      from step where request_id = any(${ids}::uuid[]) order by request_id, target for update`,
  ])
  const decided = new Map<string, DecisionMade>()
  const verdicts: Verdict[] = []
  for (const request of requests) {
    const own = steps.filter((step) => step.request_id === request.id)
    const asked = inputs.find((input) => input.requestId === request.id && input.generation === request.generation)
    if (asked === undefined || isFinal(request.state) || request.state === 'received') continue
    const judgement = judge(request, own)
    if (judgement === null) decided.set(request.id, { outcome: 'wait' })
    else verdicts.push(toVerdict(request, own, judgement, asked.actor))
  }
  if (verdicts.length > 0) await write(tx, verdicts, record)
  for (const verdict of verdicts) decided.set(verdict.id, { outcome: 'decided', state: verdict.state })
  return inputs.map((input) => decided.get(input.requestId) ?? { outcome: 'superseded' })
}

interface Verdict extends Omit<Judgement, 'reverts'> {
  readonly id: string
  readonly identityId: string
  readonly generation: number
  readonly problem: Problem | null
  readonly actor: string
  /** The identity's state to return to. */
  readonly revert: IdentityState | null
}

function toVerdict(
  request: LockedRequest,
  steps: readonly LockedStep[],
  { reverts, ...judgement }: Judgement,
  actor: string,
): Verdict {
  return {
    ...judgement,
    id: request.id,
    identityId: request.identity_id,
    generation: request.generation,
    problem: judgement.state === 'succeeded' ? null : problemOf(steps),
    actor,
    revert: reverts ? request.previous : null,
  }
}

/** The root cause: the failure of the first required target, rather than what followed from it. */
function problemOf(steps: readonly LockedStep[]): Problem | null {
  const stuck = steps.find((step) => step.state === 'stuck' && step.error !== null)
  const failed = steps.filter((step) => step.error !== null)
  const cause = stuck ?? failed.find((step) => step.state === 'failed' && step.onFailure === 'required') ?? failed[0]
  return cause === undefined || cause.error === null ? null : { ...cause.error, target: cause.target }
}

async function write(tx: Tx, verdicts: readonly Verdict[], record: Recorder): Promise<void> {
  const rows = verdicts.map((verdict) => ({
    id: verdict.id,
    state: verdict.state,
    problem: verdict.problem,
    wake: verdict.wake,
    final: isFinal(verdict.state),
  }))
  const finished = verdicts.filter((verdict) => isFinal(verdict.state))
  const rolledBack = verdicts.filter((verdict) => verdict.state === 'rolling_back' || verdict.state === 'rolled_back')
  await tx`
    update request set state = row.state, problem = coalesce(row.problem, request.problem), settled_at = case when row.final then clock_timestamp() end,
      wake_at = now() + make_interval(secs => row.wake)
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, state text, problem jsonb, wake float, final boolean) where request.id = row.id`
  if (rolledBack.length > 0)
    // What never began has nothing to undo.
    await tx`update step set state = 'kept', settled_at = now() where state = 'pending' and request_id = any(${rolledBack.map((verdict) => verdict.id)}::uuid[])`
  const rung = verdicts.filter((verdict) => verdict.ring !== null)
  if (rung.length > 0) {
    await tx`insert into outbox (topic, request_id, generation, bell)
      select row.topic, row.id, row.generation, request.bell from jsonb_to_recordset(${asRows(
        tx,
        rung.map(({ id, generation, ring }) => ({ id, generation, topic: ring })),
      )}) as row (id uuid, generation int, topic text)
      join request on request.id = row.id`
    record.rang()
  }
  if (finished.length > 0) await finish(tx, finished, record)
  for (const verdict of verdicts) {
    record.changed(verdict.id, verdict.state)
    record.audit({
      action: 'decided',
      actor: verdict.actor,
      requestId: verdict.id,
      detail: { state: verdict.state, generation: verdict.generation, code: verdict.problem?.code ?? null },
    })
  }
}

/** What the end of a request frees: its secrets, its names when it came to nothing, and the next request of its identity. */
async function finish(tx: Tx, verdicts: readonly Verdict[], record: Recorder): Promise<void> {
  const ids = verdicts.map((verdict) => verdict.id)
  const reverted = verdicts.flatMap(({ id, identityId, revert }) =>
    revert === null
      ? []
      : [{ id, identity_id: identityId, attributes: revert.attributes, targets: revert.targets, disabled: revert.disabled }],
  )
  const done = verdicts.filter((verdict) => verdict.state === 'succeeded').map((verdict) => verdict.id)
  if (done.length > 0) await dropSecrets(tx, done)
  if (reverted.length > 0) {
    const next = await passOn(tx, reverted)
    // Only when nothing was accepted on top: the last accepted request wins.
    await tx`update identity set attributes = row.attributes, targets = row.targets, disabled = row.disabled, revision = revision + 1
      from jsonb_to_recordset(${asRows(tx, reverted)}) as row (id uuid, identity_id uuid, attributes jsonb, targets jsonb, disabled boolean)
      where identity.id = row.identity_id and not row.id = any(${next}::uuid[])`
    await tx`delete from reservation where request_id = any(${reverted.map((row) => row.id)}::uuid[])`
  }
  const next = await tx<{ id: string }[]>`
    with next as (
      select identity.id as identity_id, (select id from request where identity_id = identity.id and state = 'received' order by seq limit 1) as request_id
      from identity where active_request = any(${ids}::uuid[])),
    freed as (update identity set active_request = next.request_id from next where identity.id = next.identity_id)
    update request set state = 'queued', wake_at = now() + make_interval(secs => ${lookAgain.first}) from next where request.id = next.request_id returning request.id`
  if (next.length === 0) return
  await tx`insert into outbox (topic, request_id, generation, bell) select 'apply', id, generation, bell from request where id = any(${next.map((row) => row.id)}::uuid[])`
  for (const row of next) record.changed(row.id, 'queued')
  record.rang()
}

/**
 * What was accepted on top of a request that came to nothing was planned from a state that never was. Should it come to nothing
 * too, it must return to the state before both; and the names that it goes on using stay reserved. Answers whose successors it told.
 */
async function passOn(tx: Tx, reverted: readonly { readonly id: string }[]): Promise<readonly string[]> {
  const told = await tx<{ id: string }[]>`
    with follower as (
      select own.id, own.previous, (
        select later.id from request later where later.identity_id = own.identity_id and later.seq > own.seq order by later.seq limit 1) as next_id
      from request own where own.id = any(${reverted.map((row) => row.id)}::uuid[])),
    renamed as (update reservation set request_id = follower.next_id from follower where reservation.request_id = follower.id and follower.next_id is not null)
    update request set previous = follower.previous from follower where request.id = follower.next_id returning follower.id`
  return told.map((row) => row.id)
}

/** A password is of use once; before-images are kept as long as an undo may need them. */
async function dropSecrets(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx`
    delete from sealed where id in (
      select value::uuid from request, jsonb_each_text(request.secrets) where request.id = any(${ids}::uuid[]) and request.secrets <> '{}'
      union all select before_secrets from step where request_id = any(${ids}::uuid[]) and before_secrets is not null)`
}
