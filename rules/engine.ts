/**
 * The door of the rules for everyone else: a rule set and an identity go in, a plan comes out. Expressions run in the
 * sandbox; what to ask and what the answers mean is decided by the pure planner.
 */
import { GatewayError } from '#core/errors.ts'
import type { Plan, RequestKind } from '#core/plan.ts'
import type { Attributes } from '#core/values.ts'
import type { Logger } from 'pino'
import type { RuleSet } from './schema.ts'

export interface PlanInput {
  readonly kind: RequestKind
  readonly source: string
  readonly externalId: string
  /** The identity as it shall be (merged), by the names it comes with. */
  readonly attributes: Attributes
  /** Names of the secrets that came with this request. */
  readonly secrets: readonly string[]
  /** Targets where the identity has, or by earlier plans will have, an account. */
  readonly accounts: readonly string[]
  /** Groups that the identity's last plan gave it, by target; those not wanted any more are taken away. */
  readonly previousMemberships?: Readonly<Record<string, readonly string[]>>
}

/** The reservations of one identity; whoever makes it knows which. */
export interface UniqueReservations {
  /**
   * Reserves one candidate in all the namespaces at once, atomically: the first that this identity already holds, else the
   * first that nobody holds in any of them. Null when others hold all of them; the engine then asks again with more.
   */
  reserve(namespaces: readonly string[], candidates: readonly string[]): Promise<string | null>
}

export interface RuleEngineOptions {
  readonly log: Logger
  /** Sandbox processes; default 2. */
  readonly size?: number
  /** Megabytes of heap per sandbox process; default 64. */
  readonly memoryMb?: number
  /** Milliseconds that the expressions of one plan may take; default 1000. */
  readonly timeoutMs?: number
}

export interface RuleEngine extends AsyncDisposable {
  /** Throws `rule_failed` or `rule_timeout`, saying target, attribute and position. */
  plan(ruleSet: RuleSet & { readonly version: number }, input: PlanInput, unique: UniqueReservations): Promise<Plan>
}

/** Starts the sandbox processes and waits until they are ready. Throws `unavailable` when they cannot start. */
export async function openRuleEngine(options: RuleEngineOptions): Promise<RuleEngine> {
  throw new GatewayError('unavailable', `the rule engine is not built yet (${Object.keys(options).join(', ')})`)
}
