/**
 * A step has one current state, but a reader asks two questions: what did it do, and was it put back? This splits the current run
 * of a request into its execution and its rollback, using the history for what the current state no longer tells.
 */
import type { RequestEvent, StepDetail, StepState } from './api.ts'

export interface BranchStep {
  readonly step: StepDetail
  readonly state: StepState
  readonly startedAt: string | null
  readonly settledAt: string | null
  readonly attempts: number
}

export interface Branches {
  /** When the current run began: the last retry, or null for the first run. */
  readonly retriedAt: string | null
  readonly execution: readonly BranchStep[]
  readonly rollback: readonly BranchStep[]
}

const rollbackStates: ReadonlySet<StepState> = new Set(['undoing', 'undone', 'kept', 'stuck'])
const outcomes: ReadonlySet<string> = new Set(['applied', 'failed', 'unknown'])

export function branches(details: readonly StepDetail[], history: readonly RequestEvent[]): Branches {
  const retried = history.findLastIndex(({ action }) => action === 'retried')
  const run = history.slice(retried + 1)
  const of = (step: StepDetail) => run.filter(({ targets }) => targets.includes(step.target))
  return {
    retriedAt: history[retried]?.at ?? null,
    execution: details.map((step) => execution(step, of(step))),
    rollback: details.filter(({ state }) => rollbackStates.has(state)).map((step) => rollback(step, of(step))),
  }
}

function execution(step: StepDetail, events: readonly RequestEvent[]): BranchStep {
  const claims = events.filter(({ action }) => action === 'claimed')
  const outcome = events.findLast(({ action }) => outcomes.has(action))
  const undone = rollbackStates.has(step.state)
  return {
    step,
    state: undone ? toOutcome(outcome, step) : step.state,
    startedAt: claims[0]?.at ?? step.startedAt,
    settledAt: undone ? (outcome?.at ?? step.settledAt) : step.settledAt,
    attempts: claims.length > 0 ? claims.length : step.attempts,
  }
}

function toOutcome(event: RequestEvent | undefined, step: StepDetail): StepState {
  if (event?.action === 'applied' || event?.action === 'failed' || event?.action === 'unknown') return event.action
  if (step.disposition !== null) return 'applied'
  return step.error === null ? 'pending' : 'failed'
}

function rollback(step: StepDetail, events: readonly RequestEvent[]): BranchStep {
  const claims = events.filter(({ action }) => action === 'undoing')
  const settled = step.state === 'undoing' ? undefined : events.findLast(({ action }) => action === step.state)
  return { step, state: step.state, startedAt: claims[0]?.at ?? null, settledAt: settled?.at ?? null, attempts: claims.length }
}
