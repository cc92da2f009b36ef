/**
 * The life of a version of rules, decided without a database: what may become of it, and why not. What people are told about a refusal
 * stands in `refusals.ts`.
 */
import type { RuleVersionState } from '../api/rule-types.ts'

/** What decides about a version. */
export interface Life {
  readonly version: number
  readonly state: RuleVersionState
  /** Everybody who had a hand in it. */
  readonly authors: readonly string[]
  readonly isReviewed: boolean
  readonly problems: number
  /** Tests that are not as they should be. */
  readonly red: number
}

/** What holds for its rule set. */
export interface Surroundings {
  /** The number of the version in force; null before the first publication. */
  readonly inForce: number | null
  readonly fourEyes: boolean
}

export type LifeStep =
  | { readonly verb: 'submit' | 'withdraw' }
  | { readonly verb: 'approve' | 'reject'; readonly by: string }
  | { readonly verb: 'publish' | 'schedule'; readonly isOverridden: boolean }

/**
 * state: there is nothing left to do with it in that state; overtaken: a newer version is in force; problems, red: it is not as it should be;
 * unreviewed: somebody else must look at it first; own: whoever wrote it does not review it.
 */
export type Refusal = 'state' | 'overtaken' | 'problems' | 'red' | 'unreviewed' | 'own'

export type Decision = { readonly state: RuleVersionState } | { readonly refusal: Refusal }

const open: ReadonlySet<RuleVersionState> = new Set(['draft', 'in_review', 'approved', 'scheduled'])

/** Whether something can still become of it. */
export function isOpen(state: RuleVersionState): boolean {
  return open.has(state)
}

/** Whether a newer version came into force since it was begun: to publish it would take that one's changes back unseen. */
export function isOvertaken({ version }: Pick<Life, 'version'>, { inForce }: Pick<Surroundings, 'inForce'>): boolean {
  return inForce !== null && inForce > version
}

export function decide(life: Life, around: Surroundings, step: LifeStep): Decision {
  switch (step.verb) {
    case 'withdraw':
      return isOpen(life.state) ? { state: 'withdrawn' } : { refusal: 'state' }
    case 'submit':
      return life.state === 'draft' ? unless(blemish(life, around, true), 'in_review') : { refusal: 'state' }
    case 'approve':
    case 'reject':
      if (life.state !== 'in_review') return { refusal: 'state' }
      return unless(life.authors.includes(step.by) ? 'own' : null, step.verb === 'approve' ? 'approved' : 'rejected')
    case 'publish':
    case 'schedule':
      return unless(
        hindrance(life, around, step.verb === 'publish') ?? blemish(life, around, step.isOverridden),
        step.verb === 'publish' ? 'published' : 'scheduled',
      )
  }
}

function unless(refusal: Refusal | null, state: RuleVersionState): Decision {
  return refusal === null ? { state } : { refusal }
}

/** In which states it can be published: what is scheduled also at once. */
function hindrance({ state, isReviewed }: Life, { fourEyes }: Surroundings, isNow: boolean): Refusal | null {
  if (state === 'in_review') return 'unreviewed'
  if (state !== 'draft' && state !== 'approved' && !(state === 'scheduled' && isNow)) return 'state'
  return fourEyes && !isReviewed ? 'unreviewed' : null
}

function blemish(life: Life, around: Surroundings, mayBeRed: boolean): Refusal | null {
  if (isOvertaken(life, around)) return 'overtaken'
  if (life.problems > 0) return 'problems'
  return life.red > 0 && !mayBeRed ? 'red' : null
}
