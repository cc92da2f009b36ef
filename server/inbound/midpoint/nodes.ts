/**
 * A payload seen as nodes: a piece of plain data together with the place where it stands, so that every refusal can name
 * the place. What midPoint's syntax adds around data (`@type`/`@value`, arrays of one, namespaces) ends here.
 */
import { localName, typeName } from './names.ts'
import { notUnderstood } from './refusal.ts'

export interface Node {
  readonly value: unknown
  /** JSON pointer (RFC 6901) into the payload. */
  readonly at: string
}

/** An object's items by local name, in the payload's order; `@…` infrastructure is not among them. */
export type Fields = ReadonlyMap<string, Node>

export type PlainObject = Readonly<Record<string, unknown>>

const limits = { depth: 20, list: 1000, keys: 500, name: 256, nodes: 50_000 } as const

export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function child(node: Node, key: string | number, value: unknown): Node {
  return { value, at: `${node.at}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}` }
}

/** Refuses what no honest payload has, before anything is read: see `limits`, and names that JavaScript objects inherit. */
export function checkShape(payload: unknown): Node {
  const root: Node = { value: payload, at: '' }
  let seen = 0
  const walk = (node: Node, depth: number): void => {
    seen += 1
    if (seen > limits.nodes) throw notUnderstood(node, `comes after ${limits.nodes} other values`, 'Send fewer objects at once.')
    if (depth > limits.depth) throw notUnderstood(node, `is nested deeper than ${limits.depth} levels`, 'Send a flatter payload.')
    if (Array.isArray(node.value)) return walkList(node, node.value, depth)
    if (isPlainObject(node.value)) return walkObject(node, node.value, depth)
    checkScalar(node)
  }
  const walkList = (node: Node, list: readonly unknown[], depth: number): void => {
    if (list.length > limits.list)
      throw notUnderstood(node, `has more than ${limits.list} entries`, 'Split it into several calls.')
    for (const [index, entry] of list.entries()) walk(child(node, index, entry), depth + 1)
  }
  const walkObject = (node: Node, record: PlainObject, depth: number): void => {
    const keys = Object.keys(record)
    if (keys.length > limits.keys)
      throw notUnderstood(node, `has more than ${limits.keys} items`, 'Send only the items that matter.')
    for (const key of keys) {
      const below = child(node, key, record[key])
      if (key.length > limits.name)
        throw notUnderstood(node, `has a name longer than ${limits.name} characters`, 'Shorten the name.')
      if (localName(key) in Object.prototype) throw notUnderstood(below, 'has a name that is not allowed', 'Rename this item.')
      walk(below, depth + 1)
    }
  }
  walk(root, 1)
  return root
}

function checkScalar(node: Node): void {
  const { value } = node
  if (value === null || value === undefined || typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed())
      throw notUnderstood(node, 'is a text with characters that are not allowed', 'Send valid Unicode without NUL.')
    return
  }
  if (typeof value !== 'number')
    throw notUnderstood(node, 'is neither text, number, boolean, list nor object', 'Send plain JSON data.')
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    throw notUnderstood(node, 'is a number that cannot be kept exactly', 'Send it as a text.')
}

/** Takes `{"@type", "@value"}` apart. */
function unwrap(node: Node): Node {
  let inner = node
  while (isPlainObject(inner.value) && Object.hasOwn(inner.value, '@value')) {
    const extra = Object.keys(inner.value).find((key) => !key.startsWith('@'))
    if (extra !== undefined) throw notUnderstood(inner, 'has "@value" and other items', 'Send either "@value" or the items.')
    inner = child(inner, '@value', inner.value['@value'])
  }
  return inner
}

/** One value or an array are the same: the entries, unwrapped; none for null and for what is marked `@incomplete`. */
export function listOf(node: Node | undefined): readonly Node[] {
  if (node === undefined) return []
  const inner = unwrap(node)
  if (!Array.isArray(inner.value)) return isAbsent(inner) ? [] : [inner]
  return inner.value.flatMap((entry, index) => {
    const found = unwrap(child(inner, index, entry))
    if (Array.isArray(found.value)) throw notUnderstood(found, 'is a list in a list', 'Send one flat list.')
    return isAbsent(found) ? [] : [found]
  })
}

function isAbsent(node: Node): boolean {
  return node.value === null || node.value === undefined || isIncomplete(node.value)
}

/** Whether midPoint says that it holds more than it sent. */
export function isIncomplete(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isIncomplete)
  return isPlainObject(value) && (value['@incomplete'] === true || value['@incomplete'] === 'true')
}

/** The single entry of a node; throws when there are several. */
export function oneOf(node: Node | undefined): Node | undefined {
  const [one, second] = listOf(node)
  if (second !== undefined) throw notUnderstood(second, 'is a second value where one is expected', 'Send exactly one.')
  return one
}

/** The items of an object by local name. Throws when it is no object, or when two spellings of one name differ in value. */
export function fieldsOf(node: Node): Fields {
  if (!isPlainObject(node.value)) throw notUnderstood(node, 'is not an object', 'Send an object with named items.')
  const fields = new Map<string, Node>()
  for (const [key, value] of Object.entries(node.value)) {
    if (key.startsWith('@')) continue
    const name = localName(key)
    const found = child(node, key, value)
    const other = fields.get(name)
    if (name === '') throw notUnderstood(found, 'has no name', 'Name every item.')
    if (other !== undefined && JSON.stringify(other.value) !== JSON.stringify(value))
      throw notUnderstood(found, `has the same local name as ${other.at}, with another value`, 'Send the item once.')
    fields.set(name, found)
  }
  return fields
}

/** `@type` (or `@element`) of an object, as a type name; null when it has none. */
export function statedType(node: Node): string | null {
  if (!isPlainObject(node.value)) return null
  const stated = node.value['@type'] ?? node.value['@element']
  return typeof stated === 'string' && stated !== '' ? typeName(stated) : null
}

/** A node that must hold one text; null when it is absent or empty. */
export function textOf(node: Node | undefined): string | null {
  const found = oneOf(node)
  if (found === undefined || found.value === '') return null
  if (typeof found.value !== 'string') throw notUnderstood(found, 'is not a text', 'Send a text.')
  return found.value
}
