/**
 * From the text that people write to a rule set that the planner can trust. Everything that can be known before an identity
 * comes is checked here, and every problem says where it stands and what was probably meant.
 */
import { inspectExpression, type Inspection } from './expressions.ts'
import { didYouMean, nearOrKnown } from './hints.ts'
import { computingOrder } from './order.ts'
import { documentPhrases } from './phrases/document.ts'
import { expressionPhrases } from './phrases/expression.ts'
import type { Places } from './places.ts'
import type { RuleProblemKind, Told } from './problems.ts'
import { readAs, type Report } from './reading.ts'
import { toApprovalRules } from './approval-policy.ts'
import { lifecycleProblems } from './lifecycle.ts'
import { safetyProblems, toThresholds } from './safety.ts'
import { createSurroundingsCheck, type Surroundings } from './surroundings.ts'
import { knownKeys, listExpressions, RuleSetDocument, toTargetRules, type RuleSet } from './schema.ts'

const mostExpressions = 2_000

/**
 * Reads a rule set from YAML or JSON text. `file` is only how messages call the text.
 * Throws RuleSetError (`unprocessable`) with all the problems found.
 */
export function parseRuleSet(text: string, { file, ...surroundings }: { readonly file: string } & Surroundings): RuleSet {
  const { document, places, report } = readAs(RuleSetDocument, text, { file, knownKeys })
  return checkRuleSet(document, places, report, surroundings)
}

function checkRuleSet(document: RuleSetDocument, places: Places, report: Report, surroundings: Surroundings): RuleSet {
  const check = createSurroundingsCheck(document, surroundings, places, report)
  const listed = listExpressions(document)
  if (listed.length > mostExpressions)
    report.stop('schema', { line: 1, column: 1 }, documentPhrases.tooManyExpressions({ most: String(mostExpressions) }))
  const computed = Object.keys(document.identity ?? {})
  const needs = new Map<string, readonly string[]>()
  const positions: Record<string, string> = {}
  for (const { path, expression } of listed) {
    const inspection = inspectExpression(expression)
    positions[positionOf(path)] = report.at(places.ofValue(path))
    reportExpression(inspection, path, computed, places, report)
    check.expression(inspection, path)
    if (path[0] === 'identity')
      needs.set(
        String(path[1]),
        inspection.identity.flatMap(({ name }) => name ?? []),
      )
  }
  check.targets()
  const { order, cycles } = computingOrder(computed, needs)
  for (const cycle of cycles) {
    const path = ['identity', String(cycle[0])]
    const phrase = documentPhrases.cycle({ names: [...cycle, cycle[0]].join(' → ') })
    report.add('cycle', places.ofKey(path), path, { phrase })
  }
  reportLeaving(document, places, report)
  report.throwIfAny()
  const targets = Object.fromEntries(Object.entries(document.targets).map(([name, target]) => [name, toTargetRules(target)]))
  return {
    name: document.name,
    ...(document.version === undefined ? {} : { version: document.version }),
    ...(document.description === undefined ? {} : { description: document.description }),
    identity: order.map((name) => ({ name, value: document.identity?.[name] ?? '' })),
    targets,
    ...(document.subject === undefined ? {} : { subject: document.subject }),
    ...(document.approvals === undefined ? {} : { approvals: toApprovalRules(document.approvals) }),
    ...(document.safety === undefined ? {} : { safety: toThresholds(document.safety, Object.keys(targets)) }),
    positions,
  }
}

/** An attribute's value is known by the attribute's path, however long its form is. */
function positionOf(path: readonly string[]): string {
  return (path[0] === 'targets' ? path.slice(0, path[2] === 'lifecycle' ? 6 : 4) : path).join('.')
}

/** What rules say of leavers must let them come back, and count what there is. */
function reportLeaving(document: RuleSetDocument, places: Places, report: Report): void {
  for (const [target, entry] of Object.entries(document.targets)) {
    const { lifecycle, attributes } = toTargetRules(entry)
    for (const { path, ...told } of lifecycle === undefined ? [] : lifecycleProblems(lifecycle, attributes)) {
      const at = ['targets', target, 'lifecycle', ...path]
      report.add('schema', places.ofKey(at), at, told)
    }
  }
  const targets = Object.keys(document.targets)
  for (const { path, phrase, unknown } of safetyProblems(document.safety ?? [], targets)) {
    const advice = unknown === undefined ? undefined : nearOrKnown(unknown, targets)
    report.add('schema', places.ofValue(path), path, { phrase, advice })
  }
}

function reportExpression(
  inspection: Inspection,
  path: readonly string[],
  computed: readonly string[],
  places: Places,
  report: Report,
): void {
  const put = (kind: RuleProblemKind, offset: number, told: Told) =>
    report.add(kind, places.ofCharacter(path, offset), path, told)
  for (const { kind, offset, ...told } of inspection.problems) put(kind, offset, told)
  for (const { name, offset } of inspection.identity) {
    if (name === null && path[0] === 'identity') {
      put('reference', offset, { phrase: expressionPhrases.unnamedNeed, advice: expressionPhrases.nameNeed })
    } else if (name !== null && !computed.includes(name)) {
      put('reference', offset, { phrase: expressionPhrases.noComputed({ name }), advice: didYouMean(name, computed) })
    }
  }
  if (inspection.functions.has('unique') && path[0] !== 'identity')
    put('forbidden', 0, { phrase: expressionPhrases.uniqueElsewhere, advice: expressionPhrases.moveToIdentity })
}
