/**
 * Values that only one identity may hold. The function only prepares the question; who holds what is known to the database and to the
 * targets, which the sandbox cannot reach, so the answer comes from the parent process.
 */
import { functionPhrases } from '../phrases/functions.ts'
import { countArgument, FunctionProblem, textArgument, textListArgument } from './arguments.ts'
import { readOptions } from './options.ts'

export interface UniqueQuestion {
  /** As the rule gave them, best first; never empty. */
  readonly candidates: readonly string[]
  /** Never empty. */
  readonly namespaces: readonly string[]
  /** A candidate is cut so that it fits with its number; null: no limit. */
  readonly maxLength: number | null
  /** How a number goes with the last candidate, such as `{value}{n}`. */
  readonly pattern: string
  /** The first number. */
  readonly from: number
}

const longestCandidate = 256
const mostCandidates = 50
const mostNamespaces = 50
const usual = { pattern: '{value}{n}', from: 2 } as const

/**
 * `$unique(candidates, namespaces?, maxLength?)`, or `$unique(candidates, options)` → the first candidate that nobody else holds, in any of the
 * namespaces: one text or a list, best first; then the last one by a pattern with a number, 2, 3, … `options` is an object of `in` (namespaces: names or
 * one name; all the rule set's targets unless told), `length` (4 to 256: values are cut so that they fit with their number), `pattern` (`{value}` once and `{n}`,
 * `{nn}` or `{nnn}` once, for 2, 02 or 002) and `from` (the first number). What it gives is reserved for the identity until it is known that
 * nothing came of the request; who asks twice gets the same value. For `identity:` only.
 *
 * `$unique("doe")` → `"doe"`, `"doe2"`, …; `$unique(["jdoe", "john.doe"], { "pattern": "{value}.{nn}" })` → `"jdoe"`, `"john.doe"`, `"john.doe.02"`, …; no candidate
 * → no value. Fails for candidates of more than 256 characters, options that are not known, and when 10,000 values are taken.
 */
export function toUniqueQuestion(
  candidates: unknown,
  second: unknown,
  maxLength: unknown,
  allNamespaces: readonly string[],
): UniqueQuestion | null {
  const texts = textListArgument('$unique', 1, candidates)
  const isOptions = typeof second === 'object' && second !== null && !Array.isArray(second)
  const options: Readonly<Record<string, unknown>> = isOptions
    ? readOptions('$unique', 2, second, ['in', 'length', 'pattern', 'from'])
    : { in: second, length: maxLength }
  const named = options['in'] === undefined ? [...allNamespaces] : textListArgument('$unique', 2, options['in'])
  const longest = countArgument('$unique', isOptions ? 2 : 3, options['length'], 4, longestCandidate) ?? null
  if (texts.some((text) => text.length > longestCandidate))
    throw new FunctionProblem(functionPhrases.longCandidate({ most: String(longestCandidate) }))
  if (texts.length > mostCandidates) throw new FunctionProblem(functionPhrases.manyCandidates({ most: String(mostCandidates) }))
  if (named.length === 0) throw new FunctionProblem(functionPhrases.noNamespace)
  if (named.length > mostNamespaces || named.some((name) => !isNamespace.test(name))) {
    throw new FunctionProblem(functionPhrases.namespaces({ most: String(mostNamespaces) }))
  }
  const pattern = toPattern(options['pattern'], longest)
  const from = countArgument('$unique', 2, options['from'], 0, 1_000) ?? usual.from
  return texts.length === 0
    ? null
    : { candidates: texts, namespaces: [...new Set(named)].toSorted(), maxLength: longest, pattern, from }
}

const isNamespace = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const parts = /\{(?:value|n{1,3})\}/g

function toPattern(given: unknown, longest: number | null): string {
  const pattern = textArgument('$unique', 2, given) ?? usual.pattern
  const found = [...pattern.matchAll(parts)].map(([part]) => part)
  const literal = pattern.replaceAll(parts, '')
  const isOne = found.length === 2 && found.includes('{value}') && !/[{}]/.test(literal)
  if (!isOne || literal.length > 32) throw new FunctionProblem(functionPhrases.uniquePattern)
  if (longest !== null && literal.length + 4 >= longest) throw new FunctionProblem(functionPhrases.uniqueLength)
  return pattern
}

/**
 * Candidates number `begin` to `end` (0 = the first): those of the rule, then the last one with its numbers by the pattern.
 * `doe` → doe, doe2, doe3 …; with maxLength 5, `delatour` → delat, dela2, … del10.
 */
export function numbered(question: UniqueQuestion, begin: number, end: number): string[] {
  const { candidates, maxLength, from } = question
  const last = candidates.at(-1) ?? ''
  return Array.from({ length: end - begin }, (_, index) => {
    const place = begin + index
    const plain = candidates[place]
    if (plain !== undefined) return maxLength === null ? plain : plain.slice(0, maxLength)
    return withNumber(question, last, place - candidates.length + from)
  })
}

function withNumber({ pattern, maxLength }: UniqueQuestion, value: string, number: number): string {
  const filled = pattern.replace(/\{(n{1,3})\}/, (_, digits: string) => String(number).padStart(digits.length, '0'))
  const room = maxLength === null ? value.length : maxLength - (filled.length - '{value}'.length)
  return filled.replace('{value}', () => value.slice(0, Math.max(0, room)))
}
