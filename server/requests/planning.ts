/**
 * Planning: what an incoming change means for an identity as it is known, and the plan that the rules make of it. Nothing is written
 * here but the reservations of unique names.
 */
import type { Sql } from '#core/database.ts'
import type { Ending } from '#core/departure.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import { foldKey, releaseAll, type IdentityRecord } from '#core/ledger/identity.ts'
import { createNameLooker, ownerOf } from '#core/ledger/names.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Plan, RequestKind } from '#core/plan.ts'
import { isForwardOnly } from '#core/saga/decisions.ts'
import type { SafetyThreshold } from '#core/safety.ts'
import type { PlanContext } from '#core/simulations/simulation.ts'
import { toPlanInput, type Asked, type RuleEngine } from '#rules/index.ts'
import { applyDeltas, type IncomingChange } from '../inbound/adapter.ts'
import type { Lookups } from '../lookups/store.ts'
import type { NameCheck } from './name-check.ts'
import { createNames } from './names.ts'
import type { RuleSets } from './rule-sets.ts'

export interface PlanningDeps {
  readonly ledger: Pick<Ledger, 'readIdentity'>
  readonly sql: Sql
  readonly engine: RuleEngine
  readonly ruleSets: RuleSets
  readonly lookups: Pick<Lookups, 'current'>
  readonly nameCheck: NameCheck
  /** The targets' failure policies, for those of which the rule set says nothing, and what their connectors cannot undo. */
  readonly planContext: () => PlanContext
}

export interface Planned {
  /** The external id, folded. */
  readonly key: string
  readonly identity: IdentityRecord | null
  readonly kind: RequestKind
  readonly previous: IdentityState
  readonly desired: IdentityState
  readonly plan: Plan
  /** What the plan must not exceed without people's agreement. */
  readonly thresholds: readonly SafetyThreshold[]
}

export interface PlanningSource {
  readonly name: string
  readonly ruleSet: string
}

/** What a plan is made of besides rules: who, from where, and what is asked. */
interface Wish extends Asked {
  readonly ending?: Ending | undefined
}

export interface Planning {
  /** Plans a change; names are reserved for `requestId`, or only looked up when it is null. Throws `missing` and what the rules throw. */
  plan(source: PlanningSource, change: IncomingChange, requestId: string | null): Promise<Planned>
  /** Plans a change anew for a request that was accepted, on the state that its identity is really in. Throws like `plan`. */
  planAgain(source: PlanningSource, change: StoredChange, previous: IdentityState, requestId: string): Promise<Replan>
  /** Plans what was accepted with the rules of today: the same wish, from the same state. Throws what the rules throw. */
  refresh(source: PlanningSource, asked: Wish, previous: IdentityState, requestId: string): Promise<Omit<Replan, 'kind'>>
  /** The safety thresholds in force; none when there is no such rule set any more. */
  thresholds(ruleSet: string): Promise<readonly SafetyThreshold[]>
  /** Seconds after which the rules in force delete a disabled account of the target; null: never. */
  graceOf(ruleSet: string, target: string): Promise<number | null>
}

/** A change as the ledger keeps it while its request waits: the names of its secrets only. */
export type StoredChange = Omit<IncomingChange, 'secrets'> & { readonly secretNames: readonly string[] }
export type Replan = Pick<Planned, 'kind' | 'desired' | 'plan' | 'thresholds'>

export const nobody: IdentityState = { attributes: {}, targets: {}, disabled: false, switchedOff: [] }

