/** Says in people's words what valibot found wrong with a document of rules. */
import type * as v from 'valibot'
import { didYouMean } from './hints.ts'
import type { RuleProblemKind } from './problems.ts'

export interface SchemaProblem {
  readonly kind: RuleProblemKind
  readonly path: readonly string[]
  /** The problem is the entry's name, not its value. */
  readonly onKey: boolean
  readonly message: string
  readonly hint?: string
}

/** The entries that may stand beside the one at this path. */
export type KnownKeys = (path: readonly string[]) => readonly string[]

export function toSchemaProblems(issues: readonly v.BaseIssue<unknown>[], known: KnownKeys): SchemaProblem[] {
  return issues.flatMap((issue) => toProblems(issue, [], known))
}

function toProblems(issue: v.BaseIssue<unknown>, around: readonly string[], known: KnownKeys): SchemaProblem[] {
  const path = [...around, ...(issue.path ?? []).map((item) => String(item.key))]
  // A union says only "none of these fits"; what the entry looks like tells which one was meant.
  if (issue.type === 'union' && issue.issues !== undefined) {
    const isObject = typeof issue.input === 'object' && issue.input !== null
    const meant = issue.issues.filter((sub) => (sub.path !== undefined) === isObject || !isObject)
    const inner = meant.filter((sub) =>
      isObject ? sub.path !== undefined : sub.expected === 'string' || sub.kind === 'validation',
    )
    if (inner.length > 0) return inner.flatMap((sub) => toProblems(sub, path, known))
  }
  return [toProblem(issue, path, known)]
}

function toProblem(issue: v.BaseIssue<unknown>, path: readonly string[], known: KnownKeys): SchemaProblem {
  const onKey = issue.path?.at(-1)?.origin === 'key'
  const name = path.at(-1) ?? ''
  if (onKey && issue.expected === 'never') {
    const names = known(path)
    const hint = didYouMean(name, names) ?? `known here: ${names.join(', ')}`
    return { kind: 'unknown_key', path, onKey, message: `"${name}" means nothing here`, hint }
  }
  if (issue.kind === 'validation') return { kind: 'schema', path, onKey, message: issue.message }
  if (issue.received === 'undefined') {
    const missing = issue.path?.at(-1)?.origin === 'key' || path.length > 0 ? `"${name}" is missing` : 'the document is empty'
    return { kind: 'schema', path, onKey: false, message: missing }
  }
  const quote = ['boolean', 'number'].includes(typeof issue.input) && issue.expected === 'string'
  const hint = quote ? { hint: `an expression is text; write "${String(issue.input)}" in quotes` } : choiceHint(issue)
  return { kind: 'schema', path, onKey, message: `expected ${words(issue.expected)}, found ${kindOf(issue.input)}`, ...hint }
}

function choiceHint(issue: v.BaseIssue<unknown>): { hint?: string } {
  const choices = [...(issue.expected ?? '').matchAll(/"([^"]+)"/g)].map((match) => String(match[1]))
  const hint = typeof issue.input === 'string' ? didYouMean(issue.input, choices) : undefined
  return hint === undefined ? {} : { hint }
}

function words(expected: string | null): string {
  if (expected === null) return 'something else'
  return expected
    .replaceAll(/[()]/g, '')
    .replaceAll('Object', 'a mapping')
    .replaceAll('Array', 'a list')
    .replace(/^string$/, 'a text')
    .replaceAll(' | ', ' or ')
}

function kindOf(input: unknown): string {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a mapping'
  return typeof input === 'string' ? 'another text' : `a ${typeof input}`
}
