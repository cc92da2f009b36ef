/**
 * What an approval is based on in the targets: of each account, what the step touches, as one hash. When the step begins and the account no
 * longer has that hash, what would be done is not what people agreed to.
 */
import { createHash } from 'node:crypto'
import type { Account, Writes } from './account.ts'
import { canonicalJson } from './canonical-json.ts'
import type { StepPlan } from './plan.ts'

/** What a step would do to an account as it was read. */
export interface PlannedWrites {
  readonly outcome: 'create' | 'modify' | 'delete' | 'nothing'
  readonly writes: Writes
}

/**
 * SHA-256 in hex over the account's identity, whether it is enabled, and of its attributes and memberships those that the step writes or finds it
 * by; over all of them for a deletion, which takes everything. What others do elsewhere on the account is no drift.
 */
export function imageHash(plan: StepPlan, account: Account | null): string {
  return createHash('sha256')
    .update(canonicalJson(toTouched(plan, account)))
    .digest('hex')
}

function toTouched({ operation, attributes, correlate, memberships }: StepPlan, account: Account | null): unknown {
  if (account === null) return null
  const isAll = operation === 'delete'
  const touched = new Set([...Object.keys(attributes), ...Object.keys(correlate)].map((name) => name.toLowerCase()))
  const own = Object.entries(account.attributes).filter(([name]) => isAll || touched.has(name.toLowerCase()))
  const hasGroups = isAll || memberships.all === true || memberships.add.length + memberships.remove.length > 0
  return {
    nativeId: account.nativeId,
    enabled: account.enabled,
    // In which order a system lists values is nobody's change.
    attributes: Object.fromEntries(own.map(([name, values]) => [name, values.map((value) => canonicalJson(value)).toSorted()])),
    memberships: hasGroups ? account.memberships.toSorted() : [],
  }
}
