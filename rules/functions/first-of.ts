/** The first value there is, of several places where one may stand. */
import { functionPhrases } from '../phrases/functions.ts'
import { FunctionProblem, kindOf } from './arguments.ts'

/**
 * `$firstOf(value, value?, value?)` → the first that is a value: not absent, not null, not an empty text. A list counts as its items, in
 * order; so three places and more are `$firstOf([preferredName, givenName, fullName, login])`.
 *
 * `$firstOf(mobile, telephoneNumber)` → `"+33612345678"`; `$firstOf("", ["", "a", "b"])` → `"a"`; nothing anywhere → no value. Fails when an
 * item is an object or a list in a list.
 */
export function firstOf(...values: readonly unknown[]): string | number | boolean | undefined {
  const items: readonly unknown[] = values.flat()
  return items.filter(isScalar).find((item) => item !== '')
}

function isScalar(item: unknown): item is string | number | boolean {
  if (item === undefined || item === null) return false
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return true
  throw new FunctionProblem(functionPhrases.scalars({ found: kindOf(item) }))
}
