/** Says in people's words what valibot found wrong with a document of rules. */
import type { Phrase } from '#core/phrase.ts'
import type * as v from 'valibot'
import { didYouMean, nearOrKnown } from './hints.ts'
import { documentPhrases } from './phrases/document.ts'
import { policyPhrases, tablePhrases } from './phrases/policies.ts'
import type { RuleProblemKind, Told } from './problems.ts'

export interface SchemaProblem extends Told {
  readonly kind: RuleProblemKind
  readonly path: readonly string[]
  /** The problem is the entry's name, not its value. */
  readonly onKey: boolean
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
    return {
      kind: 'unknown_key',
      path,
      onKey,
      phrase: documentPhrases.unknownKey({ name }),
      advice: nearOrKnown(name, known(path)),
    }
  }
  if (issue.kind === 'validation') return { kind: 'schema', path, onKey, phrase: ofCheck(issue), original: issue.message }
  if (issue.received === 'undefined') {
    const isPart = issue.path?.at(-1)?.origin === 'key' || path.length > 0
    return { kind: 'schema', path, onKey: false, phrase: isPart ? documentPhrases.missingKey({ name }) : documentPhrases.empty }
  }
  const quote = ['boolean', 'number'].includes(typeof issue.input) && issue.expected === 'string'
  const advice = quote ? documentPhrases.quoteValue({ value: String(issue.input) }) : choiceHint(issue)
  const expected = (issue.expected ?? '').replaceAll(/[()]/g, '')
  return { kind: 'schema', path, onKey, phrase: documentPhrases.otherKind({ expected, found: kindOf(issue.input) }), advice }
}

function choiceHint(issue: v.BaseIssue<unknown>): Phrase | undefined {
  const choices = [...(issue.expected ?? '').matchAll(/"([^"]+)"/g)].map((match) => String(match[1]))
  return typeof issue.input === 'string' ? didYouMean(issue.input, choices) : undefined
}

/** By its name in `phrases/words.ts`. */
function kindOf(input: unknown): string {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'list'
  if (typeof input === 'object') return 'mapping'
  return typeof input === 'string' ? 'otherText' : typeof input
}

/** What a schema says in words of its own, which are from our lists, or what Valibot says of a size or a form. */
function ofCheck({ type, message, requirement }: v.BaseIssue<unknown>): Phrase {
  const own = [documentPhrases, policyPhrases, tablePhrases].flatMap((list) => Object.values(list)).find(says(message))
  if (own !== undefined) return own
  const [value, count] = [String(requirement), String(requirement)]
  switch (type) {
    case 'integer':
      return documentPhrases.whole
    case 'min_value':
      return documentPhrases.least({ value })
    case 'max_value':
      return documentPhrases.most({ value })
    case 'min_length':
      return documentPhrases.shortest({ count })
    case 'max_length':
      return documentPhrases.longest({ count })
    default:
      return documentPhrases.form
  }
}

const says =
  (message: string) =>
  (one: unknown): one is Phrase =>
    typeof one === 'object' && one !== null && Reflect.get(one, 'en') === message
