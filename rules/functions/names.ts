/**
 * The names an expression may use: JSONata's own functions, ours, and those that are refused. Data only, so that checking a
 * rule set does not load the functions themselves.
 */
import type { Phrase } from '#core/phrase.ts'
import { expressionPhrases } from '../phrases/expression.ts'

/** Functions that JSONata 2.2 brings and rules may use. */
const jsonataNames = [
  'abs',
  'append',
  'assert',
  'average',
  'base64decode',
  'base64encode',
  'boolean',
  'ceil',
  'clone',
  'contains',
  'count',
  'decodeUrl',
  'decodeUrlComponent',
  'distinct',
  'each',
  'encodeUrl',
  'encodeUrlComponent',
  'error',
  'exists',
  'filter',
  'floor',
  'formatBase',
  'formatInteger',
  'formatNumber',
  'fromMillis',
  'join',
  'keys',
  'length',
  'lookup',
  'lowercase',
  'map',
  'match',
  'max',
  'merge',
  'min',
  'not',
  'number',
  'pad',
  'parseInteger',
  'power',
  'reduce',
  'replace',
  'reverse',
  'round',
  'sift',
  'single',
  'sort',
  'split',
  'spread',
  'sqrt',
  'string',
  'substring',
  'substringAfter',
  'substringBefore',
  'sum',
  'toMillis',
  'trim',
  'type',
  'uppercase',
  'zip',
] as const

/** Functions of this folder. */
export const ownNames = [
  'ascii',
  'slug',
  'login',
  'initials',
  'proper',
  'phone',
  'date',
  'dnEscape',
  'firstOf',
  'password',
  'unique',
] as const

export const builtinNames: ReadonlySet<string> = new Set([...jsonataNames, ...ownNames])

/** Functions of JSONata that rules may not use, and why. The same input must give the same plan, to-day and when it is explained. */
export const refusedNames: ReadonlyMap<string, Phrase> = new Map([
  ['eval', expressionPhrases.runsText({ name: 'eval' })],
  ...['now', 'millis', 'random', 'shuffle'].map((name) => [name, expressionPhrases.changes({ name })] as const),
])
