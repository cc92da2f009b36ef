/**
 * What people may do with a request that the gateway cannot finish, or that they do not want any more: when each verb is possible, and what
 * it makes of the steps. Data and pure functions, so that the ledger, the API and the screens agree.
 */
import type { RequestKind } from '../plan.ts'
import type { RequestState, StepState } from '../states.ts'
import { canRetry, isForwardOnly, mustUndo } from './decisions.ts'

export const verbs = ['retry', 'probe', 'attest', 'resume', 'cancel'] as const
export type Verb = (typeof verbs)[number]

/** What people can state of a step. applied: our change is in place; undone: all is as before; kept: what is there stays, ours or not. */
export const attestable = ['applied', 'undone', 'kept'] as const
export type Attested = (typeof attestable)[number]

/** Which way a request goes: what is not done is to be done, or what was done is to be undone. */
export type Direction = 'forward' | 'back'

export interface ResolvableRequest {
  readonly kind: RequestKind
  readonly state: RequestState
  readonly direction: Direction
  /** A later request of the identity was accepted, and this one does not hold the identity any more. */
  readonly overtaken: boolean
}

export interface ResolvableStep {
  readonly state: StepState
  /** A worker holds it right now. */
  readonly leased: boolean
}

/** Step states of which only the target, or people who looked there, can tell what is so. */
export const unsettled: readonly StepState[] = ['unknown', 'running', 'undoing', 'stuck']
/** Step states about which people may state something: what is unsettled, and what failed and was done by hand since. */
export const disputable: readonly StepState[] = [...unsettled, 'failed', 'pending']

/** The verbs that are possible now, in the order in which they should be offered. */
export function possibleVerbs(request: ResolvableRequest, steps: readonly ResolvableStep[]): readonly Verb[] {
  return verbs.filter((verb) => isPossible[verb](request, steps))
}

const isPossible: Readonly<Record<Verb, (request: ResolvableRequest, steps: readonly ResolvableStep[]) => boolean>> = {
  retry: ({ state, overtaken }, steps) => canRetry(state) && !overtaken && !isHeld(steps),
  probe: ({ state }, steps) => state === 'needs_attention' && steps.some((step) => unsettled.includes(step.state)),
  attest: ({ state }, steps) => state === 'needs_attention' && steps.some((step) => disputable.includes(step.state)),
  resume: ({ state }, steps) => state === 'needs_attention' && steps.some((step) => step.state !== 'applied') && !isHeld(steps),
  cancel: canCancel,
}

function isHeld(steps: readonly ResolvableStep[]): boolean {
  return steps.some((step) => step.leased)
}

/**
 * A leaver is cancelled only before anything was done: nobody gets their access back because a deprovisioning was given up half-way. Whoever
 * wants that asks for it, with a request of kind `enable`.
 */
function canCancel({ kind, state }: ResolvableRequest, steps: readonly ResolvableStep[]): boolean {
  if (state === 'received' || state === 'awaiting_approval') return true
  const isOpen = state === 'queued' || state === 'running' || (state === 'needs_attention' && !isHeld(steps))
  return isOpen && !(isForwardOnly(kind) && steps.some((step) => mayHaveEffect(step.state)))
}

/** Steps of which something is, or may be, in the target. */
function mayHaveEffect(state: StepState): boolean {
  return mustUndo(state) || state === 'stuck'
}

/** What a new generation makes of each step: what was applied stays, what is unknown is read back first, everything else begins anew. */
export const onceMore: Readonly<Record<StepState, StepState>> = {
  applied: 'applied',
  unknown: 'unknown',
  running: 'unknown',
  undoing: 'unknown',
  pending: 'pending',
  failed: 'pending',
  undone: 'pending',
  kept: 'pending',
  stuck: 'pending',
}

/** What a cancellation makes of each step: what never began stays so, what got stuck is tried again. */
export const takenBack: Readonly<Record<StepState, StepState>> = {
  applied: 'applied',
  unknown: 'unknown',
  running: 'running',
  undoing: 'undoing',
  stuck: 'undoing',
  pending: 'kept',
  failed: 'failed',
  undone: 'undone',
  kept: 'kept',
}

/** What a cancelled request becomes: nothing was called, or nothing of it is in any target, or it must be undone. */
export function afterCancel(
  steps: readonly (ResolvableStep & { readonly attempts: number })[],
): Extract<RequestState, 'cancelled' | 'rolled_back' | 'rolling_back'> {
  if (steps.some((step) => mayHaveEffect(step.state))) return 'rolling_back'
  return steps.some((step) => step.attempts > 0) ? 'rolled_back' : 'cancelled'
}

/** The state in which a request that waited for people goes on, when they settled one of its steps. */
export function reopenedAs(direction: Direction): Extract<RequestState, 'running' | 'rolling_back'> {
  return direction === 'back' ? 'rolling_back' : 'running'
}
