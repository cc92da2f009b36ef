/** The plan of a request that waits for approval, as those who decide see it: per target, what is there now and what would be. */
import type { Writes } from '#core/account.ts'
import { isGatewayError } from '#core/errors.ts'
import type { PlannedWrites } from '#core/approval-image.ts'
import type { PlannedStepRow } from '#core/ledger/read-approvals.ts'
import { emptyWrites } from '#connectors/kit/session.ts'
import { plannedWrites } from '#connectors/kit/planned.ts'
import type { PlannedChange } from '../api/types.ts'
import { toSentence } from './sentences.ts'

/**
 * @param rows the steps, with the accounts as they were read when people were asked, or as the gateway left them
 * @param connectorOf the kind of a target
 */
export function toPlannedChanges(
  rows: readonly PlannedStepRow[],
  connectorOf: (target: string) => string,
): readonly PlannedChange[] {
  return rows.map((row) => {
    const { target, plan, readAt, label, left } = row
    const basis = readAt !== null ? 'read' : left !== null ? 'known' : 'unknown'
    const { outcome, writes } = toWrites(row)
    return {
      target,
      connector: connectorOf(target),
      operation: plan.operation,
      outcome,
      basis,
      readAt: readAt?.toISOString() ?? null,
      label: readAt === null ? (left?.label ?? null) : label,
      writes,
      words: toSentence(target, plan.operation, outcome, writes),
    }
  })
}

/** What a worker saw; else what would be done to the account as it was left; else everything that the plan says. */
function toWrites({ plan, readAt, planned, left }: PlannedStepRow): PlannedWrites {
  if (planned !== null) return planned
  try {
    if (readAt === null && (left !== null || plan.operation === 'create')) return plannedWrites(plan, left)
  } catch (error) {
    // What cannot be done fails when its turn comes; here it is shown as asked for.
    if (!isGatewayError(error)) throw error
  }
  return { outcome: plan.operation === 'delete' ? 'delete' : 'modify', writes: toAskedWrites(plan) }
}

function toAskedWrites({ operation, attributes, memberships, secrets }: PlannedStepRow['plan']): Writes {
  if (operation === 'delete') return emptyWrites
  const isSwitched = operation === 'enable' || operation === 'disable'
  return {
    attributes: Object.entries(attributes).map(([attribute, { values, multivalued }]) => ({
      attribute,
      before: [],
      after: values,
      multivalued,
    })),
    enabled: isSwitched ? { before: operation === 'disable', after: operation === 'enable' } : null,
    memberships,
    secrets: Object.keys(secrets),
  }
}
