/**
 * Planning: what an incoming change means for an identity as it is known, and the plan that the rules make of it. Nothing is written
 * here but the reservations of unique names.
 */
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import { foldKey, preview, reserve, type IdentityRecord } from '#core/ledger/identity.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { FailurePolicy, Plan, RequestKind } from '#core/plan.ts'
import { isForwardOnly } from '#core/saga/decisions.ts'
import type { RuleEngine, UniqueReservations } from '#rules/index.ts'
import { applyDeltas, type IncomingChange } from '../inbound/adapter.ts'
import type { RuleSets } from './rule-sets.ts'

export interface PlanningDeps {
  readonly ledger: Pick<Ledger, 'readIdentity'>
  readonly sql: Sql
  readonly engine: RuleEngine
  readonly ruleSets: RuleSets
  /** The targets' failure policies, for those of which the rule set says nothing. */
  readonly policies: () => Readonly<Record<string, FailurePolicy>>
}

export interface Planned {
  /** The external id, folded. */
  readonly key: string
  readonly identity: IdentityRecord | null
  readonly kind: RequestKind
  readonly previous: IdentityState
  readonly desired: IdentityState
  readonly plan: Plan
}

/** Plans a change; names are reserved for `requestId`, or only looked up when it is null. Throws `missing` and what the rules throw. */
export type Planning = (
  source: { name: string; ruleSet: string },
  change: IncomingChange,
  requestId: string | null,
) => Promise<Planned>

const nobody: IdentityState = { attributes: {}, targets: {}, disabled: false }

export function createPlanning({ ledger, sql, engine, ruleSets, policies }: PlanningDeps): Planning {
  return async function plan(source, change, requestId) {
    const key = foldKey(change.externalId)
    const ruleSet = await ruleSets.current(source.ruleSet)
    const identity = await ledger.readIdentity({ source: source.name, key })
    const kind = effectiveKind(change, identity)
    const { attributes: known, targets, disabled } = identity ?? nobody
    const previous: IdentityState = { attributes: known, targets, disabled }
    const attributes = kind === 'delete' ? known : applyDeltas(known, change)
    const input = {
      kind,
      source: source.name,
      externalId: change.externalId,
      attributes,
      secrets: Object.keys(change.secrets),
      accounts: Object.keys(targets),
      previousMemberships: targets,
      disabled,
      policies: policies(),
    }
    const made = await engine.plan(ruleSet, input, reservations(sql, `${source.name}|${key}`, requestId))
    return { key, identity, kind, previous, plan: made, desired: toDesired(kind, previous, attributes, made) }
  }
}

/**
 * `create` states what shall be: for an identity that is known it is an update, and it brings back one that was disabled. Taking
 * access away from who has none is done already; anything else needs somebody to do it to.
 */
function effectiveKind(change: IncomingChange, identity: IdentityRecord | null): RequestKind {
  const hasAccounts = identity !== null && Object.keys(identity.targets).length > 0
  if (change.kind === 'create') return !hasAccounts ? 'create' : identity.disabled ? 'enable' : 'update'
  // A deletion and a creation that was rolled back leave neither accounts nor attributes.
  const isKnown = hasAccounts || (identity !== null && Object.keys(identity.attributes).length > 0)
  if (!isKnown && !isForwardOnly(change.kind))
    throw new GatewayError(
      'missing',
      `no identity with this external id is known, and a request of kind "${change.kind}" needs one`,
      { at: '/externalId', hint: 'send a "create" with all its attributes first' },
    )
  return change.kind
}

/** Where this request leaves the identity when it succeeds. */
function toDesired(
  kind: RequestKind,
  previous: IdentityState,
  attributes: IdentityState['attributes'],
  plan: Plan,
): IdentityState {
  if (kind === 'delete') return { attributes: {}, targets: {}, disabled: false }
  const disabled = kind === 'disable' || (kind !== 'enable' && kind !== 'create' && previous.disabled)
  const targets: Record<string, readonly string[]> = { ...previous.targets }
  for (const step of plan.steps) {
    const before = previous.targets[step.target] ?? []
    const kept = before.filter((group) => !step.memberships.remove.includes(group))
    targets[step.target] = [...new Set([...kept, ...step.memberships.add])]
  }
  return { attributes, targets, disabled }
}

function reservations(sql: Sql, owner: string, requestId: string | null): UniqueReservations {
  return {
    reserve: (namespaces, candidates) =>
      requestId === null
        ? preview(sql, { namespaces, candidates, owner })
        : reserve(sql, { namespaces, candidates, owner, requestId }),
  }
}