export function createPlanning(deps: PlanningDeps): Planning {
  const { ledger, sql, engine, ruleSets, lookups, planContext } = deps
  const names = { ...deps, look: createNameLooker(sql) }
  async function refresh(source: PlanningSource, asked: Wish, previous: IdentityState, requestId: string | null) {
    const ruleSet = await ruleSets.current(source.ruleSet)
    const scope = asked.ending === undefined ? null : [asked.ending.target]
    const input = toPlanInput(source.name, { ...asked, scope }, previous, { ...planContext(), lookups: await lookups.current() })
    const owner = ownerOf({ source: source.name, externalId: asked.externalId })
    const plan = await engine.plan(ruleSet, input, createNames(names, owner, requestId)).catch(async (error: unknown) => {
      if (requestId !== null) await releaseAll(sql, requestId)
      throw error
    })
    return { plan, desired: toDesired(asked, previous, plan), thresholds: ruleSet.safety ?? [] }
  }

  async function planOn(source: PlanningSource, change: StoredChange, previous: IdentityState, requestId: string | null) {
    const kind = effectiveKind(change, previous)
    const { externalId, secretNames: secrets, ending } = change
    const attributes = kind === 'delete' ? previous.attributes : applyDeltas(previous.attributes, change)
    return { kind, ...(await refresh(source, { kind, externalId, attributes, secrets, ending }, previous, requestId)) }
  }

  const known = (name: string) =>
    ruleSets.current(name).catch((error: unknown) => {
      if (isGatewayError(error) && error.code === 'config') return null
      throw error
    })

  return {
    async plan(source, change, requestId) {
      const key = foldKey(change.externalId)
      const identity = await ledger.readIdentity({ source: source.name, key })
      const { attributes, targets, disabled, switchedOff = [] } = identity ?? nobody
      const previous: IdentityState = { attributes, targets, disabled, switchedOff }
      return { key, identity, previous, ...(await planOn(source, withoutSecrets(change), previous, requestId)) }
    },
    planAgain: planOn,
    refresh,
    thresholds: async (name) => (await known(name))?.safety ?? [],
    graceOf: async (name, target) => (await known(name))?.targets[target]?.lifecycle?.graceSeconds ?? null,
  }
}

/** What may be kept of a change: its secrets are sealed apart. */
export function withoutSecrets({ secrets, ...change }: IncomingChange): StoredChange {
  return { ...change, secretNames: Object.keys(secrets) }
}

/**
 * `create` states what shall be: for an identity that is known it is an update, and it brings back one that was disabled. Taking
 * access away from who has none is done already; anything else needs somebody to do it to.
 */
function effectiveKind(change: Pick<IncomingChange, 'kind'>, { attributes, targets, disabled }: IdentityState): RequestKind {
  const hasAccounts = Object.keys(targets).length > 0
  if (change.kind === 'create') return !hasAccounts ? 'create' : disabled ? 'enable' : 'update'
  // A deletion and a creation that was rolled back leave neither accounts nor attributes.
  const isKnown = hasAccounts || Object.keys(attributes).length > 0
  if (!isKnown && !isForwardOnly(change.kind))
    throw new GatewayError(
      'missing',
      `no identity with this external id is known, and a request of kind "${change.kind}" needs one`,
      { at: '/externalId', hint: 'send a "create" with all its attributes first' },
    )
  return change.kind
}

/** Where this request leaves the identity when it succeeds. */
function toDesired({ kind, attributes, ending }: Wish, previous: IdentityState, plan: Plan): IdentityState {
  const targets: Record<string, readonly string[]> = { ...previous.targets }
  for (const step of plan.steps) {
    const before = previous.targets[step.target] ?? []
    const kept = before.filter((group) => !step.memberships.remove.includes(group))
    if (step.operation === 'delete') delete targets[step.target]
    else targets[step.target] = [...new Set([...kept, ...step.memberships.add])]
  }
  if (kind === 'delete') return afterDeletion(previous, targets, ending)
  const disabled = kind === 'disable' || (kind !== 'enable' && kind !== 'create' && previous.disabled)
  return { attributes, targets, disabled, switchedOff: toSwitchedOff(kind, previous, plan) }
}

/**
 * Who was deleted is nobody, once no account is left. Accounts in their grace are left: until then the identity is known, and disabled. Who was
 * only disabled is known for good, because the source may enable them again.
 */
function afterDeletion(previous: IdentityState, targets: IdentityState['targets'], ending: Ending | undefined): IdentityState {
  const isForgotten = ending === undefined || ending.forget
  if (isForgotten && Object.keys(targets).length === 0) return nobody
  const switchedOff = (previous.switchedOff ?? []).filter((target) => Object.hasOwn(targets, target))
  return { attributes: previous.attributes, targets, disabled: ending === undefined || previous.disabled, switchedOff }
}

/**
 * Where our hand, and not the identity's being disabled, keeps an account off. Who comes back is not enabled in targets that the rules do not
 * want any more: those accounts, off since the identity left, count from then on.
 */
function toSwitchedOff(kind: RequestKind, previous: IdentityState, { steps }: Plan): readonly string[] {
  const off = new Set(previous.switchedOff)
  if (kind === 'enable') for (const target of Object.keys(previous.targets)) off.add(target)
  for (const { target, operation } of steps) {
    if (operation === 'enable' || operation === 'create') off.delete(target)
    else if (operation === 'disable' && kind !== 'disable') off.add(target)
  }
  return [...off].sort()
}
