/** What a request waits for when nothing but parked targets keeps it from going on. */
import { rungAs, claimable, wakeable } from '#core/saga/transitions.ts'
import type { RequestState, StepState } from '#core/states.ts'
import { conditionOf, type TargetState } from '#core/target-state.ts'
import type { WaitingFor } from '../api/types.ts'

export interface TargetStates {
  stateOf(target: string): TargetState
}

/** Empty unless every step that is left to do is parked. */
export function waitingFor(
  request: RequestState,
  steps: readonly { readonly target: string; readonly state: StepState }[],
  { stateOf }: TargetStates,
): readonly WaitingFor[] {
  if (!wakeable.includes(request)) return []
  const open = steps.filter(({ state }) => claimable[rungAs(request)].includes(state))
  const parked = open.flatMap(({ target }) => toWaiting(target, stateOf(target)) ?? [])
  return parked.length === open.length ? parked : []
}

function toWaiting(target: string, state: TargetState): WaitingFor | null {
  const condition = conditionOf(state)
  if (condition === 'ok') return null
  const until = condition === 'open' && state.retryAt !== null ? new Date(state.retryAt).toISOString() : null
  const why = {
    open: `breaker open until ${until ?? 'a step may try'}`,
    half_open: 'one step is trying whether it answers again',
    maintenance: `in maintenance: ${state.maintenance?.reason ?? ''}`,
  }[condition]
  return { target, state: condition, until, message: `waiting for target ${target}: ${why}` }
}
