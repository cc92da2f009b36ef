/** What is wrong with a rule set as somebody writes it, and what its tests come to. Nothing is stored, reserved or called. */
import type { Phrase } from '#core/phrase.ts'
import { didYouMean } from '#rules/hints.ts'
import {
  isRuleSetError,
  parseCases,
  parseRuleSet,
  runCases,
  type CaseResult,
  type LookupTables,
  type RuleProblem,
  type RuleSet,
} from '#rules/index.ts'
import { documentPhrases } from '#rules/phrases/document.ts'
import { inRow } from '#rules/phrases/words.ts'
import { placesOf } from '#rules/places.ts'
import type { RuleCheck, RuleProblemView, TestReport } from '../api/rule-types.ts'
import type { Workbench } from './workbench.ts'

export interface RuleDocuments {
  /** How the rule set is called here. */
  readonly name: string
  readonly text: string
  /** null: it has no tests. */
  readonly cases: string | null
}

export interface CheckDeps {
  readonly workbench: Pick<Workbench, 'engine'>
  /** The names of the configured targets. */
  readonly targets: () => readonly string[]
  /** The lookup tables in force. */
  readonly lookups: () => Promise<LookupTables>
}

/** `isTried: false`: its tests are read, and none is run. Throws only what is no fault of the documents, such as `unavailable`. */
export type Check = (documents: RuleDocuments, options?: { readonly isTried: boolean }) => Promise<RuleCheck>

export function createCheck({ workbench, targets, lookups }: CheckDeps): Check {
  return async function check({ name, text, cases }, { isTried } = { isTried: true }) {
    const tables = await lookups()
    const rules = attempt('rules', () => parseRuleSet(text, { file: `${name}.yaml`, lookups: Object.keys(tables) }))
    const tests = attempt('cases', () => (cases === null ? [] : parseCases(cases, { file: `${name}.cases.yaml` })))
    const misplaced = rules.value === null ? [] : placeProblems(rules.value, text, name, targets())
    const problems = [...rules.problems, ...misplaced, ...tests.problems]
    if (rules.value === null || tests.value === null) return { problems, tests: null }
    if (tests.value.length === 0 || !isTried) return { problems, tests: toTestReport([]) }
    return {
      problems,
      tests: toTestReport(await runCases(await workbench.engine(), rules.value, tests.value, { lookups: tables })),
    }
  }
}

interface Attempt<Value> {
  readonly value: Value | null
  readonly problems: readonly RuleProblemView[]
}

function attempt<Value>(document: RuleProblemView['document'], read: () => Value): Attempt<Value> {
  try {
    return { value: read(), problems: [] }
  } catch (error) {
    if (!isRuleSetError(error)) throw error
    return { value: null, problems: error.problems.map((problem) => toView(document, problem)) }
  }
}

function toView(document: RuleProblemView['document'], problem: RuleProblem): RuleProblemView {
  const { at: _, hint, advice, ...told } = problem
  return { document, ...told, hint: hint ?? null, advice: advice ?? null }
}

/** What is right in itself and wrong here: another rule set's document, and targets that nobody configured. */
function placeProblems(ruleSet: RuleSet, text: string, name: string, known: readonly string[]): readonly RuleProblemView[] {
  const places = placesOf(text)
  const problem = (path: readonly string[], phrase: Phrase, advice: Phrase | null): RuleProblemView => ({
    document: 'rules',
    kind: 'reference',
    message: phrase.en,
    hint: advice?.en ?? null,
    phrase,
    advice,
    ...places.ofKey(path),
    path: path.join('.'),
    rule: path[1] ?? null,
    attribute: null,
  })
  const strangers = Object.keys(ruleSet.targets).filter((target) => !known.includes(target))
  return [
    ...(ruleSet.name === name
      ? []
      : [
          problem(
            ['name'],
            documentPhrases.otherRuleSet({ found: ruleSet.name, expected: name }),
            documentPhrases.writeName({ name }),
          ),
        ]),
    ...strangers.map((target) =>
      problem(
        ['targets', target],
        documentPhrases.unconfiguredTarget,
        didYouMean(target, known) ?? (known.length === 0 ? null : documentPhrases.configured({ names: inRow(known) })),
      ),
    ),
  ]
}

function toTestReport(results: readonly CaseResult[]): TestReport {
  return {
    cases: results.length,
    red: results.filter(({ differences }) => differences.length > 0).length,
    results: results.map(({ name, at, differences, milliseconds }) => ({
      name,
      line: Number(at.split(':').at(-2)),
      differences: differences.map(toDifference),
      milliseconds: Math.round(milliseconds * 10) / 10,
    })),
  }
}

type DifferenceView = TestReport['results'][number]['differences'][number]
type Difference = CaseResult['differences'][number]

function toDifference({ path, expected, found, expectedPhrase, foundPhrase }: Difference | DifferenceView): DifferenceView {
  return { path, expected, found, expectedPhrase: expectedPhrase ?? null, foundPhrase: foundPhrase ?? null }
}

/** A report as any version of the gateway kept it: older ones kept no sentences. */
export function keptReport(report: TestReport): TestReport {
  return { ...report, results: report.results.map((one) => ({ ...one, differences: one.differences.map(toDifference) })) }
}
