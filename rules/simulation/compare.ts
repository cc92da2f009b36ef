/** What another version of the rules changes for one request: two plans side by side, in words that people can look through. */
import { canonicalJson } from '#core/canonical-json.ts'
import type { DesiredAttribute, Plan, StepPlan } from '#core/plan.ts'
import type { SimulationChange, SimulationOutcome } from '#core/simulations/simulation.ts'
import type { Problem } from '#core/states.ts'
import { sameValues, type Values } from '#core/values.ts'

/** What a version makes of a request. */
export type Made = { readonly plan: Plan } | { readonly problem: Problem }

export interface Comparison {
  readonly outcome: SimulationOutcome
  /** Why there is no plan. */
  readonly problem: Problem | null
  readonly changes: readonly SimulationChange[]
}

const mostChanges = 200
const longestText = 500

/**
 * @param before of the version in force
 * @param after of the version that is tried; what fails with both versions is the same
 */
export function compare(before: Made, after: Made): Comparison {
  if ('problem' in after) return { outcome: 'problem' in before ? 'same' : 'failing', problem: after.problem, changes: [] }
  const changes = comparePlans('problem' in before ? null : before.plan, after.plan)
  const outcome = 'problem' in before || changes.length > 0 ? 'changed' : 'same'
  return { outcome, problem: null, changes: changes.slice(0, mostChanges) }
}

function comparePlans(before: Plan | null, after: Plan): readonly SimulationChange[] {
  const { ruleSet: _b, hash: _h, identity: oldIdentity = {}, steps: oldSteps = [], ...oldRest } = before ?? {}
  const { ruleSet: _r, hash: _a, identity, steps, ...rest } = after
  const targets = [...new Set([...oldSteps, ...steps].map(({ target }) => target))].toSorted()
  const stepIn = (list: readonly StepPlan[], wanted: string) => list.find(({ target }) => target === wanted)
  return [
    ...compareEach(null, '', oldIdentity, identity, ofValues),
    ...targets.flatMap((target) => compareSteps(target, stepIn(oldSteps, target), stepIn(steps, target))),
    // Approvals, and whatever else a plan may say.
    ...compareEach(null, '', oldRest, rest, ofRest),
  ]
}

function compareSteps(target: string, before: StepPlan | undefined, after: StepPlan | undefined): readonly SimulationChange[] {
  const operation = { target, attribute: null, before: before?.operation ?? null, after: after?.operation ?? null }
  if (before === undefined || after === undefined) return [operation, ...attributesOfOne(target, before, after)]
  const { attributes, correlate, memberships, secrets, operation: _o, target: _t, ...rest } = after
  const { attributes: a, correlate: c, memberships: m, secrets: s, operation: _p, target: _u, ...oldRest } = before
  return [
    ...(operation.before === operation.after ? [] : [operation]),
    ...compareEach(target, 'correlate.', c, correlate, ofValues),
    ...compareEach(target, '', a, attributes, ofDesired),
    ...compareEach(target, '', s, secrets, ofSecrets),
    ...compareEach(target, '', { memberships: m }, { memberships }, ofMemberships),
    ...compareEach(target, '', oldRest, rest, ofRest),
  ]
}

/** Of an account that only one of the two plans speaks of: its attributes. What else differs is plain from the operation. */
function attributesOfOne(target: string, before: StepPlan | undefined, after: StepPlan | undefined): readonly SimulationChange[] {
  return compareEach(target, '', before?.attributes ?? {}, after?.attributes ?? {}, ofDesired)
}

/** How one kind of entry is compared, and shown beside the other version's. */
interface Comparing<Value> {
  readonly same: (left: Value, right: Value) => boolean
  readonly show: (value: Value, other: Value | undefined) => string
}

const isSame = (left: unknown, right: unknown) => canonicalJson(left) === canonicalJson(right)
const ofValues: Comparing<Values> = { same: sameValues, show: shownValues }
const ofDesired: Comparing<DesiredAttribute> = { same: sameDesired, show: shownDesired }
const ofSecrets: Comparing<string> = { same: isSame, show: (name) => `secret ${name}` }
const ofMemberships: Comparing<StepPlan['memberships']> = { same: isSame, show: shownMemberships }
const ofRest: Comparing<unknown> = { same: isSame, show: shownRest }

/** One change for each entry that is not the same in both. */
function compareEach<Value>(
  target: string | null,
  prefix: string,
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  { same, show }: Comparing<Value>,
): readonly SimulationChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const shown = (value: Value | undefined, other: Value | undefined) => (value === undefined ? null : cut(show(value, other)))
  return names.flatMap((name) => {
    const [left, right] = [before[name], after[name]]
    if (left === undefined ? right === undefined : right !== undefined && same(left, right)) return []
    return [{ target, attribute: prefix + name, before: shown(left, right), after: shown(right, left) }]
  })
}

/** The order of values says nothing to a target. */
function sameDesired(left: DesiredAttribute, right: DesiredAttribute): boolean {
  const isAlike = left.strength === right.strength && left.multivalued === right.multivalued
  return isAlike && sameValues(left.values, right.values)
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text
}

function shownValues(values: Values): string {
  return values.map(String).join(', ')
}

/** How strongly, and whether it replaces what others put there, only where that is what differs. */
function shownDesired({ values, strength, multivalued }: DesiredAttribute, other: DesiredAttribute | undefined): string {
  const about = [
    ...(other !== undefined && other.strength !== strength ? [strength] : []),
    ...(other !== undefined && other.multivalued !== multivalued ? [multivalued] : []),
  ]
  return about.length === 0 ? shownValues(values) : `${shownValues(values)} (${about.join(', ')})`.trim()
}

function shownMemberships({ add, remove }: StepPlan['memberships']): string {
  return [...add.map((group) => `+${group}`), ...remove.map((group) => `-${group}`)].join(', ')
}

function shownRest(value: unknown): string {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : canonicalJson(value)
  const names = value.map((item: unknown) => (typeof item === 'object' && item !== null ? Reflect.get(item, 'name') : item))
  return names.every((name) => typeof name === 'string') ? names.join(', ') : canonicalJson(value)
}
