/**
 * Deciding a request once its jobs have ended. Many may ask (a finalizer delivered twice, the reconciler): the row lock and
 * the state decide that one of them writes.
 */
import type { RequestKind } from '../plan.ts'
import { judge, type StepView, type Verdict as Judgement } from '../saga/decisions.ts'
import { rungAs } from '../saga/transitions.ts'
import { reopenedAs, type Direction } from '../saga/verbs.ts'
import { isFinal, type Problem, type RequestState } from '../states.ts'
import { asRows, type Tx } from '../database.ts'
import type { IdentityState } from './accept.ts'
import { reopenDepartures } from './departures.ts'
import { finish } from './finish.ts'
import { forgetCounted } from './hold-for-safety.ts'
import { together } from './together.ts'
import type { Recorder, Statement } from './writer.ts'

export interface DecisionAsked {
  readonly requestId: string
  readonly generation: number
  readonly actor: string
  /** One of its steps was settled while it waited for people: it is decided again. */
  readonly reopen?: boolean
}

export type DecisionMade =
  /** `wait`: a worker is still at it; ask again in a moment. */
  | { readonly outcome: 'wait' }
  /** Nothing to decide: it was decided before, or this is an old generation. */
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'decided'; readonly state: RequestState }

export interface LockedRequest {
  readonly id: string
  readonly identity_id: string
  readonly kind: RequestKind
  readonly state: RequestState
  readonly direction: Direction
  readonly generation: number
  readonly previous: IdentityState
  /** Absent: it may. */
  readonly holdsSecrets?: boolean
}

export interface LockedStep extends StepView {
  readonly request_id: string
  /** Sealed ones, of its images; absent: it may. */
  readonly holdsSecrets?: boolean
  readonly fence: number
  readonly attempts: number
  readonly error: Problem | null
}

/**
 * The requests and their steps, which stay locked, and the identities that they hold. The identities come first, in one order, or `decide` and
 * `accept` would wait for each other; and whoever waits for them must see the requests that came meanwhile.
 */
export async function lockRequests(
  tx: Tx,
  ids: readonly string[],
): Promise<readonly [readonly LockedRequest[], readonly LockedStep[]]> {
  const [, requests, steps] = await together([
    tx`select from identity where active_request = any(${[...ids]}::uuid[]) order by source, key for update`,
    tx<LockedRequest[]>`
      select id, identity_id, kind, state, direction, generation, previous, secrets <> '{}' as "holdsSecrets"
      from request where id = any(${[...ids]}::uuid[]) order by id for update`,
    tx<LockedStep[]>`
      select request_id, target, state, plan ->> 'onFailure' as "onFailure", plan ->> 'phase' as phase, error, fence, attempts, deaths, coalesce(before_secrets, after_secrets) is not null as "holdsSecrets",
        coalesce(lease_until > clock_timestamp(), false) as leased, extract(epoch from retry_at - clock_timestamp())::float as "retryInSeconds"
      from step where request_id = any(${[...ids]}::uuid[]) order by request_id, target for update`,
  ])
  return [requests, steps]
}

export const decide: Statement<DecisionAsked, DecisionMade> = async (tx, inputs, record) => {
  const ids = [...new Set(inputs.map((input) => input.requestId))].sort()
  const [requests, steps] = await lockRequests(tx, ids)
  const stepsOf = Map.groupBy(steps, (step) => step.request_id)
  const inputsOf = Map.groupBy(inputs, (input) => input.requestId)
  const decided = new Map<string, DecisionMade>()
  const verdicts: Verdict[] = []
  for (const request of requests) {
    const own = stepsOf.get(request.id) ?? []
    const asked = inputsOf.get(request.id)?.find((input) => input.generation === request.generation)
    if (asked === undefined || request.state === 'received' || request.state === 'awaiting_approval') continue
    const reopened = asked.reopen === true && request.state === 'needs_attention'
    if (isFinal(request.state) && !reopened) continue
    const verdict = decideOne(request, own, asked.actor)
    if (verdict === null) decided.set(request.id, { outcome: 'wait' })
    else verdicts.push(verdict)
  }
  if (verdicts.length > 0) await conclude(tx, verdicts, record)
  for (const verdict of verdicts) decided.set(verdict.id, { outcome: 'decided', state: verdict.state })
  return inputs.map((input) => decided.get(input.requestId) ?? { outcome: 'superseded' })
}

