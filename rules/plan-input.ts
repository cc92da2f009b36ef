/** What the planner is told of a request: who, what is asked, and the state that the identity was in. The one way for requests, simulations and explanations. */
import type { IdentityState } from '#core/ledger/accept.ts'
import type { RequestKind } from '#core/plan.ts'
import type { PlanContext } from '#core/simulations/simulation.ts'
import type { Attributes } from '#core/values.ts'
import type { LookupTables } from './lookups/table.ts'
import { isGenerated } from './password-policy.ts'
import type { PlanInput } from './planner.ts'

/** What a plan is made of besides rules: who, from where, and what is asked. */
export interface Asked {
  readonly kind: RequestKind
  readonly externalId: string
  /** The identity's attributes as they shall be. */
  readonly attributes: Attributes
  readonly secrets: readonly string[]
  /** A deletion of the accounts in these targets only; null: whatever the rules say. */
  readonly scope?: readonly string[] | null
}

/** What a plan depends on besides: how targets are configured, and the lookup tables. */
export interface PlanningContext extends PlanContext {
  readonly lookups: LookupTables
}

export function toPlanInput(source: string, asked: Asked, previous: IdentityState, context: PlanningContext): PlanInput {
  const { kind, externalId, attributes, secrets, scope = null } = asked
  return {
    kind,
    externalId,
    attributes,
    // What the gateway makes itself did not come with the request.
    secrets: secrets.filter((name) => !isGenerated(name)),
    source,
    accounts: Object.keys(previous.targets),
    previousMemberships: previous.targets,
    disabled: previous.disabled,
    switchedOff: previous.switchedOff ?? [],
    ...(scope !== null && { scope }),
    ...context,
  }
}
