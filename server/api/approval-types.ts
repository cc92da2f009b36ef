/** The answers about what people are asked, as types only: approvals, delegations, safety thresholds; `types.ts` passes them on. */
import type { Writes } from '#core/account.ts'
import type { WhyNot } from '#core/approval-rights.ts'
import type { ApprovalState } from '#core/ledger/read-approvals.ts'
import type { ApprovalNeed, ApproverRole, Operation, RequestKind, Words } from '#core/plan.ts'
import type { GuardedOperation, SafetyReason, SafetyThreshold } from '#core/safety.ts'

export type { WhyNot } from '#core/approval-rights.ts'

/** What waits, or waited, for people's agreement before a request is carried out: one stage of a policy. */
export interface Approval {
  readonly id: string
  readonly requestId: string
  readonly kind: RequestKind
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  /** What the rules call it. */
  readonly name: string
  /** Who may decide; an administrator always may. */
  readonly role: ApproverRole
  /** All the roles that may decide, `role` among them. */
  readonly roles: readonly ApproverRole[]
  /** Those who may decide whatever their role is: `person:<name>`. */
  readonly people: readonly string[]
  /** So many different people must agree. */
  readonly quorum: number
  /** Which stage of its policy this is, from 1, and of how many; a stage is asked when the one before is given. */
  readonly stage: number
  readonly stages: number
  /** 1, and one more each time that the request asks anew. */
  readonly round: number
  /** What is agreed to. */
  readonly planHash: string
  /** Who cannot approve it. */
  readonly requester: string
  /** Set when a safety threshold asks: which, and the numbers as they were when it was asked. */
  readonly reason: SafetyReason | null
  readonly state: ApprovalState
  readonly askedAt: string
  readonly expiresAt: string
  /** When others may decide too, or the request is refused, if nobody decided until then; null when nothing happens, or it has happened. */
  readonly escalatesAt: string | null
  readonly escalatedAt: string | null
  readonly decidedAt: string | null
  readonly decisions: readonly {
    readonly person: string
    /** Who had given the decision out of hand; null where the person decided in their own right. */
    readonly onBehalfOf: string | null
    readonly decision: 'approve' | 'refuse'
    readonly reason: string
    readonly at: string
  }[]
  /** Whether the caller may decide now. */
  readonly mayDecide: boolean
  /** Why not; null when they may. */
  readonly whyNot: WhyNot | null
  /** In whose stead the caller would decide; null: in their own right, or not at all. */
  readonly onBehalfOf: string | null
}

/** An approval with all that its decision is made on. */
export interface ApprovalDetail extends Approval {
  /** What would be done, target by target. */
  readonly planned: readonly PlannedChange[]
  /** What became of approvals of this name, for the same rule set, kind and targets. */
  readonly similar: { readonly approved: number; readonly refused: number; readonly expired: number }
  /** Who gave this one decision out of hand, and to whom. */
  readonly delegations: readonly Delegation[]
}

/** What a step would do to its account, as far as is known now. */
export interface PlannedChange {
  readonly target: string
  readonly connector: string
  readonly operation: Operation
  readonly outcome: 'create' | 'modify' | 'delete' | 'nothing'
  /** read: held against the account as it was at `readAt`; known: against what the gateway left there the last time; unknown: against nothing. */
  readonly basis: 'read' | 'known' | 'unknown'
  readonly readAt: string | null
  /** What people call the account; null when there is none, or nobody knows. */
  readonly label: string | null
  /** Each attribute before and after; secrets by the names of their attributes only. */
  readonly writes: Writes
  /** The same in one sentence. */
  readonly words: Words
}

/** Somebody decides in the stead of another: one approval, or everything for a time. */
export interface Delegation {
  readonly id: string
  /** `person:<name>`. */
  readonly from: string
  readonly to: string
  /** The one approval; null: all of them. */
  readonly approvalId: string | null
  readonly reason: string
  readonly startsAt: string
  /** null: until it is decided. */
  readonly endsAt: string | null
  readonly createdAt: string
  readonly createdBy: string
  readonly revokedAt: string | null
  readonly isActive: boolean
}

/** A safety threshold of a rule set in force, where it counts, and how much of it is used now. */
export interface SafetyStatus {
  readonly ruleSet: string
  readonly name: string
  readonly operations: readonly GuardedOperation[]
  readonly per: SafetyThreshold['per']
  /** The one target, or all that are counted together. */
  readonly targets: readonly string[]
  readonly withinSeconds: number
  readonly count: number | null
  readonly percent: number | null
  /** How many there are in all; null when the threshold has no percent. */
  readonly known: number | null
  /** How many are let through in the time, and how many were. */
  readonly limit: number
  readonly used: number
  /** Requests that it holds now. */
  readonly held: number
  readonly role: ApprovalNeed['role']
  readonly quorum: number
}

/** What became of one answer for all that a threshold holds. */
export interface HeldDecided {
  readonly decided: number
  /** How many the person may still answer: ask again for them. */
  readonly left: number
}
