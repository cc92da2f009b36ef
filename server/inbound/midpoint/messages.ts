/** Which of midPoint's messages a payload is. What fits none of them is somebody else's, and refused. */
import type { IncomingChange, ReadContext } from '../adapter.ts'
import { readChangeDescription, readModification, readObjectDelta } from './delta.ts'
import { checkShape, child, fieldsOf, isPlainObject, listOf, statedType, type Fields, type Node } from './nodes.ts'
import { readObject } from './object.ts'
import { isSimplified, readOperationRequested, readSimplified } from './provisioning.ts'
import { notUnderstood } from './refusal.ts'
import { singleValued } from './vocabulary.ts'

type Reader = (node: Node, context: ReadContext) => IncomingChange | null

/** Object types that may stand as a wrapping key or as `@type`. Whether they get accounts is settled later, with a reason. */
const objectTypes = [
  'user',
  'service',
  'shadow',
  'role',
  'org',
  'archetype',
  'focus',
  'task',
  'resource',
  'system',
  'genericobject',
]

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...objectTypes.map((type): [string, Reader] => [type, (node, context) => readObject(node, type, context)]),
  ['objectmodification', readModification],
  ['objectdelta', (node, context) => readObjectDelta(node, context)],
  ['resourceobjectshadowchangedescription', readChangeDescription],
  ['ucfchange', readChangeDescription],
])

const hint = 'Send a midPoint user, service or shadow, an objectModification, an objectDelta or simplifiedJson, as JSON.'

/** Reads a whole payload: one message or a list of them. */
export function readMessages(payload: unknown, context: ReadContext): readonly IncomingChange[] {
  const root = checkShape(payload)
  if (!Array.isArray(payload)) return readMessage(root, context)
  return listOf(root).flatMap((node) => readMessage(node, context))
}

function readMessage(node: Node, context: ReadContext): readonly IncomingChange[] {
  if (!isPlainObject(node.value)) throw notUnderstood(node, 'is not an object', hint)
  const fields = fieldsOf(node)
  if (fields.size === 1) {
    const [[name, wrapped]] = [...fields] as [[string, Node]]
    if (name === 'objects')
      return listOf(wrapped).flatMap((list) => [...fieldsOf(list)].flatMap(([type, field]) => readWrapped(type, field, context)))
    if (name === 'object' || readers.has(name.toLowerCase()) || name.startsWith('asyncProvisioning'))
      return readWrapped(name, wrapped, context)
  }
  const type = statedType(node)
  if (type !== null && type !== 'object') return many([readTyped(node, type, context)])
  if (isSimplified(fields)) return many([readSimplified(node, context)])
  if (isBareUser(fields)) return [readObject(node, 'user', context)]
  throw notUnderstood(node, 'is no message of midPoint', hint)
}

/** What stands under a wrapping key: one object or several. `object` says what it is by `@type`. */
function readWrapped(name: string, wrapped: Node, context: ReadContext): readonly IncomingChange[] {
  return listOf(wrapped).flatMap((node) => {
    const type = statedType(node)
    if (name !== 'object') return many([type === null ? readNamed(node, name, context) : readTyped(node, type, context)])
    if (
      type === 'objectlist' ||
      (type === null && isPlainObject(node.value) && fieldsOf(node).size === 1 && fieldsOf(node).has('object'))
    )
      return readWrapped('object', fieldsOf(node).get('object') ?? child(node, 'object', null), context)
    if (type === null)
      throw notUnderstood(node, 'is an "object" that does not say what it is', 'Give it an @type, such as UserType.')
    return many([readTyped(node, type, context)])
  })
}

function readNamed(node: Node, name: string, context: ReadContext): IncomingChange | null {
  const reader = readers.get(name.toLowerCase())
  if (reader !== undefined) return reader(node, context)
  if (/^asyncprovisioning/i.test(name)) return readOperationRequested(node, name, context)
  throw notUnderstood(node, 'is no message of midPoint', hint)
}

/** `type` is already without `Type` and in lower case. */
function readTyped(node: Node, type: string, context: ReadContext): IncomingChange | null {
  const reader = readers.get(type)
  if (reader !== undefined) return reader(node, context)
  if (type.startsWith('asyncprovisioning')) return readOperationRequested(node, type, context)
  throw notUnderstood(node, 'has an @type that is not known', hint)
}

/**
 * A user without its wrapping key: it has a name and at least one more of a user's own items. A name alone could be anything,
 * and an account for anything is worse than a refusal.
 */
function isBareUser(fields: Fields): boolean {
  const own = [...fields.keys()].filter(
    (name) => name !== 'name' && (singleValued.has(name) || ['activation', 'assignment', 'credentials'].includes(name)),
  )
  return fields.has('name') && own.length > 0
}

function many(changes: readonly (IncomingChange | null)[]): readonly IncomingChange[] {
  return changes.filter((change) => change !== null)
}
