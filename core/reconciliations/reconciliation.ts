/**
 * Reconciliation: what a target holds, beside what the ledger believes it holds. It reads and reports; what is done about a finding is a person's
 * decision, and whatever is written to a target then is an ordinary request.
 */
import type { Difference } from '../account.ts'
import type { Problem } from '../states.ts'

export const reconciliationStates = ['waiting', 'running', 'done', 'cancelled', 'failed'] as const
export type ReconciliationState = (typeof reconciliationStates)[number]

/**
 * missing: the ledger has it, the target does not; orphan: the target has it, and it belongs to nobody we know; divergent: it is not as we left it;
 * adopted: it is an identity's, and the gateway did not make it.
 */
export const findingKinds = ['missing', 'orphan', 'divergent', 'adopted'] as const
export type FindingKind = (typeof findingKinds)[number]

/** repairing: a request that is to repair it is under way; closed: a later reconciliation did not find it any more, or a person dealt with it. */
export const findingStates = ['open', 'ignored', 'repairing', 'closed'] as const
export type FindingState = (typeof findingStates)[number]

/** When a target is reconciled by itself: every so often, or by a cron expression in a time zone. */
export type ReconcileSchedule = { readonly everyMs: number } | { readonly cron: string; readonly timeZone: string }

export interface ReconciliationCounts {
  /** Accounts that are there, known, and as they were left. */
  readonly matched: number
  readonly missing: number
  readonly orphan: number
  readonly divergent: number
  readonly adopted: number
  /** Accounts that the gateway itself was changing meanwhile: the next reconciliation judges them. */
  readonly busy: number
}

export interface ReconciliationRecord extends ReconciliationCounts {
  readonly id: string
  readonly seq: number
  readonly target: string
  readonly state: ReconciliationState
  readonly by: string
  readonly reason: string | null
  readonly expected: number
  readonly listed: number
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly resumeAt: Date | null
  readonly problem: Problem | null
}

/** What one account of a page, or of the ledger, turned out to be. */
export interface NewFinding {
  readonly kind: FindingKind
  readonly nativeId: string
  readonly label: string
  readonly identityId: string | null
  readonly candidateId: string | null
  readonly differences: readonly Difference[]
}
