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

/** Names repeat from row to row; most of them are of this kind, which needs no escaping. */
function canonicalKey(key: string): string {
  return /^\w+$/.test(key) ? `"${key}"` : canonicalString(key)
}

function canonicalObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value instanceof Date) return canonicalString(value.toISOString())
  const members: string[] = []
  // The default sort compares UTF-16 code units, which is exactly the order the RFC asks for.
  for (const key of Object.keys(value).toSorted()) {
    const member: unknown = Reflect.get(value, key)
    if (member !== undefined) members.push(`${canonicalKey(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}
