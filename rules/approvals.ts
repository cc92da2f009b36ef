/**
 * Who must agree before a plan is carried out. The rules are asked once the plan is made, because they speak of it; what they answer becomes
 * a part of the plan and of its hash, so that nobody can take the question away without changing what was accepted.
 */
import { planHash, type ApprovalNeed, type Approvers, type Escalation, type Plan } from '#core/plan.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ApprovalRule, ApproversRule, StageRule } from './approval-policy.ts'
import { inPlace } from './phrases/place.ts'
import { runPhrases } from './phrases/run.ts'
import { toLookups, type PlanInput } from './planner.ts'
import { createProgram, type Job, type Program, type Slot } from './program.ts'
import type { RuleSet } from './schema.ts'
import { toNatural, toRoot, toValues, UnfitResult } from './values.ts'

const subjectPath = 'subject'

function whenPath(index: number): string {
  return `approvals.${index}.when`
}

const peoplePath = ({ path }: StageRule) => `${path}.people`
const escalationPath = ({ path }: StageRule) => `${path}.escalate.to.people`

/** The computed attributes are read from the plan, so that nothing is computed, or reserved, a second time. */
export function toApprovalProgram(ruleSet: RuleSet): Program {
  const computed = ruleSet.identity.map(({ name }): Slot => ({
    path: `identity.${name}`,
    at: null,
    expression: `plan.identity.\`${name}\``,
    store: name,
  }))
  const questions = listQuestions(ruleSet).map(([path, expression]): Slot => ({
    path,
    at: ruleSet.positions[path] ?? null,
    expression,
    store: null,
  }))
  return createProgram([...computed, ...questions], Object.keys(ruleSet.targets).toSorted())
}

/** Everything to be asked, by its path: whom the request is about, and per policy whether, and then whom, to ask. */
function listQuestions(ruleSet: RuleSet): readonly (readonly [path: string, expression: string])[] {
  const about = ruleSet.subject === undefined ? [] : [[subjectPath, ruleSet.subject] as const]
  const ofPolicies = policiesOf(ruleSet).flatMap(({ when, stages }, index) => [
    [whenPath(index), when] as const,
    ...stages.flatMap((stage) => {
      const { people, escalation } = stage
      const later = escalation === null || escalation.to === 'refuse' ? [] : escalation.to.people
      return [
        ...(typeof people === 'string' ? [[peoplePath(stage), people] as const] : []),
        ...(typeof later === 'string' ? [[escalationPath(stage), later] as const] : []),
      ]
    }),
  ])
  return [...about, ...ofPolicies]
}

/** Null when there is nothing to ask: the rule set has no approvals, or the plan does nothing. */
export function toApprovalJob(ruleSet: RuleSet, program: Program, input: PlanInput, plan: Plan): Job | null {
  if (policiesOf(ruleSet).length === 0 || plan.steps.length === 0) return null
  return {
    root: { ...toRoot(input.attributes, input.secrets, input), plan: toReadable(plan, input) },
    slots: program.slots.map((_, number) => number),
    // Whom to ask is found out only where somebody has to be asked.
    guards: program.slots.map(({ path }) => {
      const when = /^approvals\.\d+/.exec(path)?.[0]
      return when === undefined || path === `${when}.when` ? -1 : (program.numbers.get(`${when}.when`) ?? -1)
    }),
  }
}

/** The plan with what its approvals ask; the same plan when they ask nothing. Throws `rule_failed` when an answer is not what its place asks for. */
export function withApprovals(
  ruleSet: RuleSet,
  program: Program,
  plan: Plan,
  results: readonly unknown[],
  job: Pick<Job, 'tables'> = {},
): Plan {
  const answers: Answers = {
    ruleSet,
    of: (path) => results[program.numbers.get(path) ?? -1],
  }
  const subject = namesIn(answers, subjectPath)
  const approvals = policiesOf(ruleSet).flatMap((policy, index) =>
    isAsked(answers, index) ? policy.stages.map((stage, number) => toNeed(policy, stage, number, subject, answers)) : [],
  )
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

interface Answers {
  readonly ruleSet: RuleSet
  of(path: string): unknown
}

function isAsked(answers: Answers, index: number): boolean {
  const answer = answers.of(whenPath(index))
  if (answer === undefined || answer === null) return false
  if (typeof answer === 'boolean') return answer
  const found = Array.isArray(answer) ? 'list' : typeof answer
  throw failure(answers, whenPath(index), runPhrases.condition({ found }))
}

const mostPeople = 50

/** The names that an expression gave. */
function namesIn(answers: Answers, path: string): readonly string[] {
  try {
    const names = toValues(answers.of(path)).map((name) => String(name).trim())
    if (names.length <= mostPeople) return names.filter((name) => name !== '')
  } catch (error) {
    throw error instanceof UnfitResult ? failure(answers, path, error.phrase) : error
  }
  throw failure(answers, path, runPhrases.manyPeople({ most: String(mostPeople) }))
}

function failure({ ruleSet }: Answers, path: string, phrase: Phrase): GatewayError {
  const at = ruleSet.positions[path]
  return new GatewayError('rule_failed', inPlace(phrase, path), at === undefined ? {} : { at })
}

/** What is as by default is left out, so that a plan that asks in the simplest way has the hash that it always had. */
function toNeed(
  { name, fourEyes, onDrift, stages }: ApprovalRule,
  stage: StageRule,
  number: number,
  subject: readonly string[],
  answers: Answers,
): ApprovalNeed {
  const { roles, people } = toApprovers(stage, peoplePath(stage), answers)
  const [role = 'admin', ...further] = roles
  const { quorum, expiresSeconds, remindSeconds } = stage
  const escalation = toEscalation(stage, answers)
  return {
    name,
    role,
    ...(further.length > 0 && { roles: further }),
    ...(people.length > 0 && { people }),
    quorum,
    expiresSeconds,
    ...(stages.length > 1 && { stage: number + 1, stages: stages.length }),
    ...(escalation !== null && { escalation }),
    ...(remindSeconds !== null && { remindSeconds }),
    ...(fourEyes !== null && { fourEyes }),
    ...(subject.length > 0 && { subject }),
    ...(onDrift !== null && { onDrift }),
  }
}

function toApprovers({ roles, people }: ApproversRule, path: string, answers: Answers): Approvers {
  return { roles, people: typeof people === 'string' ? namesIn(answers, path) : people }
}

function toEscalation(stage: StageRule, answers: Answers): Escalation | null {
  if (stage.escalation === null) return null
  const { afterSeconds, to } = stage.escalation
  return { afterSeconds, to: to === 'refuse' ? to : toApprovers(to, escalationPath(stage), answers) }
}

function policiesOf(ruleSet: RuleSet): readonly ApprovalRule[] {
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
