/**
 * The decisions of the saga, as pure functions of what the ledger holds. The queue only says "look again"; whoever is rung
 * asks here, and writes the answer by compare-and-set.
 */
import type { FailurePolicy, RequestKind, StepPlan } from '../plan.ts'
import type { RequestState, StepState } from '../states.ts'
import { claimable, lookAgain, type Purpose } from './transitions.ts'

export interface StepView {
  readonly target: string
  readonly state: StepState
  readonly onFailure: FailurePolicy
  /** A worker holds the step right now. */
  readonly leased: boolean
  /** Workers that died, or froze past their lease, while they held it. */
  readonly deaths?: number
  readonly phase?: StepPlan['phase']
  /** Seconds until its undo may be tried again. */
  readonly retryInSeconds?: number
}

export type Decision =
  /** A worker is still at it: ask again later. */
  | { readonly kind: 'wait' }
  /** Steps are left that no job stands for, or that must be settled first: ring again. */
  | { readonly kind: 'ring'; readonly inSeconds: number }
  /** Every step that can be undone is applied: now those that cannot. */
  | { readonly kind: 'last_phase' }
  | { readonly kind: 'roll_back' }
  | { readonly kind: 'final'; readonly state: RequestState }

/** Leavers go forward only: nobody is re-enabled because one system is down. */
export function isForwardOnly(kind: RequestKind): boolean {
  return kind === 'disable' || kind === 'delete'
}

/** Deaths of workers after which a step is not called again: it is the step that kills them. */
export const deadlyAfter = 2

/** A step that a worker died with may have had its effect, and nothing will find out by itself any more. */
export function isPoisoned({ state, deaths = 0 }: Pick<StepView, 'state' | 'deaths'>): boolean {
  return deaths >= deadlyAfter && (state === 'running' || state === 'unknown' || state === 'undoing')
}

/** What becomes of a request when its apply jobs have ended. */
export function decideAfterApply(kind: RequestKind, steps: readonly StepView[]): Decision {
  if (steps.some((step) => step.leased)) return { kind: 'wait' }
  const failed = steps.filter((step) => step.state === 'failed' || step.state === 'stuck')
  const fatal = failed.filter((step) => step.onFailure === 'required')
  if (fatal.length > 0 && !isForwardOnly(kind)) return { kind: 'roll_back' }

  const open = steps.filter(({ state }) => state === 'pending' || state === 'unknown' || state === 'running')
  const ready = open.filter((step) => step.phase !== 'last' && !isPoisoned(step))
  if (ready.length > 0) {
    // A leaver's target that is down is tried for as long as it takes, but not all the time.
    const isSoon = !isForwardOnly(kind) || ready.some((step) => step.state !== 'pending')
    return { kind: 'ring', inSeconds: isSoon ? lookAgain.soon : lookAgain.patient }
  }
  const needsPeople = (step: StepView) => isPoisoned(step) || step.state === 'stuck' || step.onFailure === 'hold'
  if (fatal.length > 0 || [...failed, ...open.filter(isPoisoned)].some(needsPeople))
    return { kind: 'final', state: 'needs_attention' }
  if (open.length > 0)
    return open.some(({ state }) => state !== 'pending') ? { kind: 'ring', inSeconds: lookAgain.soon } : { kind: 'last_phase' }
  const whole = steps.every(({ state }) => state === 'applied')
  return { kind: 'final', state: whole ? 'succeeded' : 'succeeded_partly' }
}

/** What becomes of a request that is rolling back when its undo jobs have ended. */
export function decideAfterUndo(steps: readonly StepView[]): Decision {
  if (steps.some((step) => step.leased)) return { kind: 'wait' }
  const open = steps.filter((step) => mustUndo(step.state) && !isPoisoned(step))
  if (open.length > 0)
    return { kind: 'ring', inSeconds: Math.min(...open.map(({ retryInSeconds }) => retryInSeconds ?? lookAgain.patient)) }
  return {
    kind: 'final',
    state: steps.some((step) => step.state === 'stuck' || isPoisoned(step)) ? 'needs_attention' : 'rolled_back',
  }
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
      return { state: request.state, wake: decision.inSeconds, ring: null, reverts: false }
    case 'last_phase':
      return { state: request.state, wake: lookAgain.first, ring: 'apply', reverts: false }
    case 'roll_back': {
      if (steps.some((step) => mustUndo(step.state)))
        return { state: 'rolling_back', wake: lookAgain.patient, ring: 'undo', reverts: false }
      // What is stuck may be in its target, and nothing that we could undo is left.
      const isStuck = steps.some(({ state }) => state === 'stuck')
      return { state: isStuck ? 'needs_attention' : 'rolled_back', wake: null, ring: null, reverts: !isStuck }
    }
    case 'final':
      return { state: decision.state, wake: null, ring: null, reverts: decision.state === 'rolled_back' }
  }
}

/** Steps whose effect exists or may exist. A running step without a lease died in a worker: it may have had its effect. */
export function mustUndo(state: StepState): boolean {
  return claimable.undo.includes(state)
}

/** The states from which an operator may have a request done again. */
export function canRetry(state: RequestState): boolean {
  return state === 'rolled_back' || state === 'needs_attention' || state === 'succeeded_partly'
}
