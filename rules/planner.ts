/**
 * Decides what to ask the rules for a request, and what their answers mean for each target. Pure: the same rule set, input and
 * answers always give the same plan, and so the same hash.
 */
import {
  planHash,
  type DesiredAttribute,
  type FailurePolicy,
  type Operation,
  type Plan,
  type RequestKind,
  type StepPlan,
} from '#core/plan.ts'
import { isForwardOnly } from '#core/saga/decisions.ts'
import type { Attributes, Values } from '#core/values.ts'
import { createAnswers, type Answers } from './answers.ts'
import type { LookupTables } from './lookups/table.ts'
import { isBlind } from './invented-names.ts'
import { deletionOf, movePath, whileAway, withLeaving } from './lifecycle.ts'
import { isGenerated } from './password-policy.ts'
import { runPhrases } from './phrases/run.ts'
import { attributePath, correlatePath, membershipsPath, unless, whenPath, type Job, type Program } from './program.ts'
import type { AttributeRule, RuleSet, TargetRules } from './schema.ts'
import { toRoot } from './values.ts'

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
  /** The identity is disabled: until it is enabled, nothing opens a new account for it. */
  readonly disabled?: boolean
  /** Groups that the identity's last plan gave it, by target; those not wanted any more are taken away. */
  readonly previousMemberships?: Readonly<Record<string, readonly string[]>>
  /** Targets whose account the gateway switched off because the rules did not want it: it is enabled when they want it again. */
  readonly switchedOff?: readonly string[]
  /** A deletion of the accounts in these targets only: their grace is over. */
  readonly scope?: readonly string[]
  /** What the targets cannot undo, by target: it is done when everything else is. */
  readonly cannotUndo?: Readonly<Record<string, readonly Operation[]>>
  /** The lookup tables that there are, by name. */
  readonly lookups?: LookupTables
  /** The targets' own failure policies, for those of which the rule set says nothing; required where neither does. */
  readonly policies?: Readonly<Record<string, FailurePolicy>>
}

/** Which parts of a target's rules a kind of request needs. */
interface Needs {
  readonly when: boolean
  readonly correlate: boolean
  readonly attributes: 'all' | 'secret' | 'none'
  readonly memberships: boolean
}

/**
 * A deletion needs no rule at all: it finds its account by the link that was made when the account was, and a leaver must be deletable
 * whatever became of the rules and of the identity's attributes since.
 */
const needsByKind: Readonly<Record<RequestKind, Needs>> = {
  create: { when: true, correlate: true, attributes: 'all', memberships: true },
  update: { when: true, correlate: true, attributes: 'all', memberships: true },
  // Who comes back gets the roles of today, not those of the day of leaving.
  enable: { when: true, correlate: true, attributes: 'all', memberships: true },
  disable: { when: false, correlate: true, attributes: 'none', memberships: false },
  delete: { when: false, correlate: false, attributes: 'none', memberships: false },
  password: { when: false, correlate: true, attributes: 'secret', memberships: false },
  membership: { when: true, correlate: true, attributes: 'none', memberships: true },
}

/** The expressions that this request needs, in an order in which they can be computed. */
export function toJob(ruleSet: RuleSet, program: Program, input: PlanInput): Job {
  const { numbers } = program
  const slots: number[] = []
  const guards: number[] = []
  const ask = (path: string, guard: number) => {
    const number = numbers.get(path)
    if (number === undefined) return
    slots.push(number)
    guards.push(guard)
  }
  const needs = needsByKind[input.kind]
  const concerned = Object.entries(ruleSet.targets).filter(([target, rules]) => concerns(target, rules, input))
  // Where no target is concerned nothing is computed either, so that no name is reserved for somebody nobody knows.
  const computes = needs.correlate || concerned.some(([target, rules]) => movesAt(target, rules, input).length > 0)
  if (computes && concerned.length > 0) for (const { name } of ruleSet.identity) ask(`identity.${name}`, -1)
  for (const [target, rules] of concerned) {
    const guard = needs.when ? (numbers.get(whenPath(target)) ?? -1) : -1
    if (needs.when) ask(whenPath(target), -1)
    // An account that `when` does not want any more is disabled, and has to be found for that.
    const findAlways = input.accounts.includes(target)
    if (needs.correlate)
      for (const name of Object.keys(rules.correlate)) ask(correlatePath(target, name), findAlways ? -1 : guard)
    for (const [name, rule] of Object.entries(rules.attributes)) {
      if (needs.attributes === 'all' || (needs.attributes === 'secret' && rule.secret)) ask(attributePath(target, name), guard)
    }
    if (needs.memberships) ask(membershipsPath(target), guard)
    for (const name of movesAt(target, rules, input)) ask(movePath(target, name), guard === -1 ? -1 : unless(guard))
  }
  return { root: toRoot(input.attributes, input.secrets, input), slots, guards }
}

