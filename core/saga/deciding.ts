/** Deciding a request, and what its end frees: the identity goes to the next request, or back to what it was. */
import { isFinal, type RequestState } from '../states.ts'
import { judge, type Verdict } from './decisions.ts'
import type { Command, Outcome } from './machine.ts'
import { isLeased, stepsOf, withBell, withRequest, withStep, type Saga, type SagaRequest } from './state.ts'
import { lookAgain } from './transitions.ts'

export interface Decide {
  readonly at: number
  readonly requestId: string
  readonly generation: number
}

export type DecideAnswer =
  /** A worker is still at it; ask again in a moment. */
  | { readonly outcome: 'wait' }
  /** Nothing to decide: it was decided before, or this is an old generation. */
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'decided'; readonly state: RequestState }

export function decide(saga: Saga, event: Decide): Outcome<DecideAnswer> {
  const request = saga.requests[event.requestId]
  const open = request !== undefined && !isFinal(request.state) && request.state !== 'received'
  if (!open || request.generation !== event.generation) return { saga, answer: { outcome: 'superseded' }, commands: [] }
  const verdict = judge(
    request,
    stepsOf(request).map((step) => ({ ...step, leased: isLeased(step, event.at) })),
  )
  if (verdict === null) return { saga, answer: { outcome: 'wait' }, commands: [] }
  const decided = write(saga, request, verdict, event.at)
  const commands: Command[] = [{ kind: 'audit', action: 'decided', requestId: request.id, detail: verdict.state }]
  if (decided.lastBell > saga.lastBell) commands.push({ kind: 'ring' })
  return { saga: decided, answer: { outcome: 'decided', state: verdict.state }, commands }
}

function write(saga: Saga, request: SagaRequest, verdict: Verdict, at: number): Saga {
  let next: SagaRequest = { ...request, state: verdict.state, wakeAt: verdict.wake === null ? null : at + verdict.wake * 1000 }
  // What never began has nothing to undo.
  if (verdict.state === 'rolling_back' || verdict.state === 'rolled_back')
    for (const step of stepsOf(next)) if (step.state === 'pending') next = withStep(next, { ...step, state: 'kept' })
  const decided = withRequest(saga, next)
  const rung = verdict.ring === null ? decided : withBell(decided, verdict.ring, next)
  if (!isFinal(verdict.state)) return rung
  return passIdentityOn(verdict.reverts ? revert(rung, next) : rung, next, at)
}

/**
 * What was accepted on top of a request that came to nothing was planned from a state that never was. Should it come to nothing too, it
 * must return to the state before both. When nothing was accepted on top, the identity itself returns.
 */
function revert(saga: Saga, request: SagaRequest): Saga {
  const next = followers(saga, request)[0]
  if (next !== undefined) return withRequest(saga, { ...next, previous: request.previous })
  const identity = saga.identities[request.identity]
  if (identity === undefined) return saga
  const reverted = { ...identity, desired: request.previous, revision: identity.revision + 1 }
  return { ...saga, identities: { ...saga.identities, [request.identity]: reverted } }
}

function passIdentityOn(saga: Saga, request: SagaRequest, at: number): Saga {
  const identity = saga.identities[request.identity]
  if (identity?.active !== request.id) return saga
  const next = waiting(saga, request.identity)
  const passed = { ...saga, identities: { ...saga.identities, [request.identity]: { ...identity, active: next?.id ?? null } } }
  if (next === undefined) return passed
  const queued: SagaRequest = { ...next, state: 'queued', wakeAt: at + lookAgain.first * 1000 }
  return withBell(withRequest(passed, queued), 'apply', queued)
}

/** The later requests of the same identity, in the order of acceptance. */
export function followers(saga: Saga, request: SagaRequest): readonly SagaRequest[] {
  return Object.values(saga.requests)
    .filter((other) => other.identity === request.identity && other.seq > request.seq)
    .sort((left, right) => left.seq - right.seq)
}

/** The request of the identity that comes next. */
function waiting(saga: Saga, identity: string): SagaRequest | undefined {
  return Object.values(saga.requests)
    .filter((other) => other.identity === identity && other.state === 'received')
    .sort((left, right) => left.seq - right.seq)[0]
}
