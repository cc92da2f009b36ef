/**
 * A departure: an account that was disabled, and that is deleted when its grace is over, unless the person returns or people want it to stay. Pure:
 * what the ledger and the rules say comes in, what is to be done comes out.
 */
import type { IdentityState } from './ledger/accept.ts'
import type { Problem } from './states.ts'

/** waiting: for its day; filed: the deletion was asked for; kept: people want the account to stay; returned: so did the person. */
export const departureStates = ['waiting', 'filed', 'kept', 'returned'] as const
export type DepartureState = (typeof departureStates)[number]

/** Whether the requests accepted so far want the account off: the identity is disabled, or the rules do not want it there any more. */
export function isAway({ targets, disabled, switchedOff = [] }: IdentityState, target: string): boolean {
  return Object.hasOwn(targets, target) && (disabled || switchedOff.includes(target))
}

export interface DueDeparture {
  readonly target: string
  readonly identity: IdentityState
  /** A request of the identity is under way. */
  readonly isBusy: boolean
  /** Seconds since the account was disabled. */
  readonly disabledForSeconds: number
  /** As the plan that disabled it said. */
  readonly graceSeconds: number
  /** As the rules in force say; null when they delete nobody in this target any more. */
  readonly graceNowSeconds: number | null
}

export type DepartureVerdict =
  /** Ask for the deletion. */
  | { readonly kind: 'file' }
  /** Not yet. */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** The person is back, or the account is gone: nothing is left to do. */
  | { readonly kind: 'over' }
  /** Nobody wants the deletion any more; people see it, and may name a new day. */
  | { readonly kind: 'keep'; readonly problem: Problem }

/** Seconds until a departure whose identity is busy is looked at again. */
const busySeconds = 60

const rulesChanged: Problem = {
  code: 'cancelled',
  message: 'the rules in force delete nobody in this target after a grace any more',
  hint: 'name a new day for the deletion, or leave the account disabled',
}

/** What becomes of a departure whose day has come. Of two graces, the plan's and that of the rules in force, the longer one counts. */
export function decideDeparture(due: DueDeparture): DepartureVerdict {
  const { identity, target, isBusy, disabledForSeconds, graceSeconds, graceNowSeconds } = due
  if (isBusy) return { kind: 'wait', seconds: busySeconds }
  if (!isAway(identity, target)) return { kind: 'over' }
  if (graceNowSeconds === null) return { kind: 'keep', problem: rulesChanged }
  const left = graceNowSeconds - disabledForSeconds
  return graceNowSeconds > graceSeconds && left > 0 ? { kind: 'wait', seconds: left } : { kind: 'file' }
}