/** What is written when the account is disabled, if this request may do so: it says so, or the rules may not want the account any more. */
function movesAt(target: string, { when, lifecycle }: TargetRules, { kind, accounts, scope }: PlanInput): readonly string[] {
  if (lifecycle === undefined || !accounts.includes(target)) return []
  const disables =
    kind === 'disable' ||
    (kind === 'delete' && deletionOf(lifecycle, scope !== undefined) === 'disable') ||
    ((kind === 'create' || kind === 'update') && when !== null)
  return disables ? Object.keys(lifecycle.move) : []
}

/** Creations, returns, and updates of who is not disabled reach targets where the identity has no account. */
function concerns(target: string, rules: TargetRules, { kind, accounts, scope, disabled = false }: PlanInput): boolean {
  if (scope !== undefined && !scope.includes(target)) return false
  if (kind === 'create' || kind === 'enable' || (kind === 'update' && !disabled)) return true
  if (!accounts.includes(target)) return false
  if (kind === 'password') return Object.values(rules.attributes).some((rule) => rule.secret)
  return kind !== 'membership' || rules.memberships !== null
}

/**
 * Turns the sandbox's answers into the plan. Throws `rule_failed`, naming target, attribute and position, when an answer cannot be what
 * its place asks for.
 */
export function toPlan(
  ruleSet: RuleSet & { readonly version: number },
  program: Program,
  input: PlanInput,
  job: Job,
  results: readonly unknown[],
): Plan {
  const answers = createAnswers(program, job, results)
  const identity: Record<string, Values> = {}
  for (const { name } of ruleSet.identity) {
    const values = answers.values(`identity.${name}`)
    if (values.length > 0) identity[name] = values
  }
  const steps: StepPlan[] = []
  for (const [target, rules] of Object.entries(ruleSet.targets)) {
    const step = concerns(target, rules, input) ? toStep(target, rules, input, answers) : null
    if (step !== null) steps.push(inPhase(withStrangers(step, program, job), input))
  }
  steps.push(...stepsWithoutRules(ruleSet, input))
  steps.sort((left, right) => (left.target < right.target ? -1 : 1))
  const essence = { ruleSet: { name: ruleSet.name, version: ruleSet.version }, identity, steps, ...toLookups(job) }
  return { ...essence, hash: planHash(essence) }
}

/** The versions of the tables that were there to be read; a plan that reads none says nothing of them. */
export function toLookups({ tables = {} }: Pick<Job, 'tables'>): Pick<Plan, 'lookups'> {
  const versions = Object.entries(tables).map(([name, { version }]) => [name, version] as const)
  return versions.length === 0 ? {} : { lookups: Object.fromEntries(versions) }
}

/** Where nothing but a made-up name finds an account, one that a creation finds is somebody else's. */
function withStrangers(step: StepPlan, { invented }: Program, { madeUp = new Set() }: Job): StepPlan {
  const isStrangers = step.operation === 'create' && invented !== undefined && isBlind(invented, step.target, madeUp)
  return isStrangers ? { ...step, adopts: false } : step
}

/**
 * What cannot be undone waits for everything else. Leavers go forward only, so that nothing of theirs is ever undone: waiting would only let
 * one target that is down keep the doors of the others open.
 */
function inPhase(step: StepPlan, { kind, cannotUndo }: PlanInput): StepPlan {
  if (isForwardOnly(kind)) return step
  const final = cannotUndo?.[step.target] ?? []
  // The creation's own password goes when the account does.
  const setsPassword = step.operation !== 'create' && Object.keys(step.secrets).length > 0
  return final.includes(step.operation) || (setsPassword && final.includes('password')) ? { ...step, phase: 'last' } : step
}

/** Accounts in targets that the rules do not know any more still belong to the leaver. */
function stepsWithoutRules(ruleSet: RuleSet, input: PlanInput): StepPlan[] {
  const { kind } = input
  if (kind !== 'disable' && kind !== 'delete') return []
  const concerned = input.accounts.filter((target) => input.scope?.includes(target) !== false)
  const orphans = [...new Set(concerned)].filter((target) => !Object.hasOwn(ruleSet.targets, target))
  return orphans.map((target) => emptyStep(target, kind, policyOf(target, input)))
}

function policyOf(target: string, { policies }: PlanInput): FailurePolicy {
  return policies?.[target] ?? 'required'
}

