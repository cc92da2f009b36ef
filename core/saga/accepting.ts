/** Accepting a request: it takes its identity, or waits behind the request that has it. */
import type { IdentityState } from '../ledger/accept.ts'
import type { FailurePolicy, RequestKind } from '../plan.ts'
import type { Outcome } from './machine.ts'
import { withBell, withRequest, type Saga, type SagaRequest, type SagaStep } from './state.ts'
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
  readonly steps: readonly { readonly target: string; readonly onFailure: FailurePolicy }[]
}

/** `conflict`: the identity changed since the plan was made; plan again. */
export function accept(saga: Saga, event: Accept): Outcome<'accepted' | 'conflict'> {
  const known = saga.identities[event.identity]
  if (known !== undefined && known.revision !== event.revision) return { saga, answer: 'conflict', commands: [] }
  const active = known?.active ?? event.id
  const request: SagaRequest = {
    id: event.id,
    identity: event.identity,
    seq: saga.lastSeq + 1,
    kind: event.requestKind,
    state: active === event.id ? 'queued' : 'received',
    generation: 1,
    bell: 0,
    previous: event.previous,
    desired: event.desired,
    wakeAt: event.at + lookAgain.first * 1000,
    steps: Object.fromEntries(event.steps.map(({ target, onFailure }) => [target, newStep(target, onFailure)])),
  }
  const identity = { revision: event.revision + 1, desired: event.desired, active }
  const accepted = withRequest(
    { ...saga, lastSeq: request.seq, identities: { ...saga.identities, [event.identity]: identity } },
    request,
  )
  const record = { kind: 'audit', action: 'accepted', requestId: event.id, detail: event.requestKind } as const
  return request.state === 'queued'
    ? { saga: withBell(accepted, 'apply', request), answer: 'accepted', commands: [record, { kind: 'ring' }] }
    : { saga: accepted, answer: 'accepted', commands: [record] }
}

function newStep(target: string, onFailure: FailurePolicy): SagaStep {
  return {
    target,
    onFailure,
    state: 'pending',
    generation: 1,
    fence: 0,
    attempts: 0,
    leaseUntil: null,
    calledAt: null,
    before: null,
    effect: null,
    error: null,
    differences: null,
  }
}
