/** Bells: what must be rung in the queue, who rings again when nobody came, and an operator who has a request done again. */
import type { RequestState } from '../states.ts'
import { canRetry } from './decisions.ts'
import { followers } from './deciding.ts'
import type { Outcome } from './machine.ts'
import { stepsOf, withBell, withRequest, withStep, type Saga, type SagaBell, type SagaRequest, type SagaStep } from './state.ts'
import { claimable, lookAgain, rungAs, wakeable } from './transitions.ts'

/** The targets that a bell rings for: those with a step that has something to be done. */
export function targetsOf(saga: Saga, bell: SagaBell): readonly string[] {
  const request = saga.requests[bell.requestId]
  if (request === undefined) return []
  return stepsOf(request).flatMap((step) => (claimable[bell.topic].includes(step.state) ? [step.target] : []))
}

/** Bells that were carried into the queue. */
export interface Forget {
  readonly bells: readonly number[]
}

export function forget(saga: Saga, { bells }: Forget): Outcome<null> {
  return { saga: { ...saga, outbox: saga.outbox.filter((bell) => !bells.includes(bell.id)) }, answer: null, commands: [] }
}

export interface Wake {
  readonly at: number
  readonly limit: number
}

/** Rings again for every request whose wake-up has come: jobs are gone, a worker died, a target was down. Answers how many. */
export function wake(saga: Saga, { at, limit }: Wake): Outcome<number> {
  const due = Object.values(saga.requests)
    .filter((request) => request.wakeAt !== null && request.wakeAt < at && wakeable.includes(request.state))
    .sort((left, right) => (left.wakeAt ?? 0) - (right.wakeAt ?? 0))
    .slice(0, limit)
  let next = saga
  for (const request of due) {
    const woken = { ...request, bell: request.bell + 1, wakeAt: at + lookAgain.rung * 1000 }
    next = withBell(withRequest(next, woken), rungAs(woken.state), woken)
  }
  const records = due.map(({ id, state }) => ({ kind: 'audit', action: 'woken', requestId: id, detail: state }) as const)
  return { saga: next, answer: due.length, commands: due.length > 0 ? [...records, { kind: 'ring' }] : [] }
}

export interface Retry {
  readonly at: number
  readonly requestId: string
}

export type RetryAnswer =
  | { readonly outcome: 'accepted'; readonly generation: number }
  | { readonly outcome: 'missing' }
  /** The request is not in a state from which it can be done again. */
  | { readonly outcome: 'refused'; readonly state: RequestState }
  /** A later request of the same identity says otherwise: the last accepted wins. */
  | { readonly outcome: 'overtaken' }

/** An operator has a request done again: a new generation, with the plan that was accepted. */
export function retry(saga: Saga, { at, requestId }: Retry): Outcome<RetryAnswer> {
  const request = saga.requests[requestId]
  const identity = request && saga.identities[request.identity]
  if (request === undefined || identity === undefined) return { saga, answer: { outcome: 'missing' }, commands: [] }
  if (!canRetry(request.state)) return { saga, answer: { outcome: 'refused', state: request.state }, commands: [] }
  if (followers(saga, request).length > 0) return { saga, answer: { outcome: 'overtaken' }, commands: [] }

  const generation = request.generation + 1
  let again: SagaRequest = { ...request, state: 'queued', generation, bell: 0, wakeAt: at + lookAgain.first * 1000 }
  for (const step of stepsOf(request)) again = withStep(again, begunAnew(step, generation))
  const owner = { ...identity, active: requestId, revision: identity.revision + 1, desired: request.desired }
  const queued = withRequest({ ...saga, identities: { ...saga.identities, [request.identity]: owner } }, again)
  return {
    saga: withBell(queued, 'apply', again),
    answer: { outcome: 'accepted', generation },
    commands: [{ kind: 'audit', action: 'retried', requestId, detail: String(generation) }, { kind: 'ring' }],
  }
}

/** What was applied stays; everything else begins as if it never had. */
function begunAnew(step: SagaStep, generation: number): SagaStep {
  const fresh = { ...step, generation, attempts: 0, calledAt: null, leaseUntil: null, error: null, differences: null }
  return step.state === 'applied' ? fresh : { ...fresh, state: 'pending', before: null, effect: null }
}
