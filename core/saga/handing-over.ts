/**
 * What the end of a request frees: the identity goes to the request that waits behind it, or back to what it was. Waiting updates that a newer
 * one covers are passed over; one that was planned on what never came to be is planned again before it is queued.
 */
import type { RequestState } from '../states.ts'
import { covers } from './covering.ts'
import {
  followers,
  requestsOf,
  stepsOf,
  withBell,
  withIdentity,
  withRequest,
  withSteps,
  type Saga,
  type SagaRequest,
} from './state.ts'
import { lookAgain } from './transitions.ts'

/** A request that needs attention keeps its identity: nothing else may touch what it left until people resolved it. */
export function finish(saga: Saga, request: SagaRequest, reverts: boolean, at: number): Saga {
  if (request.state === 'needs_attention') return saga
  const reverted = reverts ? revert(saga, request) : saga
  return reverted.identities[request.identity]?.active === request.id ? handOver(reverted, request.identity, at) : reverted
}

const cameToNothing: readonly RequestState[] = ['cancelled', 'superseded', 'rolled_back']

/**
 * What was accepted on top of a request that came to nothing was planned from a state that never was. Should it come to nothing too, it
 * must return to the state before both. When nothing was accepted on top, the identity itself returns.
 */
function revert(saga: Saga, request: SagaRequest): Saga {
  const later = followers(saga, request)
  const next = later.find(({ state }) => !cameToNothing.includes(state))
  if (next === undefined) {
    const revision = (saga.identities[request.identity]?.revision ?? 0) + 1
    return withIdentity(saga, request.identity, { desired: request.previous, revision })
  }
  let told = withRequest(saga, { ...next, previous: request.previous })
  for (const { id } of later) {
    const waiting = told.requests[id]
    if (waiting?.state === 'received') told = withRequest(told, { ...waiting, stale: true })
  }
  return told
}

function handOver(saga: Saga, identity: string, at: number): Saga {
  const waiting = requestsOf(saga, identity).filter(({ state }) => state === 'received')
  const [first] = waiting
  const given = withIdentity(saga, identity, { active: first?.id ?? null })
  if (first === undefined) return given
  if (first.stale) return withRequest(given, { ...first, wakeAt: at + lookAgain.first * 1000 })
  const chosen = waiting[lastCovering(waiting)] ?? first
  const passed = passOver(given, waiting.slice(0, waiting.indexOf(chosen)))
  const queued: SagaRequest = {
    ...chosen,
    previous: first.previous,
    state: 'queued',
    wakeAt: at + lookAgain.first * 1000,
  }
  return withBell(withRequest(withIdentity(passed, identity, { active: chosen.id }), queued), 'apply', queued)
}

/** How many waiting requests are looked at together. */
const chainLength = 50

/** The place of the last waiting request that asks for all that those before it ask for; 0 when none does. */
function lastCovering(waiting: readonly SagaRequest[]): number {
  const asked = waiting.slice(0, chainLength).map((request) => ({
    kind: request.kind,
    stale: request.stale,
    hasSecrets: false,
    steps: stepsOf(request).map(({ plan }) => plan),
  }))
  let survivor = 0
  for (const [index, newer] of asked.entries()) {
    if (index === 0) continue
    if (newer.stale || !asked.slice(survivor, index).every((older) => covers(newer, older))) break
    survivor = index
  }
  return survivor
}

function passOver(saga: Saga, requests: readonly SagaRequest[]): Saga {
  let next = saga
  for (const request of requests) {
    const kept = withSteps(request, (step) => (step.state === 'pending' ? { ...step, state: 'kept' } : step))
    next = withRequest(next, { ...kept, state: 'superseded', wakeAt: null })
  }
  return next
}

const keepsIdentity: readonly RequestState[] = ['queued', 'running', 'rolling_back', 'awaiting_approval', 'needs_attention']

/** Looks at the requests that wait behind another: is that one really at work, or waiting for people? A lost hand-over is made up for. */
export function recheck(saga: Saga, at: number, limit: number): Saga {
  const due = Object.values(saga.requests)
    .filter(({ state, wakeAt }) => state === 'received' && wakeAt !== null && wakeAt < at)
    .slice(0, limit)
  let next = saga
  for (const identity of new Set(due.map((request) => request.identity))) {
    for (const request of requestsOf(next, identity))
      if (request.state === 'received' && request.wakeAt !== null && request.wakeAt < at)
        next = withRequest(next, { ...request, wakeAt: at + lookAgain.patient * 1000 })
    const active = next.requests[next.identities[identity]?.active ?? '']
    const isKept = active !== undefined && (keepsIdentity.includes(active.state) || (active.state === 'received' && active.stale))
    if (!isKept) next = handOver(next, identity, at)
  }
  return next
}
