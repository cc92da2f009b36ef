/** Deciding a request once its jobs have ended. Many may ask; the state decides that one of them is answered. */
import { isFinal, type RequestState } from '../states.ts'
import { judge, type Verdict } from './decisions.ts'
import { finish } from './handing-over.ts'
import type { Command, Outcome } from './machine.ts'
import { viewsOf, withBell, withRequest, withSteps, type Saga, type SagaRequest } from './state.ts'
import { rungAs } from './transitions.ts'
import { reopenedAs } from './verbs.ts'

export interface Decide {
  readonly at: number
  readonly requestId: string
  readonly generation: number
  /** One of its steps was settled while it waited for people: it is decided again. */
  readonly reopen?: boolean
}

export type DecideAnswer =
  /** A worker is still at it; ask again in a moment. */
  | { readonly outcome: 'wait' }
  /** Nothing to decide: it was decided before, or this is an old generation. */
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'decided'; readonly state: RequestState }

export function decide(saga: Saga, event: Decide): Outcome<DecideAnswer> {
  const request = saga.requests[event.requestId]
  if (request === undefined || request.generation !== event.generation || request.state === 'received') return superseded(saga)
  const reopened = event.reopen === true && request.state === 'needs_attention'
  if (isFinal(request.state) && !reopened) return superseded(saga)
  const verdict = verdictOn(request, event.at)
  if (verdict === null) return { saga, answer: { outcome: 'wait' }, commands: [] }
  return { ...conclude(saga, request, verdict, event.at), answer: { outcome: 'decided', state: verdict.state } }
}

function superseded(saga: Saga): Outcome<DecideAnswer> {
  return { saga, answer: { outcome: 'superseded' }, commands: [] }
}

/** The verdict on a request; null while a worker holds one of its steps. A request that waited for people goes on where it was. */
export function verdictOn(request: SagaRequest, at: number): Verdict | null {
  const reopened = request.state === 'needs_attention'
  const state = reopened ? reopenedAs(request.direction) : request.state
  const verdict = judge({ kind: request.kind, state }, viewsOf(request, at))
  if (verdict === null || !reopened || isFinal(verdict.state)) return verdict
  // Nothing rings any more for who waited for people.
  return { ...verdict, ring: verdict.ring ?? rungAs(verdict.state) }
}

/** Writes a verdict, rings for a request that goes on, and frees what one that ended held. */
export function conclude(
  saga: Saga,
  request: SagaRequest,
  verdict: Verdict,
  at: number,
): { readonly saga: Saga; readonly commands: readonly Command[] } {
  let next: SagaRequest = {
    ...request,
    state: verdict.state,
    direction: verdict.state === 'rolling_back' ? 'back' : request.direction,
    wakeAt: verdict.wake === null ? null : at + verdict.wake * 1000,
    bell: request.bell + (verdict.ring === null ? 0 : 1),
  }
  // What never began has nothing to undo.
  if (['rolling_back', 'rolled_back', 'cancelled'].includes(verdict.state))
    next = withSteps(next, (step) => (step.state === 'pending' ? { ...step, state: 'kept' } : step))
  const written = withRequest(saga, next)
  const rung = verdict.ring === null ? written : withBell(written, verdict.ring, next)
  const concluded = isFinal(verdict.state) ? finish(rung, next, verdict.reverts, at) : rung
  const record = { kind: 'audit', action: 'decided', requestId: request.id, detail: verdict.state } as const
  return { saga: concluded, commands: concluded.lastBell > saga.lastBell ? [record, { kind: 'ring' }] : [record] }
}
