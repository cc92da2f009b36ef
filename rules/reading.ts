/** Documents of rules as people write them, YAML or JSON, and the list of what is wrong with one, each with its place. */
import * as v from 'valibot'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { findPhrase, type Phrase } from '#core/phrase.ts'
import { documentPhrases } from './phrases/document.ts'
import { yamlPhrases } from './phrases/yaml.ts'
import { createPlaces, type Place, type Places } from './places.ts'
import { RuleSetError, toWords, type RuleProblem, type RuleProblemKind, type Told } from './problems.ts'
import { toSchemaProblems, type KnownKeys } from './schema-problems.ts'

const largestDocument = 1_000_000
const reservedKeys: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype'])

/** What the text says, when it fits the schema. Throws RuleSetError (`unprocessable`) with all the problems found. */
export function readAs<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  { file, knownKeys }: { readonly file: string; readonly knownKeys: KnownKeys },
): { readonly document: v.InferOutput<Schema>; readonly places: Places; readonly report: Report } {
  const report = createReport(file)
  const { value, places } = readDocument(text, report)
  const parsed = v.safeParse(schema, value)
  if (!parsed.success)
    for (const problem of toSchemaProblems(parsed.issues, knownKeys)) report.addAt(problem.path, places, problem)
  report.throwIfAny()
  if (!parsed.success) throw new RuleSetError(report.problems)
  return { document: parsed.output, places, report }
}

/** The document's value and where its parts stand. Throws RuleSetError for what is neither YAML nor JSON. */
function readDocument(text: string, report: Report): { readonly value: unknown; readonly places: Places } {
  if (text.length > largestDocument)
    report.stop('syntax', { line: 1, column: 1 }, documentPhrases.tooLong({ most: String(largestDocument) }))
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' })
  for (const error of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(error.pos[0])
    const phrase = findPhrase({ yaml: yamlPhrases }, `yaml.${error.code}`, {}) ?? yamlPhrases.IMPOSSIBLE
    const advice = error.code === 'BLOCK_AS_IMPLICIT_KEY' ? documentPhrases.quoteExpression : undefined
    report.add('syntax', { line, column: col }, [], { phrase, advice, original: error.message })
  }
  visit(document, {
    Pair: (_key, { key }) => {
      // The validator passes over such keys in silence.
      if (!isScalar(key) || !reservedKeys.has(key.value)) return
      const { line, col } = lines.linePos(key.range?.[0] ?? 0)
      report.add('schema', { line, column: col }, [], { phrase: documentPhrases.reservedName({ name: String(key.value) }) })
    },
    Alias: (_key, node) => {
      const { line, col } = lines.linePos(node.range?.[0] ?? 0)
      report.add('syntax', { line, column: col }, [], { phrase: documentPhrases.alias })
    },
  })
  report.throwIfAny()
  return { value: document.toJS() as unknown, places: createPlaces(document, lines, text) }
}

export interface Report {
  readonly problems: readonly RuleProblem[]
  at(place: Place): string
  add(kind: RuleProblemKind, place: Place, path: readonly string[], told: Told): void
  addAt(path: readonly string[], places: Places, problem: Told & { kind: RuleProblemKind; onKey: boolean }): void
  stop(kind: RuleProblemKind, place: Place, phrase: Phrase): never
  throwIfAny(): void
}

/** `file` is only how messages call the text. */
function createReport(file: string): Report {
  const problems: RuleProblem[] = []
  const at = ({ line, column }: Place) => `${file}:${line}:${column}`
  const add: Report['add'] = (kind, place, path, told) => {
    const rule = path[0] === 'identity' ? 'identity' : path[0] === 'targets' ? (path[1] ?? null) : null
    const attribute =
      path[0] === 'identity' ? (path[1] ?? null) : path[0] === 'targets' ? (path[path[2] === 'lifecycle' ? 5 : 3] ?? null) : null
    const { line, column } = place
    problems.push({
      kind,
      at: at(place),
      line,
      column,
      path: path.join('.'),
      rule,
      attribute,
      ...toWords(told),
    })
  }
  const sorted = () => problems.toSorted((left, right) => left.line - right.line || left.column - right.column)
  return {
    problems,
    at,
    add,
    addAt: (path, places, { kind, onKey, ...told }) => add(kind, onKey ? places.ofKey(path) : places.ofValue(path), path, told),
    stop: (kind, place, phrase) => {
      add(kind, place, [], { phrase })
      throw new RuleSetError(problems)
    },
    throwIfAny: () => {
      if (problems.length > 0) throw new RuleSetError(sorted())
    },
  }
}
