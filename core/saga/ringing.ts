/** Bells: what must be rung in the queue, and who rings again when nobody came. */
import { deadlyAfter } from './decisions.ts'
import { recheck } from './handing-over.ts'
import type { Outcome } from './machine.ts'
import { stepsOf, withBell, withRequest, type Saga, type SagaBell, type SagaStep } from './state.ts'
import { isMainDone } from './stepping.ts'
import { claimable, lookAgain, rungAs, wakeable } from './transitions.ts'

/** The targets that a bell rings for: those with a step that has something to be done now. */
export function targetsOf(saga: Saga, bell: SagaBell, at: number): readonly string[] {
  const request = saga.requests[bell.requestId]
  if (request === undefined) return []
  const isRung = ({ state, deaths, retryAt, plan }: SagaStep) =>
    claimable[bell.topic].includes(state) &&
    (bell.topic === 'probe' || deaths < deadlyAfter) &&
    (bell.topic !== 'undo' || retryAt === null || retryAt <= at) &&
    (bell.topic !== 'apply' || plan.phase !== 'last' || isMainDone(request))
  return stepsOf(request).flatMap((step) => (isRung(step) ? [step.plan.target] : []))
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
  /** Last bells whose jobs the queue still holds: they have their turn to come, and are not rung again. */
  readonly queued?: readonly { readonly requestId: string; readonly bell: number }[]
}

/** Rings again for every request whose wake-up has come: jobs are gone, a worker died, a target was down. Answers how many. */
export function wake(saga: Saga, { at, limit, queued = [] }: Wake): Outcome<number> {
  let next = postpone(recheck(saga, at, limit), at, queued)
  const due = Object.values(next.requests)
    .filter((request) => request.wakeAt !== null && request.wakeAt < at && wakeable.includes(request.state))
    .sort((left, right) => (left.wakeAt ?? 0) - (right.wakeAt ?? 0))
    .slice(0, limit)
  for (const request of due) {
    const woken = { ...request, bell: request.bell + 1, wakeAt: at + lookAgain.rung * 1000 }
    next = withBell(withRequest(next, woken), rungAs(woken.state), woken)
  }
  const records = due.map(({ id, state }) => ({ kind: 'audit', action: 'woken', requestId: id, detail: state }) as const)
  return { saga: next, answer: due.length, commands: next.lastBell > saga.lastBell ? [...records, { kind: 'ring' }] : [] }
}

function postpone(saga: Saga, at: number, queued: NonNullable<Wake['queued']>): Saga {
  let next = saga
  for (const { requestId, bell } of queued) {
    const request = saga.requests[requestId]
    if (request?.bell !== bell || request.wakeAt === null || request.wakeAt >= at || !wakeable.includes(request.state)) continue
    next = withRequest(next, { ...request, wakeAt: at + lookAgain.queued * 1000 })
  }
  return next
}

/** The queue engine lost its memory: all wake-ups have come. Answers how many were brought forward. */
export function wakeAll(saga: Saga, { at }: { readonly at: number }): Outcome<number> {
  const early = Object.values(saga.requests).filter(
    ({ state, wakeAt }) => wakeable.includes(state) && wakeAt !== null && wakeAt > at,
  )
  let next = saga
  for (const request of early) next = withRequest(next, { ...request, wakeAt: at })
  return { saga: next, answer: early.length, commands: [] }
}
