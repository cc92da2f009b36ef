/** Values as midPoint writes them: scalars, PolyStrings, references, protected strings and small containers. */
import type { Scalar, Values } from '#core/values.ts'
import { child, fieldsOf, isPlainObject, listOf, oneOf, type Fields, type Node } from './nodes.ts'
import { localName, typeName } from './names.ts'
import { notUnderstood } from './refusal.ts'

/**
 * The scalars of an item: texts, numbers, booleans, PolyStrings (their `orig`) and references (their oid). An empty text is
 * no value, as in midPoint's XML. Throws on any other structure.
 */
export function scalarsOf(nodes: readonly Node[]): Values {
  return nodes.flatMap((node) => {
    const value = scalarOf(node)
    if (value === undefined)
      throw notUnderstood(node, 'is a structure where a plain value is expected', 'Send a text, a number or a boolean.')
    return value === '' ? [] : [value]
  })
}

/** Undefined when the node is a container. */
function scalarOf(node: Node): Scalar | undefined {
  const { value } = node
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  const fields = fieldsOf(node)
  if (isPolyString(fields)) return origOf(node, fields)
  if (isReference(fields)) return referenceOid(node, fields)
  return undefined
}

const polyString = new Set(['orig', 'norm', 'translation', 'lang'])

function isPolyString(fields: Fields): boolean {
  return fields.has('orig') && [...fields.keys()].every((name) => polyString.has(name))
}

function origOf(node: Node, fields: Fields): Scalar {
  const orig = oneOf(fields.get('orig'))
  if (orig === undefined) return ''
  if (typeof orig.value !== 'string')
    throw notUnderstood(node, 'is a PolyString whose "orig" is not a text', 'Send "orig" as a text.')
  return orig.value
}

const reference = new Set([
  'oid',
  'type',
  'relation',
  'targetName',
  'targetType',
  'description',
  'filter',
  'resolutionTime',
  'referentialIntegrity',
  'object',
])

function isReference(fields: Fields): boolean {
  return fields.has('oid') && [...fields.keys()].every((name) => reference.has(name))
}

/** The oid of a reference such as `targetRef`. Throws when it is only a search filter: who it means is midPoint's to say. */
export function referenceOid(node: Node, fields: Fields = fieldsOf(node)): string {
  const oid = oneOf(fields.get('oid'))
  if (typeof oid?.value === 'string' && oid.value.trim() !== '') return oid.value
  throw notUnderstood(node, 'is a reference without an oid', 'Send references resolved, with their oid.')
}

const protectedItems = ['clearValue', 'encryptedData', 'encryptedDataType', 'hashedData', 'hashedDataType', 'externalData']

/** Whether a node (as it stands, not yet unwrapped) is a ProtectedString in any of its forms. */
export function isProtected(node: Node): boolean {
  if (Array.isArray(node.value)) return node.value.some((entry, index) => isProtected(child(node, index, entry)))
  if (!isPlainObject(node.value)) return false
  const type = node.value['@type']
  if (typeof type === 'string' && typeName(type).startsWith('protected')) return true
  return Object.keys(node.value).some((key) => protectedItems.includes(localName(key)))
}

/**
 * The clear text of a password: `clearValue` or a bare text. Throws when it is encrypted, hashed or kept elsewhere: only
 * midPoint can open those, and half a password change must not look like a whole one.
 */
export function clearText(node: Node): string {
  const text = isPlainObject(node.value) ? clearValueOf(node) : node.value
  if (typeof text === 'string' && text !== '') return text
  throw notUnderstood(node, 'is not a password in clear', 'Send a non-empty text, or an object with "clearValue".')
}

function clearValueOf(node: Node): unknown {
  const fields = fieldsOf(node)
  const clear = oneOf(fields.get('clearValue'))
  if (clear !== undefined) return clear.value
  const closed = protectedItems.find((name) => oneOf(fields.get(name)) !== undefined)
  if (closed === undefined) return undefined
  throw notUnderstood(
    node,
    `is a password as "${closed}", which only midPoint can open; nothing of the request was stored`,
    'Send it as "clearValue" over TLS, or leave the credentials out of the message.',
  )
}

/**
 * Containers laid flat: every leaf as [path of names, its node]. A container's own `id` is left out. `isLeaf` is what counts
 * as one value.
 */
export function flatten(nodes: readonly Node[], path: readonly string[] = []): readonly (readonly [readonly string[], Node])[] {
  return nodes.flatMap((node) => {
    if (!isContainer(node)) return [[path, node] as const]
    return [...fieldsOf(node)].flatMap(([name, field]) => {
      if (name === 'id' && typeof field.value === 'number') return []
      if (isProtected(field)) return [[[...path, name], field] as const]
      return flatten(listOf(field), [...path, name])
    })
  })
}

/** Whether a node is a structure with items of its own, not a value in several parts. */
export function isContainer(node: Node): boolean {
  if (!isPlainObject(node.value) || isProtected(node)) return false
  const fields = fieldsOf(node)
  return !isPolyString(fields) && !isReference(fields)
}
