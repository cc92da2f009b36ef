/** The verbs of people: doing a request again, carrying it on, taking it back, looking, and stating what is so. */
import type { RequestState } from '../states.ts'
import { conclude, verdictOn } from './deciding.ts'
import { unlink } from './linking.ts'
import type { Command, Outcome } from './machine.ts'
import {
  followers,
  isLeased,
  viewsOf,
  withBell,
  withIdentity,
  withRequest,
  withStep,
  withSteps,
  type Saga,
  type SagaRequest,
  type SagaStep,
} from './state.ts'
import { lookAgain } from './transitions.ts'
import { afterCancel, disputable, onceMore, possibleVerbs, takenBack, type Attested, type Verb } from './verbs.ts'

interface ByPeople {
  readonly at: number
  readonly requestId: string
}

export type Refusal =
  | { readonly outcome: 'missing' }
  /** The request is not in a state from which this is possible. */
  | { readonly outcome: 'refused'; readonly state: RequestState }

function isPossible(saga: Saga, request: SagaRequest, verb: Verb, at: number, overtaken = isOvertaken(saga, request)): boolean {
  return possibleVerbs({ ...request, overtaken }, viewsOf(request, at)).includes(verb)
}

/** Whoever holds the identity cannot be overtaken: the others wait. */
function isOvertaken(saga: Saga, request: SagaRequest): boolean {
  return followers(saga, request).length > 0 && saga.identities[request.identity]?.active !== request.id
}

export type Retry = ByPeople
export type RetryAnswer =
  | Refusal
  | { readonly outcome: 'accepted'; readonly generation: number }
  /** A later request of the same identity says otherwise: the last accepted wins. */
  | { readonly outcome: 'overtaken' }

/** A new generation with the plan that was accepted, of what ended without success. */
export const retry = (saga: Saga, event: Retry) => doAgain(saga, event, 'retry')
/** A new generation of what waits for people. */
export const resume = (saga: Saga, event: Retry) => doAgain(saga, event, 'resume')

function doAgain(saga: Saga, { at, requestId }: Retry, verb: Verb): Outcome<RetryAnswer> {
  const request = saga.requests[requestId]
  if (request === undefined) return { saga, answer: { outcome: 'missing' }, commands: [] }
  if (!isPossible(saga, request, verb, at)) {
    const outcome = isPossible(saga, request, verb, at, false) ? 'overtaken' : 'refused'
    return { saga, answer: outcome === 'overtaken' ? { outcome } : { outcome, state: request.state }, commands: [] }
  }
  const generation = request.generation + 1
  const again: SagaRequest = {
    ...withSteps(request, (step) => begunAnew(step, generation)),
    state: 'queued',
    direction: 'forward',
    generation,
    bell: 0,
    wakeAt: at + lookAgain.first * 1000,
  }
  return {
    saga: withBell(takeIdentity(withRequest(saga, again), again), 'apply', again),
    answer: { outcome: 'accepted', generation },
    commands: [record(verb === 'resume' ? 'resumed' : 'retried', requestId, generation), { kind: 'ring' }],
  }
}

/** What was applied stays, what is unknown is read back first, everything else begins as if it never had. */
function begunAnew(step: SagaStep, generation: number): SagaStep {
  const state = onceMore[step.state]
  return {
    ...step,
    state,
    generation,
    fence: step.fence + 1,
    attempts: 0,
    deaths: 0,
    undoAttempts: 0,
    retryAt: null,
    leaseUntil: null,
    error: null,
    differences: null,
    ...(state === 'pending' && { calledAt: null, before: null, effect: null }),
  }
}

/** The identity is the request's again, and what it asks for holds again, unless others were accepted on top meanwhile. */
function takeIdentity(saga: Saga, request: SagaRequest): Saga {
  const taken = withIdentity(saga, request.identity, { active: request.id })
  if (followers(saga, request).length > 0) return taken
  const revision = (saga.identities[request.identity]?.revision ?? 0) + 1
  return withIdentity(taken, request.identity, { desired: request.desired, revision })
}

export type Cancel = ByPeople
export type Resolved = Refusal | { readonly outcome: 'accepted'; readonly state: RequestState }

