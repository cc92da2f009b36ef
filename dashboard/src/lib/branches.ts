/**
 * A step has one current state, but a reader asks two questions: what did it do, and was it put back? This splits a request into
 * its execution and its rollback, using the history for what the current state no longer tells.
 */
import type { RequestEvent, StepDetail, StepState } from './api.ts'

export interface BranchStep {
  readonly step: StepDetail
  readonly state: StepState
  readonly startedAt: string | null
  readonly settledAt: string | null
}

export interface Branches {
  readonly execution: readonly BranchStep[]
  readonly rollback: readonly BranchStep[]
}

const rollbackStates: ReadonlySet<StepState> = new Set(['undoing', 'undone', 'kept', 'stuck'])
const outcomes: ReadonlySet<string> = new Set(['applied', 'failed', 'unknown'])

export function branches(details: readonly StepDetail[], events: readonly RequestEvent[]): Branches {
  return {
    execution: details.map((step) =>
      execution(
        step,
        events.filter(({ target }) => target === step.target),
      ),
    ),
    rollback: details
      .filter(({ state }) => rollbackStates.has(state))
      .map((step) =>
        rollback(
          step,
          events.filter(({ target }) => target === step.target),
        ),
      ),
  }
}

function execution(step: StepDetail, events: readonly RequestEvent[]): BranchStep {
  if (!rollbackStates.has(step.state)) return { step, state: step.state, startedAt: step.startedAt, settledAt: step.settledAt }
  const outcome = events.findLast(({ action }) => outcomes.has(action))
  return { step, state: toOutcome(outcome, step), startedAt: step.startedAt, settledAt: outcome?.at ?? step.settledAt }
}

function toOutcome(event: RequestEvent | undefined, step: StepDetail): StepState {
  if (event?.action === 'applied' || event?.action === 'failed' || event?.action === 'unknown') return event.action
  if (step.disposition !== null) return 'applied'
  return step.error === null ? 'pending' : 'failed'
}

function rollback(step: StepDetail, events: readonly RequestEvent[]): BranchStep {
  const started = events.findLast(({ action }) => action === 'undoing')
  const settled = step.state === 'undoing' ? undefined : events.findLast(({ action }) => action === step.state)
  return { step, state: step.state, startedAt: started?.at ?? null, settledAt: settled?.at ?? null }
}
