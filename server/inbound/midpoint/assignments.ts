/**
 * Assignments, each seen as the object it points at: `assignment` holds the oids of roles, orgs and archetypes assigned by
 * the default relation, `assignment.<relation>` those of other relations, `construction` the oids of resources. What the
 * oids stand for is a table that people edit in the rules.
 */
import type { Scalar } from '#core/values.ts'
import { fieldsOf, oneOf, textOf, type Fields, type Node } from './nodes.ts'
import { localName } from './names.ts'
import { addValues, leaveOut, type Op, type Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'
import { referenceOid } from './values.ts'
import { idleLifecycles, offStatuses, relations } from './vocabulary.ts'

/** Adds assignments as attribute values. One that is not in force grants nothing, so it is left out unless it is removed. */
export function readAssignments(reading: Reading, op: Op, nodes: readonly Node[], at: string): void {
  const byName = new Map<string, Scalar[]>()
  if (op === 'replace')
    for (const name of ['assignment', 'construction', ...relations.map((relation) => `assignment.${relation}`)])
      byName.set(name, [])
  for (const node of nodes) {
    const fields = fieldsOf(node)
    if (op !== 'remove' && !inForce(fields)) {
      leaveOut(reading, node)
      continue
    }
    const found = meaningOf(node, fields, op)
    if (found === null) leaveOut(reading, node)
    else byName.set(found.name, [...(byName.get(found.name) ?? []), found.oid])
  }
  for (const [name, oids] of byName) addValues(reading, name, op, oids, { at })
}

/** What an assignment may hold besides a target or a resource; nothing of it concerns accounts. */
const otherContents = ['policyRule', 'focusMappings', 'personaConstruction']

function meaningOf(node: Node, fields: Fields, op: Op): { readonly name: string; readonly oid: string } | null {
  const target = oneOf(fields.get('targetRef'))
  if (target !== undefined) {
    const items = fieldsOf(target)
    const relation = localName(textOf(items.get('relation')) ?? 'default')
    return { name: relation === 'default' ? 'assignment' : `assignment.${relation}`, oid: referenceOid(target, items) }
  }
  const construction = oneOf(fields.get('construction'))
  const resource = construction === undefined ? undefined : oneOf(fieldsOf(construction).get('resourceRef'))
  if (resource !== undefined) return { name: 'construction', oid: referenceOid(resource) }
  if (op !== 'remove' || otherContents.some((name) => fields.has(name))) return null
  throw notUnderstood(node, 'names an assignment only by its id', 'Send the assignment with its targetRef or construction.')
}

function inForce(fields: Fields): boolean {
  const lifecycle = textOf(fields.get('lifecycleState'))
  if (lifecycle !== null && idleLifecycles.has(lifecycle)) return false
  const activation = oneOf(fields.get('activation'))
  if (activation === undefined) return true
  const items = fieldsOf(activation)
  return !['administrativeStatus', 'effectiveStatus'].some((name) =>
    offStatuses.has(textOf(items.get(name))?.toLowerCase() ?? ''),
  )
}
