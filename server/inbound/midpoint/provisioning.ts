/**
 * What midPoint's asynchronous provisioning connector sends: simplifiedJson (plain names, plain values) and the full form, the
 * prism object `asyncProvisioning…OperationRequested`. Shapes: JsonAsyncProvisioningRequest and OperationRequested in midPoint.
 */
import type { IncomingChange, ReadContext } from '../adapter.ts'
import { deletion, partialChange, wholeChange, type Subject } from './changes.ts'
import { onlyKnown, readItemDeltas } from './delta.ts'
import { identifierValues, idsIn } from './identifiers.ts'
import { readPath } from './items.ts'
import { fieldsOf, listOf, oneOf, statedType, textOf, type Fields, type Node } from './nodes.ts'
import { classType, readObject } from './object.ts'
import { createReading, type Op, type Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'

const simplifiedItems = [
  'operation',
  'objectClass',
  'attributes',
  'primaryIdentifiers',
  'secondaryIdentifiers',
  'changes',
  'additionalInformation',
]

/** Whether an object is a simplifiedJson message: the one format that says `operation` at its top. */
export function isSimplified(fields: Fields): boolean {
  return (
    fields.has('operation') &&
    ['attributes', 'changes', 'primaryIdentifiers', 'secondaryIdentifiers'].some((name) => fields.has(name))
  )
}

/**
 * Reads a simplifiedJson message. An added account states everything. A modification's `attributes` replace what they name,
 * unless there are `changes`: then they only tell what the account was before.
 */
export function readSimplified(node: Node, context: ReadContext): IncomingChange | null {
  const fields = fieldsOf(node)
  onlyKnown(fields, simplifiedItems)
  const reading = createReading()
  const ids = [
    ...identifierValues(fields.get('primaryIdentifiers'), context),
    ...identifierValues(fields.get('secondaryIdentifiers'), context),
  ]
  const subject: Subject = { objectType: classType(textOf(fields.get('objectClass'))), ids, at: node.at }
  switch (textOf(fields.get('operation'))?.toLowerCase()) {
    case 'add':
      readAttributes(reading, 'state', fields.get('attributes'))
      if (reading.deltas.length === 0)
        throw notUnderstood(node, 'adds an account without attributes', 'Send the attributes of the account.')
      return wholeChange(reading, { ...subject, ids: [...ids, ...idsIn(reading, context)] }, context)
    case 'modify':
      if (fields.has('changes')) readChanges(reading, fields.get('changes'))
      else readAttributes(reading, 'replace', fields.get('attributes'))
      return partialChange(reading, subject, context)
    case 'delete':
      return deletion(reading, subject, context)
    default:
      throw notUnderstood(fields.get('operation') ?? node, 'is not an operation', 'Send add, modify or delete.')
  }
}

function readAttributes(reading: Reading, op: Op, node: Node | undefined): void {
  const found = oneOf(node)
  if (found === undefined) return
  for (const [name, field] of fieldsOf(found)) readPath({ reading, scope: 'flat', op }, name, field.at, field)
}

/** Replaces first, removes next, adds last: a value named in two lists is there afterwards. */
function readChanges(reading: Reading, node: Node | undefined): void {
  const found = oneOf(node)
  if (found === undefined) return
  for (const [name, field] of fieldsOf(found)) {
    const lists = fieldsOf(field)
    onlyKnown(lists, ['add', 'delete', 'replace'])
    for (const [key, op] of [
      ['replace', 'replace'],
      ['delete', 'remove'],
      ['add', 'add'],
    ] as const) {
      const values = lists.get(key)
      if (values !== undefined && values.value !== null) readPath({ reading, scope: 'flat', op }, name, field.at, values)
    }
  }
}

/** Reads the full form. `name` is the element's or the type's name, which says what is asked. */
export function readOperationRequested(node: Node, name: string, context: ReadContext): IncomingChange | null {
  const fields = fieldsOf(node)
  if (isSimplified(fields)) return readSimplified(node, context)
  const shadow = oneOf(fields.get('shadowRef'))
  const shadowFields = shadow === undefined ? undefined : fieldsOf(shadow)
  const identification = oneOf(fields.get('identification'))
  const known = identification === undefined ? undefined : fieldsOf(identification)
  const ids = [
    textOf(shadowFields?.get('oid')),
    ...identifierValues(known?.get('primaryIdentifiers'), context),
    ...identifierValues(known?.get('secondaryIdentifiers'), context),
  ]
  const subject: Subject = { objectType: classType(textOf(known?.get('objectClass'))), ids, at: node.at }
  switch (/(Add|Modify|Delete)Operation/i.exec(statedType(node) ?? name)?.[1]?.toLowerCase()) {
    case 'add':
      return readAddedShadow(node, oneOf(shadowFields?.get('object')), ids, context)
    case 'modify': {
      const reading = createReading()
      for (const operation of listOf(fields.get('operation')))
        readItemDeltas(reading, 'shadow', listOf(fieldsOf(operation).get('delta')))
      return partialChange(reading, subject, context)
    }
    case 'delete':
      return deletion(createReading(), subject, context)
    default:
      throw notUnderstood(
        node,
        'does not say whether to add, modify or delete',
        'Send @type, such as AsyncProvisioningModifyOperationRequestedType.',
      )
  }
}

function readAddedShadow(
  node: Node,
  object: Node | undefined,
  ids: readonly (string | null)[],
  context: ReadContext,
): IncomingChange {
  if (object === undefined)
    throw notUnderstood(node, 'adds an account without its shadow', 'Send shadowRef with the object in it.')
  return readObject(object, 'shadow', context, ids)
}