function emptyStep(target: string, operation: Operation, onFailure: StepPlan['onFailure']): StepPlan {
  return { target, operation, correlate: {}, attributes: {}, memberships: { add: [], remove: [] }, secrets: {}, onFailure }
}

function toStep(target: string, rules: TargetRules, input: PlanInput, answers: Answers): StepPlan | null {
  const { kind } = input
  const needs = needsByKind[kind]
  const hasAccount = input.accounts.includes(target)
  const wanted = !needs.when || rules.when === null || answers.condition(whenPath(target))
  if (!wanted && (!hasAccount || kind === 'enable' || kind === 'membership')) return null
  const isBack = hasAccount && input.disabled !== true && input.switchedOff?.includes(target) === true
  const wish = wanted ? operationFor(kind, hasAccount, isBack) : 'disable'
  const operation = wish === 'delete' ? deletionOf(rules.lifecycle, input.scope !== undefined) : wish
  const step = {
    ...emptyStep(target, operation, rules.onFailure ?? policyOf(target, input)),
    correlate: needs.correlate ? toCorrelate(target, rules, answers) : {},
  }
  if (operation === 'disable')
    return withLeaving(step, rules.lifecycle, input.previousMemberships?.[target] ?? [], (name) =>
      answers.values(movePath(target, name)),
    )
  const { attributes, secrets } =
    needs.attributes === 'none' ? { attributes: {}, secrets: {} } : toAttributes(target, rules, input, operation, answers)
  if (kind === 'password' && Object.keys(secrets).length === 0) return null
  const memberships = needs.memberships ? toMemberships(target, rules, input, answers) : step.memberships
  const whole = { ...step, attributes, secrets, memberships }
  const staysAway = hasAccount && input.disabled === true && (operation === 'update' || operation === 'membership')
  return staysAway ? whileAway(whole, rules.lifecycle) : whole
}

/** An account that we switched off is wanted again: it is brought back with all its attributes, whatever the identity was asked for. */
function operationFor(kind: RequestKind, hasAccount: boolean, isBack: boolean): Operation {
  if (!hasAccount) return 'create'
  if (isBack && (kind === 'create' || kind === 'update')) return 'enable'
  return kind === 'create' ? 'update' : kind
}

function toCorrelate(target: string, rules: TargetRules, answers: Answers): Attributes {
  const correlate: Record<string, Values> = {}
  for (const name of Object.keys(rules.correlate)) {
    const path = correlatePath(target, name)
    const values = answers.values(path)
    // Without a value the search would match any account, or a stranger's.
    if (values.length === 0) throw answers.failure(path, runPhrases.noCorrelation)
    correlate[name] = values
  }
  return correlate
}

interface StepAttributes {
  readonly attributes: Readonly<Record<string, DesiredAttribute>>
  readonly secrets: Readonly<Record<string, string>>
}

function toAttributes(
  target: string,
  rules: TargetRules,
  input: PlanInput,
  operation: Operation,
  answers: Answers,
): StepAttributes {
  const needs = needsByKind[input.kind]
  const attributes: Record<string, DesiredAttribute> = {}
  const secrets: Record<string, string> = {}
  for (const [name, rule] of Object.entries(rules.attributes)) {
    const path = attributePath(target, name)
    if (rule.secret) {
      const secret = answers.secret(path)
      if (secret !== null && isThere(secret, operation, input)) secrets[name] = secret
    } else if (needs.attributes === 'all') {
      const desired = toDesired(rule, answers.values(path))
      if (desired === 'refuse') throw answers.failure(path, runPhrases.noValue)
      if (desired !== null) attributes[name] = desired
    }
  }
  return { attributes, secrets }
}

/** A secret came with the request, or is made for it: where there is a password already, it is not made anew. */
function isThere(secret: string, operation: Operation, { secrets }: PlanInput): boolean {
  return isGenerated(secret) ? operation === 'create' || operation === 'password' : secrets.includes(secret)
}

function toDesired(rule: AttributeRule, values: Values): DesiredAttribute | 'refuse' | null {
  if (values.length === 0 && rule.onNull !== 'clear') return rule.onNull === 'error' ? 'refuse' : null
  return { values, strength: rule.strength, multivalued: rule.multivalued }
}

function toMemberships(target: string, rules: TargetRules, input: PlanInput, answers: Answers): StepPlan['memberships'] {
  if (rules.memberships === null) return { add: [], remove: [] }
  const add = [...new Set(answers.values(membershipsPath(target)).map(String))].toSorted()
  const previous = input.previousMemberships?.[target] ?? []
  return { add, remove: [...new Set(previous)].filter((group) => !add.includes(group)).toSorted() }
}
