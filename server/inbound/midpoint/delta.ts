/** Changes of single items: `objectModification`, `objectDelta` and what is wrapped around them. */
import type { IncomingChange, ReadContext } from '../adapter.ts'
import { deletion, partialChange, type Subject } from './changes.ts'
import { identifierValues } from './identifiers.ts'
import { readPath, type Scope } from './items.ts'
import { fieldsOf, listOf, oneOf, statedType, textOf, type Fields, type Node } from './nodes.ts'
import { typeName } from './names.ts'
import { readObject } from './object.ts'
import { createReading, type Op, type Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'

const operations: ReadonlyMap<string | null, Op> = new Map<string | null, Op>([
  ['add', 'add'],
  ['delete', 'remove'],
  ['replace', 'replace'],
])

/** Reads item deltas in their order. Throws when one says too little: a replace whose value is misspelt must not clear. */
export function readItemDeltas(reading: Reading, scope: Scope, deltas: readonly Node[]): void {
  for (const node of deltas) {
    const fields = fieldsOf(node)
    onlyKnown(fields, ['modificationType', 'path', 'value', 'estimatedOldValue'])
    const op = operations.get(textOf(fields.get('modificationType')))
    if (op === undefined)
      throw notUnderstood(node, 'has no modificationType of add, delete or replace', 'Say how the item changes.')
    const path = textOf(fields.get('path'))
    if (path === null)
      throw notUnderstood(node, 'has no path', 'Name the item that changes, such as "activation/administrativeStatus".')
    const value = fields.get('value') ?? { value: null, at: node.at }
    if (op === 'remove' && listOf(value).length === 0)
      throw notUnderstood(
        node,
        'deletes without saying which values',
        'Name the values, or replace the item without a value to clear it.',
      )
    readPath({ reading, scope, op }, path, fields.get('path')?.at ?? node.at, value)
  }
}

/** Refuses items that this reader does not know, where overlooking one could change the meaning. */
export function onlyKnown(fields: Fields, known: readonly string[]): void {
  for (const [name, field] of fields)
    if (!known.includes(name)) throw notUnderstood(field, 'is not expected here', `Known items are ${known.join(', ')}.`)
}

/** The deltas of an `objectModification` or an `objectDelta`; older schemas call them `modification`. */
function deltasIn(fields: Fields): readonly Node[] {
  return [...listOf(fields.get('itemDelta')), ...listOf(fields.get('modification'))]
}

export function readModification(node: Node, context: ReadContext): IncomingChange | null {
  const fields = fieldsOf(node)
  onlyKnown(fields, ['oid', 'itemDelta', 'modification', 'objectType'])
  const objectType = typeName(textOf(fields.get('objectType')) ?? 'object')
  const reading = createReading()
  readItemDeltas(reading, scopeOf(objectType), deltasIn(fields))
  return partialChange(reading, { objectType, ids: [textOf(fields.get('oid'))], at: node.at }, context)
}

function scopeOf(objectType: string): Scope {
  return objectType === 'shadow' ? 'shadow' : 'focus'
}

/** Reads an `objectDelta`. `around` is what the message around it says about the identity. */
export function readObjectDelta(node: Node, context: ReadContext, around: Partial<Subject> = {}): IncomingChange | null {
  const fields = fieldsOf(node)
  onlyKnown(fields, [
    'changeType',
    'objectType',
    'oid',
    'objectToAdd',
    'itemDelta',
    'modification',
    'resourceOid',
    'resourceName',
    'objectName',
    'shadowKind',
    'shadowIntent',
  ])
  const stated = textOf(fields.get('objectType'))
  const objectType = stated === null ? (around.objectType ?? 'object') : typeName(stated)
  const ids = [textOf(fields.get('oid')), ...(around.ids ?? [])]
  const subject: Subject = { objectType, ids, at: node.at }
  const object = oneOf(fields.get('objectToAdd'))
  const deltas = deltasIn(fields)
  const changeType = textOf(fields.get('changeType'))
  if (changeType === 'add' && object !== undefined && deltas.length === 0) return readAdded(object, objectType, context, ids)
  if (changeType === 'modify' && object === undefined) {
    const reading = createReading()
    readItemDeltas(reading, scopeOf(objectType), deltas)
    return partialChange(reading, subject, context)
  }
  if (changeType === 'delete' && object === undefined && deltas.length === 0) return deletion(createReading(), subject, context)
  throw notUnderstood(
    node,
    'does not say one thing: add with objectToAdd, modify with itemDelta, or delete alone',
    'Send changeType and only what belongs to it.',
  )
}

/** `objectToAdd` holds the object itself, or the object under its element name. */
function readAdded(node: Node, objectType: string, context: ReadContext, ids: readonly (string | null)[]): IncomingChange {
  const fields = fieldsOf(node)
  const [only] = fields
  const wrapped = fields.size === 1 && only !== undefined && only[0] === objectType ? only[1] : node
  const type = statedType(wrapped) ?? objectType
  if (type === 'object') throw notUnderstood(node, 'does not say what kind of object it is', 'Send objectType, such as UserType.')
  return readObject(wrapped, type, context, ids)
}

/** `resourceObjectShadowChangeDescription` and `ucfChange`: a delta of an account, and who the account is. */
export function readChangeDescription(node: Node, context: ReadContext): IncomingChange | null {
  const fields = fieldsOf(node)
  const ids = [
    textOf(fields.get('oldShadowOid')),
    textOf(fields.get('currentShadowOid')),
    ...identifierValues(fields.get('identifiers'), context),
  ]
  const delta = oneOf(fields.get('objectDelta'))
  if (delta !== undefined) return readObjectDelta(delta, context, { objectType: 'shadow', ids })
  const current = oneOf(fields.get('currentShadow') ?? fields.get('currentResourceObject'))
  if (current !== undefined) return readAdded(current, 'shadow', context, ids)
  throw notUnderstood(node, 'tells no change', 'Send objectDelta or currentShadow.')
}
