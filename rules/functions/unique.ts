/**
 * Values that only one identity may hold. The function only prepares the question; who holds what is known to the database,
 * which the sandbox cannot reach, so the answer comes from the parent process.
 */
import { countArgument, FunctionProblem, textListArgument } from './arguments.ts'

export interface UniqueQuestion {
  /** As the rule gave them, best first; never empty. */
  readonly candidates: readonly string[]
  /** Never empty. */
  readonly namespaces: readonly string[]
  /** A candidate is cut so that it fits with its number; null: no limit. */
  readonly maxLength: number | null
}

const longestCandidate = 256
const mostCandidates = 50
const mostNamespaces = 50

/**
 * Reads the arguments of `$unique(candidates, namespaces?, maxLength?)`: one text or a list, best first; one name or a list, all the
 * rule set's targets unless told. Null when there is no candidate: then there is no value. Throws FunctionProblem.
 */
export function toUniqueQuestion(
  candidates: unknown,
  namespaces: unknown,
  maxLength: unknown,
  allNamespaces: readonly string[],
): UniqueQuestion | null {
  const texts = textListArgument('$unique', 1, candidates)
  const named = namespaces === undefined ? [...allNamespaces] : textListArgument('$unique', 2, namespaces)
  const longest = countArgument('$unique', 3, maxLength, 4, longestCandidate) ?? null
  if (texts.some((text) => text.length > longestCandidate))
    throw new FunctionProblem(`$unique takes candidates of ${longestCandidate} characters at most`)
  if (texts.length > mostCandidates) throw new FunctionProblem(`$unique takes ${mostCandidates} candidates at most`)
  if (named.length === 0) throw new FunctionProblem('$unique needs at least one namespace as argument 2')
  if (named.length > mostNamespaces || named.some((name) => !isNamespace.test(name))) {
    throw new FunctionProblem(`$unique takes ${mostNamespaces} namespaces at most, each of letters, digits, "-", "_" and "."`)
  }
  return texts.length === 0 ? null : { candidates: texts, namespaces: [...new Set(named)].toSorted(), maxLength: longest }
}

const isNamespace = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/**
 * Candidates number `from` to `to` (0 = the first): those of the rule, then the last one with 2, 3, 4 … behind it.
 * `doe` → doe, doe2, doe3 …; with maxLength 5, `delatour` → delat, dela2, … del10.
 */
export function numbered(question: UniqueQuestion, from: number, to: number): string[] {
  const { candidates, maxLength } = question
  const last = candidates.at(-1) ?? ''
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index - candidates.length + 2
    const [base, suffix] = number < 2 ? [candidates[from + index] ?? last, ''] : [last, String(number)]
    return (maxLength === null ? base : base.slice(0, maxLength - suffix.length)) + suffix
  })
}
