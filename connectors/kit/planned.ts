/** What a step would write to an account as it is known, for people who decide on it; nothing is called. */
import type { Account, Writes } from '#core/account.ts'
import type { PlannedWrites } from '#core/approval-image.ts'
import type { StepPlan } from '#core/plan.ts'
import type { Spelling } from './connector.ts'
import { emptyWrites, intend, writesOfDraft, type Change, type Intent } from './converge.ts'

/** Secrets stand there by the names of their attributes. Throws like `intend`: `invalid`, `not_found`. */
export function plannedWrites(plan: StepPlan, account: Account | null, spelling?: Spelling): PlannedWrites {
  const change: Change = {
    operation: plan.operation,
    key: { nativeId: account?.nativeId ?? null, correlate: plan.correlate },
    attributes: plan.attributes,
    memberships: plan.memberships,
    secrets: Object.fromEntries(Object.keys(plan.secrets).map((attribute) => [attribute, ''])),
  }
  const intent = intend(change, account, spelling)
  return { outcome: intent.kind === 'noop' ? 'nothing' : intent.kind, writes: writesOf(intent, change, spelling) }
}

function writesOf(intent: Intent, change: Change, spelling: Spelling | undefined): Writes {
  switch (intent.kind) {
    case 'create':
      return writesOfDraft(change, intent.draft, spelling)
    case 'modify':
      return intent.writes
    case 'delete':
    case 'noop':
      return emptyWrites
  }
}
