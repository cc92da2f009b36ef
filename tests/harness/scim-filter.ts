/** The filters of RFC 7644 §3.4.2.2 that clients send: comparisons joined by `and`, and one pair of brackets for values with several parts. */

interface Comparison {
  readonly path: readonly string[]
  /** `emails[type eq "work" and value eq "x"]`: all must hold for one and the same element. */
  readonly within: readonly Comparison[] | null
  readonly operator: string
  readonly value: unknown
}

type Json = Readonly<Record<string, unknown>>

/** Says whether a resource matches; throws for a filter that is not understood. */
export function createFilter(text: string): (resource: Json) => boolean {
  const conditions = parse(text)
  return (resource) => conditions.every((condition) => holds(resource, condition))
}

const word = /^(urn:[\w:.-]+:(?:User|Group):\w+(?:\.\w+)?|[\w$]+(?:\.[\w$]+)*)/
const literal = /^("(?:[^"\\]|\\.)*"|true|false|null|-?\d+(?:\.\d+)?)/

function parse(text: string): readonly Comparison[] {
  const conditions: Comparison[] = []
  let rest = text.trim()
  for (;;) {
    const [condition, after] = comparison(rest)
    conditions.push(condition)
    rest = after.trim()
    if (rest === '') return conditions
    const joined = /^and\s+/i.exec(rest)
    if (joined === null) throw new Error('invalidFilter')
    rest = rest.slice(joined[0].length)
  }
}

function comparison(text: string): [Comparison, string] {
  const name = word.exec(text)?.[0]
  if (name === undefined) throw new Error('invalidFilter')
  const path = pathOf(name)
  const rest = text.slice(name.length)
  if (rest.startsWith('[')) {
    const end = closing(rest)
    return [{ path, within: parse(rest.slice(1, end)), operator: '', value: null }, rest.slice(end + 1)]
  }
  const present = /^\s+pr\b/i.exec(rest)
  if (present !== null) return [{ path, within: null, operator: 'pr', value: null }, rest.slice(present[0].length)]
  const operator = /^\s+(eq|ne|co|sw|ew)\s+/i.exec(rest)
  const value = operator === null ? null : literal.exec(rest.slice(operator[0].length))
  if (operator === null || value === null) throw new Error('invalidFilter')
  const parsed: unknown = JSON.parse(value[0])
  const after = rest.slice(operator[0].length + value[0].length)
  return [{ path, within: null, operator: operator[1]?.toLowerCase() ?? '', value: parsed }, after]
}

function pathOf(name: string): readonly string[] {
  const extension = /^(urn:[\w:.-]+:(?:User|Group)):(.+)$/.exec(name)
  return extension === null ? name.split('.') : [extension[1] ?? '', ...(extension[2] ?? '').split('.')]
}

/** Where the bracket ends, texts with brackets in them left aside. */
function closing(text: string): number {
  const parts = text.matchAll(/"(?:[^"\\]|\\.)*"|\]/g)
  for (const part of parts) if (part[0] === ']') return part.index
  throw new Error('invalidFilter')
}

function holds(resource: Json, { path, within, operator, value }: Comparison): boolean {
  const found = valuesAt(resource, path)
  if (within !== null) return found.some((element) => within.every((condition) => holds(element as Json, condition)))
  if (operator === 'pr') return found.length > 0
  const exact = path.at(-1) === 'externalId' || path.at(-1) === 'id'
  const folded = (text: unknown) => (typeof text === 'string' && !exact ? text.toLowerCase() : text)
  const compare = (one: unknown) => {
    const [left, right] = [folded(one), folded(value)]
    if (operator === 'eq' || operator === 'ne') return left === right
    if (typeof left !== 'string' || typeof right !== 'string') return false
    return operator === 'co' ? left.includes(right) : operator === 'sw' ? left.startsWith(right) : left.endsWith(right)
  }
  return operator === 'ne' ? !found.some(compare) : found.some(compare)
}

/** All values at a path; a value with several parts counts as its `value`. */
function valuesAt(resource: unknown, [first, ...rest]: readonly string[]): readonly unknown[] {
  if (first === undefined) return [resource]
  if (typeof resource !== 'object' || resource === null) return []
  const entry = Object.entries(resource).find(([name]) => name.toLowerCase() === first.toLowerCase())
  const elements = entry === undefined || entry[1] === null ? [] : [entry[1]].flat()
  return elements.flatMap((element) => valuesAt(element, rest))
}
