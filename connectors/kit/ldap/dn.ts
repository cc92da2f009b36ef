/**
 * Distinguished names (RFC 4514): building them so that no name can break out of its place, and comparing them although servers
 * spell them in many ways. Special characters are escaped by hex pairs, because the client library splits names at commas that a backslash does not protect well.
 */

export interface Ava {
  readonly type: string
  readonly value: string
}

/** Relative names from the entry upwards; each has one pair, or several joined by `+`. */
export type Dn = readonly (readonly Ava[])[]

export function isDn(text: string): boolean {
  return parseDn(text) !== null && text.trim() !== ''
}

/** Reads a DN; null when it is none. Values in `#hex` form are kept as they are. */
export function parseDn(text: string): Dn | null {
  if (text.trim() === '') return []
  const dn: Ava[][] = [[]]
  let rest = text
  for (;;) {
    const ava = /^\s*((?:[a-zA-Z][a-zA-Z0-9-]*)|(?:\d+(?:\.\d+)+))\s*=[ ]*/.exec(rest)
    if (ava?.[1] === undefined) return null
    const read = readValue(rest.slice(ava[0].length))
    if (read === null) return null
    dn.at(-1)?.push({ type: ava[1], value: read.value })
    if (read.rest === '') return dn
    if (read.rest[0] !== '+') dn.push([])
    rest = read.rest.slice(1)
  }
}

/** Reads up to the next separator, undoing escapes; quoted values (RFC 2253) too. */
function readValue(text: string): { readonly value: string; readonly rest: string } | null {
  if (text.startsWith('"')) {
    const quoted = /^"((?:[^"\\]|\\.)*)"\s*(?=$|[,;+])/s.exec(text)
    const value = quoted?.[1] === undefined ? null : unescaped(quoted[1])
    return quoted === null || value === null ? null : { value, rest: text.slice(quoted[0].length) }
  }
  const plain = /^(?:[^\\,;+"<>]|\\[0-9a-fA-F]{2}|\\.)*/s.exec(text)?.[0] ?? ''
  const rest = text.slice(plain.length)
  if (rest !== '' && !/^[,;+]/.test(rest)) return null
  const trimmed = plain.replace(/(^|[^\\])((?:\\\\)*) +$/, (_all, before: string, slashes: string) => before + slashes)
  const value = unescaped(trimmed)
  return value === null ? null : { value, rest }
}

function unescaped(text: string): string | null {
  const bytes: Buffer[] = []
  for (let rest = text; rest !== '';) {
    const hex = /^\\([0-9a-fA-F]{2})/.exec(rest)
    const part = hex ?? /^\\([\s\S])/.exec(rest) ?? /^([^\\]+)/.exec(rest)
    if (part?.[1] === undefined) return null
    bytes.push(hex === null ? Buffer.from(part[1]) : Buffer.from(part[1], 'hex'))
    rest = rest.slice(part[0].length)
  }
  const value = Buffer.concat(bytes)
  const decoded = value.toString('utf8')
  return Buffer.from(decoded).equals(value) ? decoded : null
}

/** A value as it stands in a DN. */
export function escapeDnValue(value: string): string {
  const escaped = value.replace(/[",+;<>=\\\p{Cc}]/gu, hexPair)
  return escaped.replace(/^[# ]/, hexPair).replace(/ $/, hexPair)
}

function hexPair(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
}

export function dnText(dn: Dn): string {
  return dn.map((rdn) => rdn.map(({ type, value }) => `${type.toLowerCase()}=${escapeDnValue(value)}`).join('+')).join(',')
}

/** One spelling for every way to write the same DN, except for the case of values; unreadable text stays as it is. */
export function canonicalDn(text: string): string {
  const dn = parseDn(text)
  return dn === null
    ? text
    : dnText(dn.map((rdn) => rdn.toSorted((left, right) => (left.type.toLowerCase() < right.type.toLowerCase() ? -1 : 1))))
}

/** Two DNs with the same key name the same entry, for the attribute types that directories name entries by (all fold case). */
export function dnKey(text: string): string {
  const dn = parseDn(text)
  return dn === null
    ? text.toLowerCase()
    : dnText(
        dn.map((rdn) =>
          rdn
            .map(({ type, value }) => ({ type, value: folded(value) }))
            .toSorted((left, right) => (left.type.toLowerCase() < right.type.toLowerCase() ? -1 : 1)),
        ),
      )
}

/** How caseIgnoreMatch sees a text (RFC 4518): case and repeated, leading and trailing spaces do not count. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
}

/** The DN of a child. */
export function childDn(type: string, value: string, parent: string): string {
  return `${type}=${escapeDnValue(value)},${parent}`
}

export function parentDn(text: string): string {
  return dnText((parseDn(text) ?? []).slice(1))
}

/** The first relative name of a DN. */
export function rdnOf(text: string): readonly Ava[] {
  return parseDn(text)?.[0] ?? []
}

/** Says whether `text` is `base` or stands somewhere below it. */
export function isUnder(text: string, base: string): boolean {
  const key = dnKey(text)
  const baseKey = dnKey(base)
  return key === baseKey || key.endsWith(`,${baseKey}`)
}
