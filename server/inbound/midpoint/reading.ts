/** What has been read of one object so far: deltas, secrets and what was left out, with the rules for adding to it. */
import type { AttributeDelta } from '../adapter.ts'
import { distinct } from '../adapter.ts'
import type { Scalar, Values } from '#core/values.ts'
import type { Node } from './nodes.ts'
import { notUnderstood } from './refusal.ts'
import { singleValued, statuses } from './vocabulary.ts'

/** `state` = the value as a whole object states it; the others are an item delta's. */
export type Op = 'state' | AttributeDelta['op']

export interface Reading {
  readonly deltas: AttributeDelta[]
  readonly keep: Set<string>
  readonly secrets: Map<string, string>
  /** Pointers of what was understood and left out. */
  readonly ignored: string[]
  /** Where old passwords are deleted: of no use beside a new one, and no change that a target could make without. */
  readonly passwordRemovals: Node[]
}

export function createReading(): Reading {
  return { deltas: [], keep: new Set(), secrets: new Map(), ignored: [], passwordRemovals: [] }
}

/** Adds one attribute's values. Nothing is added where nothing would change. */
export function addValues(reading: Reading, name: string, op: Op, values: Values, node: Pick<Node, 'at'>): void {
  if (name in Object.prototype || name.length > 256)
    throw notUnderstood(node, 'has a name that is not allowed', 'Rename this item.')
  const checked =
    name === 'administrativeStatus' || name === 'effectiveStatus' ? values.map((value) => statusOf(value, node)) : values
  if (checked.length > 1 && singleValued.has(name) && op !== 'remove')
    throw notUnderstood(node, 'has several values where one is allowed', `Send one value for "${name}".`)
  if (checked.length === 0 && op !== 'replace') return
  const effective = op === 'state' || (op === 'add' && singleValued.has(name)) ? 'replace' : op
  reading.deltas.push({ name, op: effective, values: distinct(checked) })
}

/** midPoint writes `disabled`; its Java enumerations, serialised by scripts, write `DISABLED`. */
function statusOf(value: Scalar, node: Pick<Node, 'at'>): string {
  const status = String(value).toLowerCase()
  if (statuses.has(status)) return status
  throw notUnderstood(node, 'is not an activation status', 'Send enabled, disabled or archived.')
}

export function addSecret(reading: Reading, name: string, text: string, node: Node): void {
  const other = reading.secrets.get(name)
  if (other !== undefined && other !== text) throw notUnderstood(node, 'is a second password', 'Send one password.')
  reading.secrets.set(name, text)
}

export function leaveOut(reading: Reading, node: Pick<Node, 'at'>): void {
  reading.ignored.push(node.at)
}
