/**
 * The saga as one pure function: a state and an event give the next state, an answer for whoever caused the event, and commands for
 * the world around. The clock comes with the event. Nothing here waits, and nothing here can fail: an event that comes too late, twice or
 * from a dead worker changes nothing, and the answer says so.
 *
 * The ledger's statements are this function in SQL (`core/ledger`): tests/simulate drives both with the same events and compares.
 */
import { accept, replan, type Accept, type Replan } from './accepting.ts'
import { decide, type Decide } from './deciding.ts'
import { attest, cancel, probe, resume, retry, type Attest, type Cancel, type Probe, type Retry } from './resolving.ts'
import { forget, wake, wakeAll, type Forget, type Wake } from './ringing.ts'
import type { Saga } from './state.ts'
import { claim, renew, settle, type Claim, type Renew, type Settle } from './stepping.ts'

/** What the world around must do or know. */
export type Command =
  /** There is something in the outbox. */
  | { readonly kind: 'ring' }
  /** A record that is durable with the state. */
  | {
      readonly kind: 'audit'
      readonly action: string
      readonly requestId: string
      readonly target?: string
      readonly detail: string
    }

export interface Outcome<Answer> {
  readonly saga: Saga
  readonly answer: Answer
  readonly commands: readonly Command[]
}

const transitions = {
  accept,
  replan,
  claim,
  renew,
  settle,
  decide,
  wake,
  wakeAll,
  forget,
  retry,
  resume,
  cancel,
  probe,
  attest,
}

interface Events {
  readonly accept: Accept
  readonly replan: Replan
  readonly claim: Claim
  readonly renew: Renew
  readonly settle: Settle
  readonly decide: Decide
  readonly wake: Wake
  readonly wakeAll: { readonly at: number }
  readonly forget: Forget
  readonly retry: Retry
  readonly resume: Retry
  readonly cancel: Cancel
  readonly probe: Probe
  readonly attest: Attest
}

export type SagaEvent = { readonly [Kind in keyof Events]: { readonly kind: Kind } & Events[Kind] }[keyof Events]
export type AnswerTo<Kind extends keyof Events> = ReturnType<(typeof transitions)[Kind]>['answer']

/** The next state, the answer, and what the world must know. The given state is never changed. */
export function step<Kind extends keyof Events>(
  saga: Saga,
  event: { readonly kind: Kind } & Events[Kind],
): Outcome<AnswerTo<Kind>> {
  const transition = transitions[event.kind] as unknown as (saga: Saga, event: Events[Kind]) => Outcome<AnswerTo<Kind>>
  return transition(saga, event)
}
