/**
 * Comparing values the way a target does. All the rest of the kit goes through here, so that no other file has to know
 * whether a system folds case or rewrites names.
 */
import { sameValues, type Attributes, type Scalar, type Values } from '#core/values.ts'
import type { Spelling } from './connector.ts'

/** Names and values are what their text says: for systems that neither fold nor rewrite anything. */
export const exactSpelling: Spelling = {
  attribute: (name) => name,
  value: (_attribute, value) => value,
  key: (_attribute, value) => String(value),
  group: (group) => group,
  groupKey: (group) => group,
}

/** The values as the target would return them, each once. */
export function spelled(spelling: Spelling, attribute: string, values: Values): Values {
  // Most attributes have one value, and this is asked of each of them several times a step.
  const [only] = values
  if (only === undefined) return values
  if (values.length === 1) return [spelling.value(attribute, only)]
  const byKey = new Map<string, Scalar>()
  for (const value of values) {
    const written = spelling.value(attribute, value)
    const key = spelling.key(attribute, written)
    if (!byKey.has(key)) byKey.set(key, written)
  }
  return [...byKey.values()]
}

/** The values an account holds of one attribute, however the caller spells its name. */
export function valuesOf(spelling: Spelling, attributes: Attributes, attribute: string): Values {
  return attributes[spelling.attribute(attribute)] ?? []
}

/** The values of `left` that `right` does not hold. */
export function missingFrom(spelling: Spelling, attribute: string, left: Values, right: Values): Values {
  if (left.length === 0 || right.length === 0) return left
  const keys = new Set(right.map((value) => spelling.key(attribute, value)))
  return left.filter((value) => !keys.has(spelling.key(attribute, value)))
}

/** Says whether both hold exactly the same values; a different case is a difference that can be written. */
export function identical(spelling: Spelling, attribute: string, left: Values, right: Values): boolean {
  return sameValues(spelled(spelling, attribute, left), spelled(spelling, attribute, right))
}

/** The groups of `left` that `right` does not hold, each once, as the target would list them. */
export function groupsMissingFrom(spelling: Spelling, left: readonly string[], right: readonly string[]): readonly string[] {
  if (left.length === 0) return left
  const held = new Set(right.map((group) => spelling.groupKey(group)))
  const byKey = new Map<string, string>()
  for (const group of left) {
    const key = spelling.groupKey(group)
    if (!held.has(key) && !byKey.has(key)) byKey.set(key, spelling.group(group))
  }
  return [...byKey.values()]
}
