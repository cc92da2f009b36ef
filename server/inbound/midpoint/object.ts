/** Whole objects: users, services, shadows. Such an object states everything, so what it does not name has no value. */
import type { IncomingChange, ReadContext } from '../adapter.ts'
import { wholeChange } from './changes.ts'
import { idsIn } from './identifiers.ts'
import { readItem, type Scope } from './items.ts'
import { fieldsOf, isIncomplete, oneOf, textOf, type Fields, type Node } from './nodes.ts'
import { plainPath } from './names.ts'
import { createReading, type Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'
import { scalarsOf } from './values.ts'

/** Reads an object of a known type. `fallbackIds` are ids that the message around it states. */
export function readObject(
  node: Node,
  objectType: string,
  context: ReadContext,
  fallbackIds: readonly (string | null)[] = [],
): IncomingChange {
  if (isIncomplete(node.value)) throw notUnderstood(node, 'is marked as incomplete', 'Send the whole object.')
  const fields = fieldsOf(node)
  const shadow = objectType === 'shadow'
  const reading = readItems(fields, shadow ? 'shadow' : 'focus')
  const name = nameOf(fields)
  const ids = [textOf(fields.get('oid')), ...fallbackIds]
  if (!shadow) {
    if (name === null)
      throw notUnderstood(node, 'is an object without a name', 'Send the whole object: what it does not name would be cleared.')
    return wholeChange(reading, { objectType, ids: [...ids, name], at: node.at }, context)
  }
  refuseGone(fields)
  if (reading.deltas.length === 0)
    throw notUnderstood(
      node,
      'is an account without attributes',
      'Send the whole account: what it does not name would be cleared.',
    )
  const found = [...ids, ...idsIn(reading, context), name]
  const change = wholeChange(reading, { objectType: accountType(fields), ids: found, at: node.at }, context)
  return { ...change, displayName: change.displayName ?? name }
}

/** The extension comes last, so that its items give way where a name is taken, whatever the order in the payload. */
function readItems(fields: Fields, scope: Scope): Reading {
  const reading = createReading()
  const entries = [...fields].toSorted(([left], [right]) => Number(left === 'extension') - Number(right === 'extension'))
  for (const [name, field] of entries) readItem({ reading, scope, op: 'state' }, plainPath(name), field)
  return reading
}

function nameOf(fields: Fields): string | null {
  const found = oneOf(fields.get('name'))
  const [name] = found === undefined ? [] : scalarsOf([found])
  return name === undefined ? null : String(name)
}

/** A dead shadow is a trace of an account that is gone. It is no account to create, and no order to delete one. */
function refuseGone(fields: Fields): void {
  for (const [name, gone] of [
    ['dead', true],
    ['exists', false],
  ] as const) {
    const found = oneOf(fields.get(name))
    if (found !== undefined && String(found.value).toLowerCase() === String(gone))
      throw notUnderstood(found, 'says that the account is gone', 'To delete it, send an objectDelta with changeType delete.')
  }
}

/** Entitlements and groups travel as shadows too; they get no account. */
function accountType(fields: Fields): string {
  const kind = textOf(fields.get('kind'))
  if (kind !== null && kind !== 'account' && kind !== 'unknown') return kind
  return classType(textOf(fields.get('objectClass')))
}

/** What an object class stands for: `GroupObjectClass`, `groupOfNames`, `organizationalUnit` are no accounts. */
export function classType(objectClass: string | null): string {
  const plain = (objectClass ?? '').toLowerCase()
  if (plain.includes('group')) return 'group'
  return plain.includes('organizationalunit') ? 'org' : 'shadow'
}
