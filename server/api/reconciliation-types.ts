/** What the API says of reconciliations; see `types.ts`. */
import type { Difference } from '#core/account.ts'
import type {
  FindingKind,
  FindingState,
  ReconciliationCounts,
  ReconciliationState,
} from '#core/reconciliations/reconciliation.ts'
import type { Problem } from '#core/states.ts'

/** What a target holds, beside what the ledger believes it holds. */
export interface Reconciliation {
  readonly id: string
  readonly target: string
  readonly state: ReconciliationState
  /** `schedule`: the target's configuration asked for it. */
  readonly by: string
  readonly reason: string | null
  /** Accounts that the ledger had there when it began. */
  readonly expected: number
  /** Accounts that the target has shown so far. */
  readonly listed: number
  readonly counts: ReconciliationCounts
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** The target asked for a pause, or failed; it goes on then. */
  readonly waitsUntil: string | null
  readonly problem: Problem | null
}

export interface FindingPerson {
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
}

/** One account that is not as the ledger has it. */
export interface Finding {
  readonly id: string
  readonly target: string
  readonly kind: FindingKind
  readonly state: FindingState
  readonly nativeId: string
  /** What a person would call the account. */
  readonly label: string
  /** Whose account it is; null for an orphan. */
  readonly identity: FindingPerson | null
  /** Of an orphan: whom it may belong to. */
  readonly candidate: FindingPerson | null
  /** What we last applied, and what stands there; never secrets. */
  readonly differences: readonly Difference[]
  readonly foundAt: string
  readonly seenAt: string
  readonly closed: { readonly at: string; readonly by: 'reconciliation' | 'adopted' } | null
  readonly ignored: { readonly until: string; readonly by: string; readonly reason: string } | null
  /** The request that is to repair it. */
  readonly requestId: string | null
}
