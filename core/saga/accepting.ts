/** Accepting a request: it takes its identity, or waits behind the request that has it. Planning it again, should it wait in vain. */
import type { IdentityState } from '../ledger/accept.ts'
import type { RequestKind, StepPlan } from '../plan.ts'
import type { Outcome } from './machine.ts'
import { requestsOf, withBell, withIdentity, withRequest, type Saga, type SagaRequest, type SagaStep } from './state.ts'
import { lookAgain } from './transitions.ts'

export interface Accept {
  readonly at: number
  readonly id: string
  readonly identity: string
  /** The identity's revision that the plan was made from; 0 for a new one. */
  readonly revision: number
  readonly requestKind: RequestKind
  readonly previous: IdentityState
  readonly desired: IdentityState
  readonly steps: readonly StepPlan[]
}

/** `conflict`: the identity changed since the plan was made; plan again. */
export function accept(saga: Saga, event: Accept): Outcome<'accepted' | 'conflict'> {
  const known = saga.identities[event.identity]
  if (known !== undefined && known.revision !== event.revision) return { saga, answer: 'conflict', commands: [] }
  const active = known?.active ?? event.id
  const mustWait = active !== event.id
  const request: SagaRequest = {
    id: event.id,
    identity: event.identity,
    seq: saga.lastSeq + 1,
    kind: event.requestKind,
    state: mustWait ? 'received' : 'queued',
    direction: 'forward',
    // Planned on top of one that is to be planned again.
    stale: mustWait && requestsOf(saga, event.identity).some(({ state, stale }) => stale && state === 'received'),
    generation: 1,
    bell: 0,
    previous: event.previous,
    desired: event.desired,
    wakeAt: event.at + lookAgain.first * 1000,
    steps: newSteps(event.steps, 1),
  }
  const identity = { revision: event.revision + 1, desired: event.desired, active }
  const identities = { ...saga.identities, [event.identity]: identity }
  const accepted = withRequest({ ...saga, lastSeq: request.seq, identities }, request)
  const record = { kind: 'audit', action: 'accepted', requestId: event.id, detail: event.requestKind } as const
  return mustWait
    ? { saga: accepted, answer: 'accepted', commands: [record] }
    : { saga: withBell(accepted, 'apply', request), answer: 'accepted', commands: [record, { kind: 'ring' }] }
}

export interface Replan {
  readonly at: number
  readonly requestId: string
  /** What the plan was made on. */
  readonly previous: IdentityState
  readonly requestKind: RequestKind
  readonly desired: IdentityState
  readonly steps: readonly StepPlan[]
}

/** A waiting request whose turn has come is planned again, on what is so. false: somebody else did so, or it does not wait any more. */
export function replan(saga: Saga, event: Replan): Outcome<boolean> {
  const request = saga.requests[event.requestId]
  const isDue =
    request?.state === 'received' &&
    request.stale &&
    saga.identities[request.identity]?.active === request.id &&
    JSON.stringify(request.previous) === JSON.stringify(event.previous)
  if (!isDue) return { saga, answer: false, commands: [] }
  const planned: SagaRequest = {
    ...request,
    kind: event.requestKind,
    desired: event.desired,
    steps: newSteps(event.steps, request.generation),
    stale: false,
    state: 'queued',
    wakeAt: event.at + lookAgain.first * 1000,
  }
  const told = tellFollower(withRequest(saga, planned), planned)
  return {
    saga: withBell(told, 'apply', planned),
    answer: true,
    commands: [{ kind: 'audit', action: 'planned_again', requestId: request.id, detail: event.requestKind }, { kind: 'ring' }],
  }
}

/** What this request leaves is what the next one begins with, or where the identity stands when there is none. */
function tellFollower(saga: Saga, request: SagaRequest): Saga {
  const next = requestsOf(saga, request.identity).find(({ seq, state }) => seq > request.seq && state === 'received')
  if (next !== undefined) return withRequest(saga, { ...next, previous: request.desired })
  const revision = (saga.identities[request.identity]?.revision ?? 0) + 1
  return withIdentity(saga, request.identity, { desired: request.desired, revision })
}

function newSteps(plans: readonly StepPlan[], generation: number): SagaRequest['steps'] {
  const fresh: Omit<SagaStep, 'plan'> = {
    state: 'pending',
    generation,
    fence: 0,
    attempts: 0,
    leaseUntil: null,
    calledAt: null,
    deaths: 0,
    undoAttempts: 0,
    retryAt: null,
    before: null,
    effect: null,
    error: null,
    differences: null,
    statements: [],
  }
  return Object.fromEntries(plans.map((plan) => [plan.target, { ...fresh, plan }]))
}
