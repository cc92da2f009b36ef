/**
 * When a waiting update need not run because a newer one, already waiting behind it, asks for all that it asked for.
 *
 * Safe means: the targets end as if both had run, one after the other. So both are updates (or both only of memberships), the older was never
 * rung, carries no secret (which would be lost), opens, enables, disables and deletes nothing, and whatever it would write the newer writes
 * too: the same attributes, in a way that does not depend on what the older left; and every group that the older would take away, the newer
 * takes away or gives. Whether both are planned on what is so, is asked by the caller: a plan that is to be made again says nothing.
 */
import type { DesiredAttribute, RequestKind, StepPlan } from '../plan.ts'
import { sameValues } from '../values.ts'

export interface WaitingRequest {
  readonly kind: RequestKind
  readonly hasSecrets: boolean
  readonly steps: readonly StepPlan[]
}

const gentle: ReadonlySet<RequestKind> = new Set(['update', 'membership'])

export function covers(newer: WaitingRequest, older: WaitingRequest): boolean {
  if (older.hasSecrets || !gentle.has(older.kind) || !gentle.has(newer.kind)) return false
  return older.steps.every((step) => {
    const later = newer.steps.find(({ target }) => target === step.target)
    return later !== undefined && coversStep(later, step)
  })
}

function coversStep(newer: StepPlan, older: StepPlan): boolean {
  if (!gentle.has(older.operation) || !gentle.has(newer.operation) || Object.keys(older.secrets).length > 0) return false
  const attributes = Object.entries(older.attributes).every(([name, desired]) => {
    const later = newer.attributes[name]
    return later !== undefined && overwrites(later, desired)
  })
  const { add, remove } = newer.memberships
  return (
    attributes &&
    older.memberships.remove.every((group) => remove.includes(group) || add.includes(group)) &&
    coversAdds(newer, older)
  )
}

/** What the older adds and the newer does not want, the newer takes away: its plan was made on top of the older one's. */
function coversAdds(newer: StepPlan, older: StepPlan): boolean {
  const { add, remove } = newer.memberships
  return older.memberships.add.every((group) => add.includes(group) || remove.includes(group))
}

/** Whether the attribute ends the same, whatever stood there before: only a strong replacement does, or the same wish twice. */
function overwrites(newer: DesiredAttribute, older: DesiredAttribute): boolean {
  if (newer.strength === older.strength && newer.multivalued === older.multivalued && sameValues(newer.values, older.values))
    return true
  return newer.strength === 'strong' && newer.multivalued === 'replace' && older.strength === 'strong'
}
