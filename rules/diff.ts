/**
 * What is different between two rule sets, by what they mean: a short form and a long one, another order of entries or another layout of an expression
 * are no difference. What has no words in `diff-words.ts` is still told, by its path.
 */
import { canonicalJson } from '#core/canonical-json.ts'
import type { ApprovalRule } from './approval-policy.ts'
import { wordsFor, type Sentence } from './diff-words.ts'
import { inspectExpression } from './expressions.ts'
import type { RuleSet } from './schema.ts'

export interface RuleDifference {
  readonly kind: 'added' | 'removed' | 'changed'
  /** Such as `targets.directory.attributes.mail.value`. */
  readonly path: string
  readonly target: string | null
  readonly attribute: string | null
  /** As it is written; null for what is not there. */
  readonly before: string | null
  readonly after: string | null
  readonly sentence: Sentence
}

/** In the order of the newer document; what it no longer has stands where it was looked for. */
export function diffRuleSets(before: RuleSet, after: RuleSet): readonly RuleDifference[] {
  return compare(toTree(before), toTree(after), [])
}

type Tree = { readonly [key: string]: unknown }

/** The rule set without what is no rule: where things stand, and how the document numbers itself. Lists of things with names go by these. */
function toTree(ruleSet: RuleSet): Tree {
  const { positions: _, version: __, identity, approvals = [], safety = [], ...rest } = ruleSet
  return {
    ...rest,
    identity: Object.fromEntries(identity.map(({ name, value }) => [name, value])),
    approvals: byName(approvals.map(toPolicy)),
    safety: byName(safety),
  }
}

/** A policy with one stage is what it says of it; several go by their numbers. */
function toPolicy({ stages, ...policy }: ApprovalRule): { readonly name: string } & Tree {
  const [only, ...more] = stages.map((whole) => {
    const { path: _, roles, people, ...stage } = whole
    return { role: roles.length > 1 ? roles : roles[0], people: people.length > 0 ? people : null, ...stage }
  })
  if (more.length === 0) return { ...policy, ...only }
  return { ...policy, ...Object.fromEntries([only, ...more].map((stage, index) => [`${index + 1}`, stage])) }
}

/** The second of a name is told apart by its number. */
function byName(list: readonly { readonly name: string }[]): Tree {
  const entries = list.map(({ name, ...inner }, index) => {
    const isFirst = list.findIndex((one) => one.name === name) === index
    return [isFirst ? name : `${name} (${index + 1})`, inner] as const
  })
  return Object.fromEntries(entries)
}

function compare(before: unknown, after: unknown, path: readonly string[]): readonly RuleDifference[] {
  if (isTree(before) && isTree(after)) {
    const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])]
    return keys.flatMap((key) => compare(before[key], after[key], [...path, key]))
  }
  if (isSame(before, after)) return []
  const [left, right] = [before ?? null, after ?? null]
  return [toDifference(left, right, path)]
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSame(before: unknown, after: unknown): boolean {
  if ((before ?? null) === (after ?? null)) return true
  if (typeof before === 'string' && typeof after === 'string') return meaning(before) === meaning(after)
  return canonicalJson(before ?? null) === canonicalJson(after ?? null)
}

/** An expression by its syntax, without where its parts stand; a text that is none by itself. */
function meaning(text: string): string {
  const { ast, problems } = inspectExpression(text)
  if (ast === undefined || problems.length > 0) return text.trim()
  return JSON.stringify(ast, (key, value: unknown) =>
    key === 'position' ? undefined : value instanceof RegExp ? String(value) : value,
  )
}

function toDifference(before: unknown, after: unknown, path: readonly string[]): RuleDifference {
  const kind = before === null ? 'added' : after === null ? 'removed' : 'changed'
  const [part, target, group, attribute] = path
  const texts = { before: shown(before), after: shown(after) }
  return {
    kind,
    path: path.join('.'),
    target: part === 'targets' ? (target ?? null) : null,
    attribute:
      part === 'identity' ? (target ?? null) : group === 'attributes' || group === 'correlate' ? (attribute ?? null) : null,
    ...texts,
    sentence: wordsFor({ kind, path, ...texts }),
  }
}

/** A whole entry by what it comes down to: an attribute is its expression. */
function shown(value: unknown): string | null {
  if (value === null) return null
  if (typeof value === 'string') return value.trim()
  if (isTree(value) && typeof value['value'] === 'string') return value['value'].trim()
  return JSON.stringify(value)
}
