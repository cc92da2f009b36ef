/**
 * A simulation: what another version of a rule set would make of requests that really came, or of everybody, beside what the version in force
 * makes of them. Nothing of it is written but its own result.
 */
import type { FailurePolicy, Operation, RequestKind } from '../plan.ts'
import type { IdentityState } from '../ledger/accept.ts'
import type { Problem } from '../states.ts'
import type { Attributes } from '../values.ts'

export type SimulationScope =
  /** The last requests, as they were asked, each on the state its identity was in. */
  | { readonly kind: 'requests'; readonly last: number }
  /** Everybody of a source as they are now; null: of all sources that use the rule set. */
  | { readonly kind: 'population'; readonly source: string | null }

export const simulationStates = ['waiting', 'running', 'done', 'cancelled', 'failed'] as const
export type SimulationState = (typeof simulationStates)[number]

export const simulationOutcomes = ['same', 'changed', 'failing'] as const
export type SimulationOutcome = (typeof simulationOutcomes)[number]

/** What is planned twice: a request, or an identity as if it were updated with what is known of it. */
export interface Subject {
  /** Null for an identity of a population. */
  readonly requestId: string | null
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly kind: RequestKind
  readonly attributes: Attributes
  /** Names only: what they held is gone. */
  readonly secrets: readonly string[]
  /** A deletion that is the end of a grace concerns these targets only. */
  readonly scope: readonly string[] | null
  readonly previous: IdentityState
}

/** What a plan depends on besides rules and identity: as it was when the simulation began. */
export interface PlanContext {
  readonly policies: Readonly<Record<string, FailurePolicy>>
  readonly cannotUndo: Readonly<Record<string, readonly Operation[]>>
}

/** The versions of the lookup tables that either version of the rules reads. */
export interface SimulationContext extends PlanContext {
  readonly lookups: Readonly<Record<string, number>>
}

export interface SimulationResult {
  readonly requestId: string | null
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly kind: RequestKind
  readonly outcome: SimulationOutcome
  readonly problem: Problem | null
  readonly changes: readonly SimulationChange[]
}

export interface SimulationChange {
  readonly target: string | null
  /** An attribute; null for the account itself, whose operation changes. */
  readonly attribute: string | null
  /** Null where nothing is planned; the empty text where an attribute is cleared. */
  readonly before: string | null
  readonly after: string | null
}

export interface SimulationCounts {
  readonly same: number
  readonly changed: number
  readonly failing: number
  /** Accounts that would be created, disabled, deleted, and would not be with the version in force. */
  readonly created: number
  readonly disabled: number
  readonly deleted: number
}

export interface SimulationTally {
  readonly counts: SimulationCounts
  readonly byKind: readonly ({ readonly kind: RequestKind } & SimulationCounts)[]
  readonly byTarget: readonly ({ readonly target: string } & SimulationCounts)[]
  readonly byAttribute: readonly { readonly target: string | null; readonly attribute: string; readonly changed: number }[]
}
