/** The states of design: where a request or a step can be. */
import type { Phrase } from './phrase.ts'

export const requestStates = [
  'received',
  'awaiting_approval',
  'queued',
  'running',
  'rolling_back',
  'succeeded',
  'succeeded_partly',
  'rolled_back',
  'needs_attention',
  'rejected',
  'expired',
  'cancelled',
  'superseded',
] as const
export type RequestState = (typeof requestStates)[number]

const unfinished: ReadonlySet<RequestState> = new Set(['received', 'awaiting_approval', 'queued', 'running', 'rolling_back'])

/** Whether nothing more will happen by itself. `needs_attention` is final in that sense: a person must act. */
export function isFinal(state: RequestState): boolean {
  return !unfinished.has(state)
}

export const stepStates = ['pending', 'running', 'applied', 'failed', 'unknown', 'undoing', 'undone', 'kept', 'stuck'] as const
export type StepState = (typeof stepStates)[number]

/** Why something failed, without any value. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly target?: string
  readonly hint?: string
  readonly vendorCode?: string
  /** `message` and `hint` in both languages, where they are from a list. */
  readonly phrase?: Phrase
  readonly advice?: Phrase
}
