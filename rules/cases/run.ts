/** Runs the tests of a rule set: each case is planned as a request of it would be, and nothing is reserved, written or called. */
import { isGatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { Plan, StepPlan } from '#core/plan.ts'
import type { Values } from '#core/values.ts'
import type { RuleEngine, UniqueReservations, UniqueTrials } from '../engine.ts'
import type { LookupTables } from '../lookups/table.ts'
import { casePhrases } from '../phrases/run.ts'
import type { RuleSet } from '../schema.ts'
import type { ExpectedStep, Expectation, RuleCase } from './document.ts'

/** Something is not as the case says. Values are shown: they are the case's own, nobody's. */
export interface Difference {
  /** Such as `targets.directory.attributes.mail`. */
  readonly path: string
  readonly expected: string
  readonly found: string
  /** The same in both languages where it is no value. */
  readonly expectedPhrase?: Phrase
  readonly foundPhrase?: Phrase
}

export interface CaseResult {
  readonly name: string
  readonly at: string
  /** Empty: the case is green. */
  readonly differences: readonly Difference[]
  readonly milliseconds: number
}

/** The results in the order of the cases; `lookups` are the tables that are stored, for cases that bring none. Throws only what is no fault of the rules, such as `unavailable`. */
export async function runCases(
  engine: Pick<RuleEngine, 'plan'>,
  ruleSet: RuleSet,
  cases: readonly RuleCase[],
  { lookups = {} }: { readonly lookups?: LookupTables } = {},
): Promise<readonly CaseResult[]> {
  const versioned = { ...ruleSet, version: ruleSet.version ?? 1 }
  return Promise.all(
    cases.map(async ({ name, at, given, expect }) => {
      const { memberships: previousMemberships, taken, ...own } = given
      const input = { ...own, lookups: { ...lookups, ...own.lookups } }
      const begun = performance.now()
      const outcome = await engine.plan(versioned, { ...input, previousMemberships }, othersHold(taken)).catch(toRefusal)
      return { name, at, differences: compare(expect, outcome), milliseconds: performance.now() - begun }
    }),
  )
}

/** What the rules refused to plan, in words. */
interface Refusal {
  readonly refusal: Shown
}

const isRefusal = (outcome: Plan | Refusal): outcome is Refusal => 'refusal' in outcome

function toRefusal(error: unknown): Refusal {
  if (isGatewayError(error) && (error.code === 'rule_failed' || error.code === 'rule_timeout'))
    return { refusal: error.phrase ?? error.message }
  throw error
}

/** Names of which others hold these, and nobody else any. */
export function othersHold(taken: readonly string[]): UniqueReservations & UniqueTrials {
  const held = new Set(taken.map((value) => value.toLowerCase()))
  const isHeld = (candidate: string) => held.has(candidate.toLowerCase())
  const given = (candidates: readonly string[]) => candidates.find((candidate) => !isHeld(candidate)) ?? null
  return {
    reserve: async (_namespaces, candidates) => given(candidates),
    look: async (_namespaces, candidates) => ({ given: given(candidates), held: new Set(candidates.filter(isHeld)) }),
  }
}

function compare(expect: Expectation, outcome: Plan | Refusal): readonly Difference[] {
  if (isRefusal(outcome)) {
    if (expect.error !== null && wordsOf(outcome.refusal).includes(expect.error)) return []
    return differ('error', expect.error ?? casePhrases.none, outcome.refusal)
  }
  if (expect.error !== null) return differ('error', expect.error, casePhrases.none)
  const steps = new Map(outcome.steps.map((step) => [step.target, step]))
  return [
    ...Object.entries(expect.identity).flatMap(([name, values]) =>
      differ(`identity.${name}`, shown(values), shown(outcome.identity[name] ?? [])),
    ),
    ...Object.entries(expect.targets).flatMap(([target, step]) => compareStep(`targets.${target}`, step, steps.get(target))),
    ...compareSets('approvals', expect.approvals, outcome.approvals?.map(({ name }) => name) ?? []),
  ]
}

function compareStep(path: string, expected: ExpectedStep | null, found: StepPlan | undefined): readonly Difference[] {
  if (expected === null || found === undefined)
    return differ(
      path,
      expected === null ? casePhrases.nothing : (expected.operation ?? casePhrases.step),
      found?.operation ?? casePhrases.nothing,
    )
  return [
    ...(expected.operation === null ? [] : differ(`${path}.operation`, expected.operation, found.operation)),
    ...Object.entries(expected.attributes).flatMap(([name, values]) =>
      differ(`${path}.attributes.${name}`, shown(values), shown(found.attributes[name]?.values ?? [])),
    ),
    ...compareSets(`${path}.join`, expected.join, found.memberships.add),
    ...compareSets(`${path}.leave`, expected.leave, found.memberships.remove),
    ...compareSets(`${path}.secrets`, expected.secrets, Object.keys(found.secrets)),
  ]
}

function compareSets(path: string, expected: readonly string[] | null, found: readonly string[]): readonly Difference[] {
  return expected === null ? [] : differ(path, shown(expected.toSorted()), shown(found.toSorted()))
}

/** A value as JSON, or a sentence about there being none. */
type Shown = string | Phrase

const wordsOf = (shown: Shown) => (typeof shown === 'string' ? shown : shown.en)

function differ(path: string, expected: Shown, found: Shown): readonly Difference[] {
  if (wordsOf(expected) === wordsOf(found)) return []
  return [
    {
      path,
      expected: wordsOf(expected),
      found: wordsOf(found),
      ...(typeof expected === 'object' && { expectedPhrase: expected }),
      ...(typeof found === 'object' && { foundPhrase: found }),
    },
  ]
}

/** As JSON, so that the number 1 and the text "1" differ; one value stands for itself. */
function shown(values: Values): Shown {
  if (values.length === 0) return casePhrases.noValue
  return JSON.stringify(values.length === 1 ? values[0] : values)
}