/** Nothing was called: it ends, and its identity is as if it had never been asked for. Else what was done is undone. */
export function cancel(saga: Saga, { at, requestId }: Cancel): Outcome<Resolved> {
  const request = saga.requests[requestId]
  const refusal = refuse(saga, request, 'cancel', at)
  if (request === undefined || refusal !== null) return refusal as Outcome<Resolved>
  const state = afterCancel(viewsOf(request, at))
  const rolls = state === 'rolling_back'
  const taken = withSteps(request, (step) => ({
    ...step,
    state: takenBack[step.state],
    deaths: 0,
    undoAttempts: 0,
    retryAt: null,
  }))
  const verdict = { state, wake: rolls ? lookAgain.patient : null, ring: rolls ? ('undo' as const) : null, reverts: !rolls }
  const { saga: next, commands } = conclude(saga, taken, verdict, at)
  return {
    saga: next,
    answer: { outcome: 'accepted', state },
    commands: [record('cancelled', requestId, request.generation), ...commands],
  }
}

export type Probe = ByPeople

/** Rings for a look at the steps that nobody knows about. */
export function probe(saga: Saga, { at, requestId }: Probe): Outcome<Resolved> {
  const request = saga.requests[requestId]
  const refusal = refuse(saga, request, 'probe', at)
  if (request === undefined || refusal !== null) return refusal as Outcome<Resolved>
  const rung = { ...request, bell: request.bell + 1 }
  return {
    saga: withBell(withRequest(saga, rung), 'probe', rung),
    answer: { outcome: 'accepted', state: request.state },
    commands: [record('probe_asked', requestId, request.generation), { kind: 'ring' }],
  }
}

export interface Attest extends ByPeople {
  readonly target: string
  readonly person: string
  readonly outcome: Attested
}

export type AttestAnswer =
  | Resolved
  /** On record; it counts when somebody else states the same. */
  | { readonly outcome: 'stated' }
  /** There is no such step, or what became of it is known. */
  | { readonly outcome: 'known' }

/** A person states what is so in a target. It counts when a second person states the same of the same state of the step. */
export function attest(saga: Saga, event: Attest): Outcome<AttestAnswer> {
  const { at, requestId, target, person, outcome } = event
  const request = saga.requests[requestId]
  const refusal = refuse(saga, request, 'attest', at)
  if (request === undefined || refusal !== null) return refusal as Outcome<AttestAnswer>
  const step = request.steps[target]
  if (step === undefined || !disputable.includes(step.state) || isLeased(step, at))
    return { saga, answer: { outcome: 'known' }, commands: [] }
  const others = step.statements.filter((said) => said.person !== person && said.fence === step.fence)
  const statements = [...others, { person, outcome, fence: step.fence }]
  if (!others.some((said) => said.outcome === outcome)) {
    const stated = withRequest(saga, withStep(request, { ...step, statements }))
    return { saga: stated, answer: { outcome: 'stated' }, commands: [record('stated', requestId, request.generation)] }
  }
  const settled: SagaStep = {
    ...step,
    state: outcome,
    fence: step.fence + 1,
    deaths: 0,
    leaseUntil: null,
    error: null,
    differences: null,
    statements,
  }
  const attested = withStep(request, settled)
  const linked = withRequest(outcome === 'applied' ? saga : unlink(saga, request.identity, step), attested)
  return decideAgain(linked, attested, at, [record('attested', requestId, request.generation)])
}

/** What becomes of a request that waited for people, now that one of its steps is settled. */
function decideAgain(saga: Saga, request: SagaRequest, at: number, commands: readonly Command[]): Outcome<Resolved> {
  const verdict = verdictOn(request, at)
  if (verdict === null) return { saga, answer: { outcome: 'accepted', state: request.state }, commands }
  const concluded = conclude(saga, request, verdict, at)
  const answer = { outcome: 'accepted', state: verdict.state } as const
  return { saga: concluded.saga, answer, commands: [...commands, ...concluded.commands] }
}

function refuse(saga: Saga, request: SagaRequest | undefined, verb: Verb, at: number): Outcome<Refusal> | null {
  if (request === undefined) return { saga, answer: { outcome: 'missing' }, commands: [] }
  if (isPossible(saga, request, verb, at)) return null
  return { saga, answer: { outcome: 'refused', state: request.state }, commands: [] }
}

function record(action: string, requestId: string, generation: number) {
  return { kind: 'audit', action, requestId, detail: String(generation) } as const
}
