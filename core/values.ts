/**
 * The values that travel through the gateway. Every attribute is a list, so that "no value", "one value" and
 * "several values" are the same shape everywhere and no part has to guess.
 */

export type Scalar = string | number | boolean

/** All values of one attribute; the empty list means that the attribute has no value. */
export type Values = readonly Scalar[]

/** Attributes by name, as the system they belong to spells them. */
export type Attributes = Readonly<Record<string, Values>>

/** Says whether two attributes hold the same set of values; order and type of scalar (`1` and `"1"`) do not count. */
export function sameValues(left: Values, right: Values): boolean {
  if (left.length !== right.length) return false
  if (left.length < 2) return String(left[0]) === String(right[0])
  const seen = new Set(left.map(String))
  return seen.size === new Set(right.map(String)).size && right.every((value) => seen.has(String(value)))
}
