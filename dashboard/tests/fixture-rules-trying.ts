/** What the fixture's texts are worth: read, tried and previewed by the rules' own code. */
import { GatewayError } from '../../core/errors.ts'
import { toProblem } from '../../core/problem.ts'
import { parseCases, parseRuleSet, runCases, RuleSetError, type RuleEngine, type RuleSet } from '../../rules/index.ts'
import type { RuleCheck, RulePreview, RuleProblemView, TestReport } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'

export function readRules(text: string): RuleSet | null {
  try {
    return parseRuleSet(text, { file: 'rules' })
  } catch (error) {
    if (error instanceof RuleSetError) return null
    throw error
  }
}

function problemsOf(document: RuleProblemView['document'], read: () => unknown): RuleProblemView[] {
  try {
    read()
    return []
  } catch (error) {
    if (!(error instanceof RuleSetError)) throw error
    return error.problems.map(({ at: _at, ...found }) => ({
      ...found,
      document,
      hint: found.hint ?? null,
      advice: found.advice ?? null,
    }))
  }
}

export async function checkOf(engine: RuleEngine, text: string, cases: string | null): Promise<RuleCheck> {
  const problems = [
    ...problemsOf('rules', () => parseRuleSet(text, { file: 'rules' })),
    ...(cases === null ? [] : problemsOf('cases', () => parseCases(cases, { file: 'cases' }))),
  ]
  const ruleSet = readRules(text)
  if (ruleSet === null || problems.length > 0) return { problems, tests: null }
  if (cases === null) return { problems, tests: { cases: 0, red: 0, results: [] } }
  const results = await runCases(engine, ruleSet, parseCases(cases, { file: 'cases' }))
  const report: TestReport = {
    cases: results.length,
    red: results.filter(({ differences }) => differences.length > 0).length,
    results: results.map(({ at, differences, ...result }) => ({
      ...result,
      line: Number(at.split(':').at(-2)),
      differences: differences.map((one) => ({ expectedPhrase: null, foundPhrase: null, ...one })),
    })),
  }
  return { problems, tests: report }
}

/** A person of the fixture, however they are named, is always the same one. */
export async function preview(engine: RuleEngine, body: Record<string, never>): Promise<Response> {
  const { text = '', given = {} } = body as { text?: string; given?: Record<string, unknown> }
  if (given['externalId'] === 'personne') return problem(404, 'missing')
  const attributes = { givenName: 'Amélie', familyName: 'Durand', personalNumber: 'P10454', organizationalUnit: 'Recherche' }
  const known = given['attributes'] === undefined ? { attributes } : given
  const cases = JSON.stringify({ cases: [{ name: 'preview', given: known, expect: {} }] })
  try {
    const ruleSet = parseRuleSet(text, { file: 'rules' })
    const [one] = parseCases(cases, { file: 'preview' })
    if (one === undefined) return problem(422, 'unprocessable')
    const { taken, memberships: previousMemberships, ...input } = one.given
    const unique = {
      reserve: async (_names: readonly string[], candidates: readonly string[]) =>
        candidates.find((value) => !taken.includes(value)) ?? null,
    }
    const plan = await engine.plan({ ...ruleSet, version: 1 }, { ...input, previousMemberships }, unique)
    return json({ plan, problem: null, values: valuesOf(ruleSet, plan) } satisfies RulePreview)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return json({ plan: null, problem: toProblem(error), values: [] } satisfies RulePreview)
  }
}

function valuesOf(ruleSet: RuleSet, plan: NonNullable<RulePreview['plan']>): RulePreview['values'] {
  return ruleSet.identity.map(({ name, value }) => {
    const path = `identity.${name}`
    const values = [...(plan.identity[name] ?? [])]
    return {
      path,
      target: null,
      attribute: name,
      value: values,
      expression: value,
      at: ruleSet.positions[path] ?? null,
      inputs: [],
      parts: [],
      tried: [],
    }
  })
}