/** The verdict on one request; null while a worker holds one of its steps. A request that waited for people goes on where it was. */
export function decideOne(request: LockedRequest, steps: readonly LockedStep[], actor: string): Verdict | null {
  const reopened = request.state === 'needs_attention'
  const state = reopened ? reopenedAs(request.direction) : request.state
  const judgement = judge({ kind: request.kind, state }, steps.map(withWholeSeconds))
  if (judgement === null) return null
  const { reverts, ring, ...rest } = judgement
  return {
    ...rest,
    // Nothing rings any more for who waited for people.
    ring: reopened && !isFinal(rest.state) ? (ring ?? rungAs(rest.state)) : ring,
    id: request.id,
    identityId: request.identity_id,
    generation: request.generation,
    problem: rest.state === 'succeeded' ? null : problemOf(state, steps),
    actor,
    revert: reverts ? request.previous : null,
    alerts: rest.state === 'needs_attention' && !reopened,
    holdsSecrets: request.holdsSecrets !== false || steps.some(({ holdsSecrets }) => holdsSecrets !== false),
  }
}

/** A retry that is due is due now; the column is null where nothing is to be waited for. */
function withWholeSeconds({ retryInSeconds, ...step }: LockedStep): StepView {
  return typeof retryInSeconds === 'number' ? { ...step, retryInSeconds: Math.max(0, retryInSeconds) } : step
}

export interface Verdict extends Omit<Judgement, 'reverts'> {
  readonly id: string
  readonly identityId: string
  readonly generation: number
  readonly problem: Problem | null
  readonly actor: string
  /** The identity's state to return to. */
  readonly revert: IdentityState | null
  /** People must act, and nobody told them yet. */
  readonly alerts: boolean
  /** Absent: it may. */
  readonly holdsSecrets?: boolean
}

/** The root cause: the failure of the first required target, rather than what followed from it. A rollback keeps the cause it has. */
function problemOf(state: RequestState, steps: readonly LockedStep[]): Problem | null {
  const poisoned = steps.find((step) => step.error?.code === 'poisoned')
  const stuck = steps.find((step) => step.state === 'stuck' && step.error !== null) ?? poisoned
  const failed = state === 'rolling_back' ? [] : steps.filter((step) => step.error !== null)
  const cause = stuck ?? failed.find((step) => step.state === 'failed' && step.onFailure === 'required') ?? failed[0]
  return cause === undefined || cause.error === null ? null : { ...cause.error, target: cause.target }
}

/** What has not begun of these never will. */
const givenUp: readonly RequestState[] = ['rolling_back', 'rolled_back', 'cancelled', 'rejected', 'expired']

/** Writes verdicts, rings for those that go on, and frees what those that ended held. */
export async function conclude(tx: Tx, verdicts: readonly Verdict[], record: Recorder): Promise<void> {
  const rows = verdicts.map((verdict) => ({
    id: verdict.id,
    state: verdict.state,
    problem: verdict.problem,
    wake: verdict.wake,
    final: isFinal(verdict.state),
    back: verdict.state === 'rolling_back',
    rings: verdict.ring === null ? 0 : 1,
  }))
  const written = tx`
    update request set state = row.state, problem = coalesce(row.problem, request.problem), settled_at = case when row.final then clock_timestamp() end,
      wake_at = clock_timestamp() + make_interval(secs => row.wake), bell = bell + row.rings, direction = case when row.back then 'back' else direction end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, state text, problem jsonb, wake float, final boolean, back boolean, rings int) where request.id = row.id`
  // Sent first; nothing of what follows waits for its answer.
  await together([written.execute(), follow(tx, verdicts, record)])
}

/** What the verdicts entail, once they are written. */
async function follow(tx: Tx, verdicts: readonly Verdict[], record: Recorder): Promise<void> {
  const rolledBack = verdicts.filter(({ state }) => givenUp.includes(state))
  const rolledBackIds = rolledBack.map(({ id }) => id)
  if (rolledBack.length > 0) {
    // What never began has nothing to undo.
    await tx`update step set state = 'kept', settled_at = now() where state = 'pending' and request_id = any(${rolledBackIds}::uuid[])`
    await forgetCounted(tx, rolledBackIds)
    await reopenDepartures(tx, rolledBack)
  }
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
  for (const verdict of verdicts) {
    record.changed(verdict.id, verdict.state)
    record.audit({
      action: 'decided',
      actor: verdict.actor,
      requestId: verdict.id,
      detail: { state: verdict.state, generation: verdict.generation, code: verdict.problem?.code ?? null },
    })
    if (verdict.alerts) record.alert(verdict.id, verdict.problem?.code ?? 'unknown')
  }
  const finished = verdicts.filter((verdict) => isFinal(verdict.state))
  if (finished.length > 0) await finish(tx, finished, record)
}
