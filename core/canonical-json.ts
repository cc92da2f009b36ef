/**
 * One text for one value (RFC 8785, JSON Canonicalization Scheme): a plan's hash and the audit chain must not depend on the
 * order in which a key was written or on who serialised it.
 */

/**
 * Writes a JSON value in canonical form: keys sorted by UTF-16 code units (RFC 8785 §3.2.3), no white space, numbers and
 * strings as ECMAScript writes them. Members whose value is `undefined` are left out, as JSON.stringify does; a date is
 * written as its ISO 8601 text. Throws TypeError on what JSON cannot say or I-JSON (RFC 7493) forbids: NaN, infinities,
 * functions, symbols, bigints, `undefined` in a list, lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN and no infinity')
      return JSON.stringify(value)
    case 'string':
      return canonicalString(value)
    case 'object':
      return canonicalObject(value)
    default:
      throw new TypeError(`canonical JSON cannot hold a value of type ${typeof value}`)
  }
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonical JSON cannot hold a lone surrogate')
  return JSON.stringify(text)
}

/** Names repeat from row to row, and looking one up costs a tenth of writing it; the names of attributes are people's, so there is a bound. */
const knownKeys = new Map<string, string>()
const mostKnownKeys = 10_000

function canonicalKey(key: string): string {
  const known = knownKeys.get(key)
  if (known !== undefined) return known
  const written = `${canonicalString(key)}:`
  if (knownKeys.size < mostKnownKeys) knownKeys.set(key, written)
  return written
}

function canonicalObject(value: object): string {
  if (Array.isArray(value)) return canonicalList(value)
  if (value instanceof Date) return canonicalString(value.toISOString())
  const keys = sorted(Object.keys(value))
  let text = '{'
  for (const key of keys) {
    const member: unknown = (value as Readonly<Record<string, unknown>>)[key]
    if (member === undefined) continue
    if (text.length > 1) text += ','
    text += canonicalKey(key) + canonicalJson(member)
  }
  return `${text}}`
}

/** By UTF-16 code units, in place. Objects of a plan have few members, for which the runtime's own sort mostly makes garbage. */
function sorted(keys: string[]): string[] {
  if (keys.length > fewKeys) return keys.sort()
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] as string
    let place = end
    for (; place > 0 && (keys[place - 1] as string) > key; place--) keys[place] = keys[place - 1] as string
    keys[place] = key
  }
  return keys
}

const fewKeys = 16

function canonicalList(list: readonly unknown[]): string {
  let text = '['
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ','
    text += canonicalJson(list[index])
  }
  return `${text}]`
}
