/**
 * From the text that people write to a rule set that the planner can trust. Everything that can be known before an identity
 * comes is checked here, and every problem says where it stands and what was probably meant.
 */
import * as v from 'valibot'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { inspectExpression, type Inspection } from './expressions.ts'
import { didYouMean } from './hints.ts'
import { computingOrder } from './order.ts'
import { createPlaces, type Place, type Places } from './places.ts'
import { RuleSetError, type RuleProblem, type RuleProblemKind } from './problems.ts'
import { listExpressions, RuleSetDocument, toApprovalRules, toTargetRules, type RuleSet } from './schema.ts'
import { toSchemaProblems } from './schema-problems.ts'

const largestDocument = 1_000_000
const mostExpressions = 2_000
const reservedKeys: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads a rule set from YAML or JSON text. `file` is only how messages call the text.
 * Throws RuleSetError (`unprocessable`) with all the problems found.
 */
export function parseRuleSet(text: string, { file }: { readonly file: string }): RuleSet {
  const report = createReport(file)
  if (text.length > largestDocument)
    report.stop('syntax', { line: 1, column: 1 }, `the document is longer than ${largestDocument} characters`)
  const { value, places } = readDocument(text, report)
  const parsed = v.safeParse(RuleSetDocument, value)
  if (!parsed.success) for (const problem of toSchemaProblems(parsed.issues)) report.addAt(problem.path, places, problem)
  report.throwIfAny()
  if (!parsed.success) throw new RuleSetError(report.problems)
  return checkRuleSet(parsed.output, places, report)
}

function readDocument(text: string, report: Report): { readonly value: unknown; readonly places: Places } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' })
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(error.pos[0])
    const hint =
      error.code === 'BLOCK_AS_IMPLICIT_KEY'
        ? 'an expression that holds ": " or " #" needs quotes, or a | and its own lines'
        : undefined
    report.add('syntax', { line, column: col }, [], error.message, hint)
  }
  visit(document, {
    Pair: (_key, { key }) => {
      // The validator passes over such keys in silence.
      if (!isScalar(key) || !reservedKeys.has(key.value)) return
      const { line, col } = lines.linePos(key.range?.[0] ?? 0)
      report.add('schema', { line, column: col }, [], `nothing can be named ${String(key.value)}`)
    },
    Alias: (_key, node) => {
      const { line, col } = lines.linePos(node.range?.[0] ?? 0)
      report.add('syntax', { line, column: col }, [], 'YAML aliases are not read here: write the value out')
    },
  })
  report.throwIfAny()
  return { value: document.toJS() as unknown, places: createPlaces(document, lines, text) }
}

function checkRuleSet(document: RuleSetDocument, places: Places, report: Report): RuleSet {
  const listed = listExpressions(document)
  if (listed.length > mostExpressions)
    report.stop('schema', { line: 1, column: 1 }, `a rule set holds at most ${mostExpressions} expressions`)
  const computed = Object.keys(document.identity ?? {})
  const needs = new Map<string, readonly string[]>()
  const positions: Record<string, string> = {}
  for (const { path, expression } of listed) {
    const inspection = inspectExpression(expression)
    positions[path.slice(0, 4).join('.')] = report.at(places.ofValue(path))
    reportExpression(inspection, path, computed, places, report)
    if (path[0] === 'identity')
      needs.set(
        String(path[1]),
        inspection.identity.flatMap(({ name }) => name ?? []),
      )
  }
  const { order, cycles } = computingOrder(computed, needs)
  for (const cycle of cycles) {
    const path = ['identity', String(cycle[0])]
    report.add('cycle', places.ofKey(path), path, `computed attributes need each other: ${[...cycle, cycle[0]].join(' → ')}`)
  }
  report.throwIfAny()
  return {
    name: document.name,
    ...(document.version === undefined ? {} : { version: document.version }),
    ...(document.description === undefined ? {} : { description: document.description }),
    identity: order.map((name) => ({ name, value: document.identity?.[name] ?? '' })),
    targets: Object.fromEntries(Object.entries(document.targets).map(([name, target]) => [name, toTargetRules(target)])),
    ...(document.approvals === undefined ? {} : { approvals: toApprovalRules(document.approvals) }),
    positions,
  }
}

function reportExpression(
  inspection: Inspection,
  path: readonly string[],
  computed: readonly string[],
  places: Places,
  report: Report,
): void {
  const put = (kind: RuleProblemKind, offset: number, message: string, hint?: string) =>
    report.add(kind, places.ofCharacter(path, offset), path, message, hint)
  for (const { kind, offset, message, hint } of inspection.problems) put(kind, offset, message, hint)
  for (const { name, offset } of inspection.identity) {
    if (name === null && path[0] === 'identity') {
      put('reference', offset, 'a computed attribute must name the one it needs', 'write identity.<name>')
    } else if (name !== null && !computed.includes(name)) {
      put('reference', offset, `there is no computed attribute "${name}"`, didYouMean(name, computed))
    }
  }
  if (inspection.functions.has('unique') && path[0] !== 'identity') {
    put(
      'forbidden',
      0,
      '$unique reserves a value, which only a computed attribute may do',
      'move it to identity: and use identity.<name> here',
    )
  }
}

interface Report {
  readonly problems: readonly RuleProblem[]
  at(place: Place): string
  add(kind: RuleProblemKind, place: Place, path: readonly string[], message: string, hint?: string): void
  addAt(
    path: readonly string[],
    places: Places,
    problem: { kind: RuleProblemKind; message: string; hint?: string; onKey: boolean },
  ): void
  stop(kind: RuleProblemKind, place: Place, message: string): never
  throwIfAny(): void
}

function createReport(file: string): Report {
  const problems: RuleProblem[] = []
  const at = ({ line, column }: Place) => `${file}:${line}:${column}`
  const add: Report['add'] = (kind, place, path, message, hint) => {
    const rule = path[0] === 'identity' ? 'identity' : path[0] === 'targets' ? (path[1] ?? null) : null
    const attribute = path[0] === 'identity' ? (path[1] ?? null) : path[0] === 'targets' ? (path[3] ?? null) : null
    const { line, column } = place
    problems.push({
      kind,
      at: at(place),
      line,
      column,
      path: path.join('.'),
      rule,
      attribute,
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const sorted = () => problems.toSorted((left, right) => left.line - right.line || left.column - right.column)
  return {
    problems,
    at,
    add,
    addAt: (path, places, { kind, message, hint, onKey }) =>
      add(kind, onKey ? places.ofKey(path) : places.ofValue(path), path, message, hint),
    stop: (kind, place, message) => {
      add(kind, place, [], message)
      throw new RuleSetError(problems)
    },
    throwIfAny: () => {
      if (problems.length > 0) throw new RuleSetError(sorted())
    },
  }
}
