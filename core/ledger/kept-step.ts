/**
 * How a step's row keeps its plan and what was written. The row is written three times, and its JSON was most of what a step cost PostgreSQL
 * (docs/scaling.md). So what holds unless it is said otherwise is left out, and so is what a creation wrote, where it is what was planned; whoever
 * reads a row gets both whole. Rows of before, where nothing is left out, read the same.
 */
import type { Account, AttributeWrite, Disposition, Writes } from '../account.ts'
import type { DesiredAttribute, Plan, StepPlan } from '../plan.ts'

/** strong and replace where nothing else is said. */
export type KeptAttribute = Pick<DesiredAttribute, 'values'> & Partial<DesiredAttribute>
export type KeptAttributes = Readonly<Record<string, KeptAttribute>>

export interface KeptPlan extends Omit<StepPlan, 'attributes'> {
  readonly attributes: KeptAttributes
}

/** What people agree to is kept as it is hashed: a worker of the version before knows no other form, and would take it for edited. */
export function keptSteps({ steps, approvals }: Pick<Plan, 'steps' | 'approvals'>): readonly KeptPlan[] {
  return approvals === undefined ? steps.map(keptPlan) : steps
}

function keptPlan(plan: StepPlan): KeptPlan {
  const attributes: Record<string, KeptAttribute> = {}
  for (const name in plan.attributes) {
    const desired = plan.attributes[name] as DesiredAttribute
    const isUsual = desired.strength === 'strong' && desired.multivalued === 'replace'
    attributes[name] = isUsual ? { values: desired.values } : desired
  }
  return { ...plan, attributes }
}

export function wholePlan(kept: KeptPlan): StepPlan {
  return { ...kept, attributes: wholeAttributes(kept.attributes) }
}

export function wholeAttributes(kept: KeptAttributes): StepPlan['attributes'] {
  const attributes: Record<string, DesiredAttribute> = {}
  for (const name in kept) {
    const { values, strength = 'strong', multivalued = 'replace' } = kept[name] as KeptAttribute
    attributes[name] = { values, strength, multivalued }
  }
  return attributes
}

/** A step's row as it is read. */
export interface KeptStep {
  readonly plan: KeptPlan
  readonly disposition: Disposition | null
  readonly writes: Writes | null
}

export function wholeStep<Row extends KeptStep>(row: Row): Omit<Row, 'plan'> & { readonly plan: StepPlan } {
  const plan = wholePlan(row.plan)
  return { ...row, plan, writes: row.writes ?? (row.disposition === 'created' ? writesOfCreation(plan) : null) }
}

/** Null: an account was created exactly as planned. */
export function keptWrites(disposition: Disposition, writes: Writes, plan: StepPlan | undefined): Writes | null {
  return disposition === 'created' && plan !== undefined && isAsPlanned(writes, plan) ? null : writes
}

/** What the plan says of a new account: each attribute that has a value, each group, each secret. */
function writesOfCreation({ attributes, memberships, secrets }: StepPlan): Writes {
  return {
    attributes: Object.entries(attributes).flatMap(([attribute, { values, multivalued }]): AttributeWrite[] =>
      values.length === 0 ? [] : [{ attribute, before: [], after: values, multivalued }],
    ),
    enabled: { before: false, after: true },
    memberships: { add: memberships.add, remove: [] },
    secrets: Object.keys(secrets),
  }
}

/** Whether `writesOfCreation` would say the same, without asking it: every step of a newcomer comes by here. */
function isAsPlanned({ attributes, enabled, memberships, secrets }: Writes, plan: StepPlan): boolean {
  return (
    enabled?.before === false &&
    enabled.after &&
    memberships.remove.length === 0 &&
    areSame(memberships.add, plan.memberships.add) &&
    areSame(secrets, Object.keys(plan.secrets)) &&
    areAttributesAsPlanned(attributes, plan.attributes)
  )
}

function areAttributesAsPlanned(writes: Writes['attributes'], planned: StepPlan['attributes']): boolean {
  let place = 0
  for (const name in planned) {
    const { values, multivalued } = planned[name] as DesiredAttribute
    if (values.length === 0) continue
    const write = writes[place++]
    const isSame = write?.attribute === name && write.multivalued === multivalued && write.before.length === 0
    if (!isSame || !areSame(write.after, values)) return false
  }
  return place === writes.length
}

/** In the same order: what people are shown must not depend on whether it was kept. */
function areSame(left: Account['attributes'][string], right: Account['attributes'][string]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index])
}
