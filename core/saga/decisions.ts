/**
 * The decisions of the saga, as pure functions of what the ledger holds. The queue only says "look again"; whoever is rung
 * asks here, and writes the answer by compare-and-set.
 */
import type { FailurePolicy, RequestKind } from '../plan.ts'
import type { RequestState, StepState } from '../states.ts'
import { lookAgain, type Purpose } from './transitions.ts'

export interface StepView {
  readonly target: string
  readonly state: StepState
  readonly onFailure: FailurePolicy
  /** A worker holds the step right now. */
  readonly leased: boolean
}

export type Decision =
  /** A worker is still at it: ask again later. */
  | { readonly kind: 'wait' }
  /** Steps are left that no job stands for, or that must be settled first: ring again. */
  | { readonly kind: 'ring'; readonly soon: boolean }
  | { readonly kind: 'roll_back' }
  | { readonly kind: 'final'; readonly state: RequestState }

/** Leavers go forward only: nobody is re-enabled because one system is down. */
export function isForwardOnly(kind: RequestKind): boolean {
  return kind === 'disable' || kind === 'delete'
}

/** What becomes of a request when its apply jobs have ended. */
export function decideAfterApply(kind: RequestKind, steps: readonly StepView[]): Decision {
  if (steps.some((step) => step.leased)) return { kind: 'wait' }
  const failed = steps.filter((step) => step.state === 'failed' || step.state === 'stuck')
  const fatal = failed.filter((step) => step.onFailure === 'required')
  if (fatal.length > 0 && !isForwardOnly(kind)) return { kind: 'roll_back' }

  const open = steps.filter((step) => step.state === 'pending' || step.state === 'unknown' || step.state === 'running')
  if (open.length > 0) return { kind: 'ring', soon: !isForwardOnly(kind) || open.some((step) => step.state !== 'pending') }

  if (fatal.length > 0 || failed.some((step) => step.onFailure === 'hold' || step.state === 'stuck'))
    return { kind: 'final', state: 'needs_attention' }
  return { kind: 'final', state: failed.length > 0 ? 'succeeded_partly' : 'succeeded' }
}

/** What becomes of a request that is rolling back when its undo jobs have ended. */
export function decideAfterUndo(steps: readonly StepView[]): Decision {
  if (steps.some((step) => step.leased)) return { kind: 'wait' }
  if (steps.some((step) => mustUndo(step.state))) return { kind: 'ring', soon: false }
  return { kind: 'final', state: steps.some((step) => step.state === 'stuck') ? 'needs_attention' : 'rolled_back' }
}

/** What is written when a request is decided. */
export interface Verdict {
  readonly state: RequestState
  /** Seconds until the reconciler looks again; null when nothing is left to do. */
  readonly wake: number | null
  readonly ring: Purpose | null
  /** The request came to nothing: its identity returns to what it was before. */
  readonly reverts: boolean
}

/** The verdict on a request that is not final; null while a worker is still at one of its steps. */
export function judge(
  request: { readonly kind: RequestKind; readonly state: RequestState },
  steps: readonly StepView[],
): Verdict | null {
  const undoing = request.state === 'rolling_back'
  const decision = undoing ? decideAfterUndo(steps) : decideAfterApply(request.kind, steps)
  switch (decision.kind) {
    case 'wait':
      return null
    case 'ring':
      return { state: request.state, wake: decision.soon ? lookAgain.soon : lookAgain.patient, ring: null, reverts: false }
    case 'roll_back':
      if (!steps.some((step) => mustUndo(step.state))) return { state: 'rolled_back', wake: null, ring: null, reverts: true }
      return { state: 'rolling_back', wake: lookAgain.patient, ring: 'undo', reverts: false }
    case 'final':
      return { state: decision.state, wake: null, ring: null, reverts: decision.state === 'rolled_back' }
  }
}

/** Steps whose effect exists or may exist. A running step without a lease died in a worker: it may have had its effect. */
export function mustUndo(state: StepState): boolean {
  return state === 'applied' || state === 'unknown' || state === 'running' || state === 'undoing'
}

/** The states from which an operator may have a request done again. */
export function canRetry(state: RequestState): boolean {
  return state === 'rolled_back' || state === 'needs_attention' || state === 'succeeded_partly'
}
