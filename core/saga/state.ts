/**
 * What the saga knows, as plain values: the ledger's rows without their columns for people. The machine turns one such value into the
 * next; the ledger does the same in SQL, and a test compares them. Times are milliseconds since 1970.
 */
import type { Account, Difference, Receipt } from '../account.ts'
import type { IdentityState } from '../ledger/accept.ts'
import type { FailurePolicy, RequestKind } from '../plan.ts'
import type { Problem, RequestState, StepState } from '../states.ts'
import type { Purpose } from './transitions.ts'

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
  readonly target: string
  readonly state: StepState
  readonly onFailure: FailurePolicy
  readonly generation: number
  /** Grows with each claim; what a worker writes counts only under the fence that it claimed. */
  readonly fence: number
  readonly attempts: number
  readonly leaseUntil: number | null
  /** When the claim began whose call may still be under way in the target. */
  readonly calledAt: number | null
  readonly before: Account | null
  /** What is known of the effect. */
  readonly effect: Effect | null
  readonly error: Problem | null
  readonly differences: readonly Difference[] | null
}

export type Effect = Omit<Receipt, 'before'>

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

export function withRequest(saga: Saga, request: SagaRequest): Saga {
  return { ...saga, requests: { ...saga.requests, [request.id]: request } }
}

export function withStep(request: SagaRequest, step: SagaStep): SagaRequest {
  return { ...request, steps: { ...request.steps, [step.target]: step } }
}

export function withBell(saga: Saga, topic: Purpose, { id, generation, bell }: SagaRequest): Saga {
  const lastBell = saga.lastBell + 1
  return { ...saga, lastBell, outbox: [...saga.outbox, { id: lastBell, topic, requestId: id, generation, bell }] }
}

/** Whether a worker holds the step at `at`. */
export function isLeased(step: SagaStep, at: number): boolean {
  return step.leaseUntil !== null && step.leaseUntil > at
}
