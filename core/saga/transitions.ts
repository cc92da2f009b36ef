/**
 * Which state may follow which, and when somebody looks again: data that the ledger's SQL, the workers and the pure machine share, so
 * that none of them can believe something else.
 */
import type { FailurePolicy } from '../plan.ts'
import type { RequestState, StepState } from '../states.ts'

/** What a worker takes a step for, and what a bell rings for. A probe looks, and changes nothing in the target. */
export type Purpose = 'apply' | 'undo' | 'probe'

/** The step states from which a worker may claim. A step that is held by another is not free in any of them. */
export const claimable: Readonly<Record<Purpose, readonly StepState[]>> = {
  apply: ['pending', 'unknown', 'running'],
  undo: ['applied', 'unknown', 'running', 'undoing'],
  probe: ['unknown', 'running', 'undoing', 'stuck'],
}

/** The request states in which its steps may be claimed. */
export const openFor: Readonly<Record<Purpose, readonly RequestState[]>> = {
  apply: ['queued', 'running'],
  undo: ['rolling_back'],
  probe: ['needs_attention'],
}

/** What a claimed step becomes; one that is only looked at stays what it is. */
export const claimedAs = { apply: 'running', undo: 'undoing', probe: null } as const satisfies Readonly<
  Record<Purpose, StepState | null>
>

/** Where a step of the main phase does not keep those of the last one waiting, by what its failure means. */
export const passed: Readonly<Record<FailurePolicy, readonly StepState[]>> = {
  required: ['applied', 'kept', 'undone'],
  'best-effort': ['applied', 'kept', 'undone', 'failed'],
  hold: ['applied', 'kept', 'undone'],
}

/** The states of a claimed step: only these can be settled, and only their leases renewed. */
export const held: readonly StepState[] = ['running', 'undoing']

/** Settling to one of these gives the step back, to be taken up again; the others end what the worker came for. */
export const givenBack: readonly StepState[] = ['pending', 'unknown', 'undoing']

/** What became of the step is known: the workers that died with it before count no more. */
export const known: readonly StepState[] = ['applied', 'failed', 'undone', 'kept']

/** Whether a worker that is rung for `purpose` has something to do here. */
export function mayClaim(purpose: Purpose, step: StepState, request: RequestState): boolean {
  return claimable[purpose].includes(step) && openFor[purpose].includes(request)
}

/** The request states that the reconciler rings for, and what it rings. */
export const wakeable: readonly RequestState[] = ['queued', 'running', 'rolling_back']

export function rungAs(state: RequestState): Purpose {
  return state === 'rolling_back' ? 'undo' : 'apply'
}

/** Seconds until the reconciler looks at a request … */
export const lookAgain = {
  /** … that was accepted, queued or is done again, and whose bell may be lost; */
  first: 60,
  /** … that it rang again for; */
  rung: 30,
  /** … whose jobs the queue still holds; */
  queued: 120,
  /** … of which steps are left that may go on at once; */
  soon: 5,
  /** … that cannot go on, because a target is down, or that is to be undone. */
  patient: 60,
} as const
