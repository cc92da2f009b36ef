/**
 * Who must agree before a plan is carried out. The rules are asked once the plan is made, because they speak of it; what they answer becomes
 * a part of the plan and of its hash, so that nobody can take the question away without changing what was accepted.
 */
import { planHash, type ApprovalNeed, type Plan } from '#core/plan.ts'
import { GatewayError } from '#core/errors.ts'
import { toLookups, type PlanInput } from './planner.ts'
import { createProgram, type Job, type Program, type Slot } from './program.ts'
import type { ApprovalRule, RuleSet } from './schema.ts'
import { toNatural, toRoot } from './values.ts'

export function approvalPath(index: number): string {
  return `approvals.${index}.when`
}

/** The computed attributes are read from the plan, so that nothing is computed, or reserved, a second time. */
export function toApprovalProgram(ruleSet: RuleSet): Program {
  const computed = ruleSet.identity.map(({ name }): Slot => ({
    path: `identity.${name}`,
    at: null,
    expression: `plan.identity.\`${name}\``,
    store: name,
  }))
  const questions = approvalsOf(ruleSet).map(({ when }, index): Slot => {
    const path = approvalPath(index)
    return { path, at: ruleSet.positions[path] ?? null, expression: when, store: null }
  })
  return createProgram([...computed, ...questions], Object.keys(ruleSet.targets).toSorted())
}

/** Null when there is nothing to ask: the rule set has no approvals, or the plan does nothing. */
export function toApprovalJob(ruleSet: RuleSet, program: Program, input: PlanInput, plan: Plan): Job | null {
  if (approvalsOf(ruleSet).length === 0 || plan.steps.length === 0) return null
  const slots = program.slots.map((_, number) => number)
  return {
    root: { ...toRoot(input.attributes, input.secrets, input), plan: toReadable(plan, input) },
    slots,
    guards: slots.map(() => -1),
  }
}

/** The plan with what its approvals ask; the same plan when they ask nothing. Throws `rule_failed` when an answer is neither true nor false. */
export function withApprovals(ruleSet: RuleSet, plan: Plan, results: readonly unknown[], job: Pick<Job, 'tables'> = {}): Plan {
  const answers = results.slice(ruleSet.identity.length)
  const approvals = approvalsOf(ruleSet).flatMap((rule, index) => (isAsked(ruleSet, answers[index], index) ? [toNeed(rule)] : []))
  const lookups = { ...plan.lookups, ...toLookups(job).lookups }
  if (approvals.length === 0 && Object.keys(lookups).length === Object.keys(plan.lookups ?? {}).length) return plan
  const { hash: _, ...rest } = plan
  const essence = {
    ...rest,
    ...(Object.keys(lookups).length > 0 && { lookups }),
    ...(approvals.length > 0 && { approvals }),
  }
  return { ...essence, hash: planHash(essence) }
}

function isAsked(ruleSet: RuleSet, answer: unknown, index: number): boolean {
  if (answer === undefined || answer === null) return false
  if (typeof answer === 'boolean') return answer
  const at = ruleSet.positions[approvalPath(index)]
  const kind = Array.isArray(answer) ? 'a list' : `a ${typeof answer}`
  throw new GatewayError(
    'rule_failed',
    `${approvalPath(index)}: a condition must be true or false, found ${kind}`,
    at === undefined ? {} : { at },
  )
}

function toNeed({ name, role, quorum, expiresSeconds }: ApprovalRule): ApprovalNeed {
  return { name, role, quorum, expiresSeconds }
}

function approvalsOf(ruleSet: RuleSet): readonly ApprovalRule[] {
  return ruleSet.approvals ?? []
}

/** The plan as expressions read it: values in natural form, secrets by name. */
function toReadable(plan: Plan, { kind }: PlanInput): Readonly<Record<string, unknown>> {
  const natural = (attributes: Plan['identity']) =>
    Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, toNatural(values)]))
  return {
    kind,
    identity: natural(plan.identity),
    steps: plan.steps.map(({ target, operation, attributes, memberships, secrets, onFailure, phase }) => ({
      target,
      operation,
      onFailure,
      phase: phase ?? 'main',
      attributes: Object.fromEntries(Object.entries(attributes).map(([name, { values }]) => [name, toNatural(values)])),
      memberships: { add: [...memberships.add], remove: [...memberships.remove] },
      secrets: Object.keys(secrets),
    })),
  }
}
