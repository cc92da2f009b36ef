/**
 * What each item of an object means to the gateway. A whole object and an item delta pass through the same table, so that
 * `{"extension": {"ship": "x"}}` and a change of the path `extension/ship` can never end under different names.
 */
import { isSecretName } from '../secret-names.ts'
import { readAssignments } from './assignments.ts'
import { fieldsOf, isIncomplete, listOf, type Node } from './nodes.ts'
import { parsePath, plainConnId, plainPath, type Path } from './names.ts'
import { addSecret, addValues, leaveOut, type Op, type Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'
import { clearText, flatten, isContainer, isProtected, scalarsOf } from './values.ts'
import { activationItems, bookkeeping, reserved } from './vocabulary.ts'

/** focus: users and their like. shadow: accounts, whose own items are bookkeeping. flat: simplifiedJson's attributes. */
export type Scope = 'focus' | 'shadow' | 'flat'

export interface ItemReader {
  readonly reading: Reading
  readonly scope: Scope
  readonly op: Op
}

/** Reads one item; `node` is its value as it stands in the payload. */
export function readItem(reader: ItemReader, path: Path, node: Node): void {
  const [first, ...below] = path
  if (first === undefined) throw notUnderstood(node, 'has no path', 'Name the item that changes.')
  if (first.name === 'assignment' && reader.scope === 'focus') return readAssignmentItem(reader, first.id, below, node)
  refuseIds(path, node)
  if (isIncomplete(node.value) && reader.op !== 'state')
    throw notUnderstood(node, 'is marked as incomplete', 'Send the whole value.')
  switch (first.name) {
    case 'activation':
      return readActivation(reader, below, node)
    case 'credentials':
      return readCredentials(reader, below, node)
    case 'extension':
    case 'attributes':
      return readOpenContainer(reader, first.name, below, node)
    case 'association':
    case 'associations':
      return readAssociations(reader, below, node)
    default:
      return readOrdinary(reader, path, node)
  }
}

function refuseIds(path: Path, node: Node): void {
  if (path.some((segment) => segment.id !== null))
    throw notUnderstood(node, 'changes something inside one of several values', 'Send the whole object instead.')
}

/** The values of an item's node; an incomplete item of a whole object keeps what is known. */
function valuesOf({ reading, op }: ItemReader, name: string, node: Node): readonly Node[] | null {
  if (op !== 'state' || !isIncomplete(node.value)) return listOf(node)
  reading.keep.add(name)
  return null
}

function readAssignmentItem(reader: ItemReader, id: string | null, below: Path, node: Node): void {
  if (below.length > 0 && ['metadata', 'description', 'iteration', 'iterationToken'].includes(below[0]?.name ?? ''))
    return leaveOut(reader.reading, node)
  if (below.length > 0 || id !== null)
    throw notUnderstood(
      node,
      'changes something inside one assignment, which is not known by its number here',
      'Send the whole object, or add and delete whole assignments.',
    )
  const values = valuesOf(reader, 'assignment', node)
  if (values === null) reader.reading.keep.add('construction')
  else readAssignments(reader.reading, reader.op, values, node.at)
}

function readActivation(reader: ItemReader, below: Path, node: Node): void {
  const [item, ...rest] = below
  if (item !== undefined) {
    if (rest.length > 0 || !activationItems.has(item.name)) return leaveOut(reader.reading, node)
    return readPlain(reader, item.name, node)
  }
  const values = valuesOf(reader, 'activation', node)
  if (values === null) for (const name of activationItems) reader.reading.keep.add(name)
  if (reader.op === 'replace') for (const name of activationItems) addValues(reader.reading, name, 'replace', [], node)
  for (const value of values ?? []) for (const [name, field] of fieldsOf(value)) readActivation(reader, plainPath(name), field)
}

function readCredentials(reader: ItemReader, below: Path, node: Node): void {
  const names = below.map(({ name }) => name)
  if (names.length > 0 && names[0] !== 'password') return leaveOut(reader.reading, node)
  if (names.length > 2 || (names.length === 2 && names[1] !== 'value')) return leaveOut(reader.reading, node)
  if (names.length === 2) return readPassword(reader, node)
  for (const value of valuesOf(reader, 'credentials', node) ?? [])
    for (const [name, field] of fieldsOf(value)) readCredentials(reader, [...below, ...plainPath(name)], field)
}

function readPassword(reader: ItemReader, node: Node): void {
  if (reader.op === 'remove') {
    reader.reading.passwordRemovals.push(node)
    return
  }
  const [value, ...others] = listOf(node)
  if (others.length > 0) throw notUnderstood(node, 'has several passwords', 'Send one password.')
  if (value !== undefined) return addSecret(reader.reading, 'password', clearText(value), value)
  if (reader.op !== 'state')
    throw notUnderstood(node, 'takes the password away, which no target can do', 'Disable the identity, or send a new password.')
}

/** `extension` and a shadow's `attributes`: their items take part under their own names. */
function readOpenContainer(reader: ItemReader, container: 'extension' | 'attributes', below: Path, node: Node): void {
  if (below.length > 0) {
    const [first, ...rest] = below.map(({ name }) => name)
    return readNamed(reader, [isTaken(reader, container, first ?? '') ? `${container}.${first}` : (first ?? ''), ...rest], node)
  }
  if (reader.op === 'replace')
    throw notUnderstood(node, `replaces all of "${container}" at once`, 'Name each item, such as "extension/ship".')
  const values = valuesOf(reader, container, node)
  if (values === null)
    throw notUnderstood(node, `leaves it open what "${container}" holds`, 'Send the object with this container complete.')
  for (const value of values)
    for (const [name, field] of fieldsOf(value)) readOpenContainer(reader, container, plainPath(name), field)
}

/**
 * Whether an item of an open container would take the name of another item. The reserved names decide alike for objects and
 * deltas; an item that only a bare object has beside its extension is noticed in the object itself.
 */
function isTaken({ reading, op }: ItemReader, container: 'extension' | 'attributes', name: string): boolean {
  if (container === 'attributes') return activationItems.has(name) || name === 'association'
  return (
    reserved.has(name) ||
    (op === 'state' && reading.deltas.some((delta) => delta.name === name || delta.name.startsWith(`${name}.`)))
  )
}

/** Entitlements of an account: the oid of each entitlement's shadow. */
function readAssociations(reader: ItemReader, below: Path, node: Node): void {
  const values = valuesOf(reader, 'association', node) ?? []
  const name = ['association', ...below.map((segment) => segment.name)].join('.')
  const oids = values.map((value) => {
    const found = fieldsOf(value).get('shadowRef')
    if (found === undefined)
      throw notUnderstood(value, 'is an association without "shadowRef"', 'Send associations with their shadowRef.')
    return listOf(found)
  })
  addValues(reader.reading, name, reader.op, scalarsOf(oids.flat()), node)
}

function readOrdinary(reader: ItemReader, path: Path, node: Node): void {
  const [first = ''] = path.map(({ name }) => name)
  if (first === 'oid' && reader.scope !== 'flat') return
  if (reader.scope === 'shadow') return leaveOut(reader.reading, node)
  if (reader.scope === 'focus' && (bookkeeping.has(first) || first.startsWith('_'))) return leaveOut(reader.reading, node)
  if (reader.scope === 'flat') return readFlat(reader, path, node)
  readNamed(
    reader,
    path.map(({ name }) => name),
    node,
  )
}

function readFlat(reader: ItemReader, path: Path, node: Node): void {
  const names = path.map(({ name }) => plainConnId(name))
  const password = isSecretName(names.join('.')) || (names.join('.') === 'value' && isProtectedList(node))
  if (password) return readPassword(reader, node)
  if (names[0] === '__ENABLE__') return readEnable(reader, node)
  readNamed(reader, names, node)
}

function readEnable(reader: ItemReader, node: Node): void {
  const values = scalarsOf(listOf(node)).map((value) => (String(value).toLowerCase() === 'true' ? 'enabled' : 'disabled'))
  addValues(reader.reading, 'administrativeStatus', reader.op === 'add' ? 'replace' : reader.op, values, node)
}

/** Any other item. Protected strings, and whatever is named like a secret, are never made into attributes. */
function readNamed(reader: ItemReader, names: readonly string[], node: Node): void {
  if (isProtectedList(node) || isSecretName(names.at(-1) ?? '')) return leaveOut(reader.reading, node)
  const values = valuesOf(reader, names.join('.'), node)
  if (values === null) return
  const container = values.find(isContainer)
  if (container === undefined) return readPlain(reader, names.join('.'), node)
  if (reader.op !== 'state')
    throw notUnderstood(
      container,
      'is a structure in a change',
      'Name each item of the structure in a path of its own, or send the whole object.',
    )
  const byName = Map.groupBy(flatten(values, names), ([path]) => path.join('.'))
  for (const [name, leaves] of byName) {
    const plain = leaves.filter(([path, leaf]) => !isProtected(leaf) && !isSecretName(path.at(-1) ?? ''))
    for (const [, leaf] of leaves.filter((entry) => !plain.includes(entry))) leaveOut(reader.reading, leaf)
    addValues(reader.reading, name, reader.op, scalarsOf(plain.map(([, leaf]) => leaf)), node)
  }
}

function isProtectedList(node: Node): boolean {
  return isProtected(node) || listOf(node).some((value) => isProtected(value))
}

function readPlain(reader: ItemReader, name: string, node: Node): void {
  const values = valuesOf(reader, name, node)
  if (values !== null) addValues(reader.reading, name, reader.op, scalarsOf(values), node)
}

/** Reads an item that a change names by a path text. */
export function readPath(reader: ItemReader, text: string, at: string, node: Node): void {
  readItem(reader, parsePath(text, at), node)
}
