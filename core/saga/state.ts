/**
 * What the saga knows, as plain values: the ledger's rows without their columns for people. The machine turns one such value into the
 * next; the ledger does the same in SQL, and a test compares them. Times are milliseconds since 1970.
 */
import type { Account, Difference, Receipt } from '../account.ts'
import type { IdentityState } from '../ledger/accept.ts'
import type { RequestKind, StepPlan } from '../plan.ts'
import type { Problem, RequestState, StepState } from '../states.ts'
import type { StepView } from './decisions.ts'
import type { Purpose } from './transitions.ts'
import type { Attested, Direction } from './verbs.ts'

export interface Saga {
  readonly identities: Readonly<Record<string, SagaIdentity>>
  readonly requests: Readonly<Record<string, SagaRequest>>
  /** `identity target` → the account that the ledger links to the identity there. */
  readonly accounts: Readonly<Record<string, LinkedAccount>>
  readonly outbox: readonly SagaBell[]
  /** The last number given to a request, and to a bell. */
  readonly lastSeq: number
  readonly lastBell: number
}

export interface SagaIdentity {
  readonly revision: number
  /** Where the accepted requests leave it. */
  readonly desired: IdentityState
  /** The one request that may have effects now. */
  readonly active: string | null
}

export interface SagaRequest {
  readonly id: string
  readonly identity: string
  /** The order of acceptance. */
  readonly seq: number
  readonly kind: RequestKind
  readonly state: RequestState
  readonly direction: Direction
  /** Planned on what a request before it asked for, which came to nothing: it is planned again when its turn comes. */
  readonly stale: boolean
  readonly generation: number
  /** How often the bell was rung again for this generation. */
  readonly bell: number
  readonly previous: IdentityState
  readonly desired: IdentityState
  /** When the reconciler must look again; null only for final states. */
  readonly wakeAt: number | null
  readonly steps: Readonly<Record<string, SagaStep>>
}

export interface SagaStep {
  readonly plan: StepPlan
  readonly state: StepState
  readonly generation: number
  /** Grows with each claim; what a worker writes counts only under the fence that it claimed. */
  readonly fence: number
  readonly attempts: number
  readonly leaseUntil: number | null
  /** When the call began whose outcome `before` would settle. */
  readonly calledAt: number | null
  /** Claims that ended without a settlement. */
  readonly deaths: number
  readonly undoAttempts: number
  /** When the undo may be tried again. */
  readonly retryAt: number | null
  readonly before: Account | null
  /** What is known of the effect. */
  readonly effect: Effect | null
  readonly error: Problem | null
  readonly differences: readonly Difference[] | null
  /** What people stated about the step as it is under this fence. */
  readonly statements: readonly Statement[]
}

export type Effect = Omit<Receipt, 'before'>

export interface Statement {
  readonly person: string
  readonly outcome: Attested
  readonly fence: number
}

export interface LinkedAccount {
  readonly nativeId: string
  readonly enabled: boolean
}

export interface SagaBell {
  readonly id: number
  readonly topic: Purpose
  readonly requestId: string
  readonly generation: number
  readonly bell: number
}

export const emptySaga: Saga = { identities: {}, requests: {}, accounts: {}, outbox: [], lastSeq: 0, lastBell: 0 }

export const accountKey = (identity: string, target: string) => `${identity} ${target}`

/** The steps of a request, ordered by target. */
export function stepsOf(request: SagaRequest): readonly SagaStep[] {
  return Object.keys(request.steps)
    .sort()
    .map((target) => request.steps[target] as SagaStep)
}

/** The steps as the decisions see them. */
export function viewsOf(request: SagaRequest, at: number): readonly (StepView & { readonly attempts: number })[] {
  return stepsOf(request).map((step) => ({
    target: step.plan.target,
    onFailure: step.plan.onFailure,
    ...(step.plan.phase !== undefined && { phase: step.plan.phase }),
    state: step.state,
    attempts: step.attempts,
    deaths: step.deaths,
    leased: isLeased(step, at),
    ...(step.retryAt !== null && { retryInSeconds: Math.max(0, (step.retryAt - at) / 1000) }),
  }))
}

/** The later requests of the same identity, in the order of acceptance. */
export function followers(saga: Saga, request: SagaRequest): readonly SagaRequest[] {
  return requestsOf(saga, request.identity).filter(({ seq }) => seq > request.seq)
}

/** The requests of an identity, in the order of acceptance. */
export function requestsOf(saga: Saga, identity: string): readonly SagaRequest[] {
  return Object.values(saga.requests)
    .filter((request) => request.identity === identity)
    .sort((left, right) => left.seq - right.seq)
}

export function withRequest(saga: Saga, request: SagaRequest): Saga {
  return { ...saga, requests: { ...saga.requests, [request.id]: request } }
}

export function withStep(request: SagaRequest, step: SagaStep): SagaRequest {
  return { ...request, steps: { ...request.steps, [step.plan.target]: step } }
}

/** The request with each of its steps changed. */
export function withSteps(request: SagaRequest, change: (step: SagaStep) => SagaStep): SagaRequest {
  return { ...request, steps: Object.fromEntries(Object.entries(request.steps).map(([target, step]) => [target, change(step)])) }
}

export function withIdentity(saga: Saga, key: string, change: Partial<SagaIdentity>): Saga {
  const identity = saga.identities[key]
  return identity === undefined ? saga : { ...saga, identities: { ...saga.identities, [key]: { ...identity, ...change } } }
}

export function withBell(saga: Saga, topic: Purpose, { id, generation, bell }: SagaRequest): Saga {
  const lastBell = saga.lastBell + 1
  return { ...saga, lastBell, outbox: [...saga.outbox, { id: lastBell, topic, requestId: id, generation, bell }] }
}

/** Whether a worker holds the step at `at`. */
export function isLeased(step: SagaStep, at: number): boolean {
  return step.leaseUntil !== null && step.leaseUntil > at
}
