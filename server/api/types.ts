/**
 * The answers of the HTTP API, as types only: the one file of the gateway that the dashboard may import. Times are ISO 8601
 * in UTC with milliseconds; ids are UUIDs.
 */
import type { Account, Difference, Disposition, Writes } from '#core/account.ts'
import type { NotificationKind, NotificationState } from '#core/ledger/notification.ts'
import type { Phrase } from '#core/phrase.ts'
import type { FailurePolicy, Operation, Plan, RequestKind } from '#core/plan.ts'
import type { DepartureState } from '#core/departure.ts'
import type { Attested, Verb } from '#core/saga/verbs.ts'
import type { Problem, RequestState, StepState } from '#core/states.ts'
import type { TargetCapabilities, TargetSurvey } from './target-types.ts'

export type { Attested, Verb } from '#core/saga/verbs.ts'
export type { NotificationKind, NotificationState } from '#core/ledger/notification.ts'
export type { Words } from '#core/plan.ts'
export type { Problem, RequestState, StepState } from '#core/states.ts'
export type * from './approval-types.ts'
export type * from './reconciliation-types.ts'
export type * from './rule-types.ts'
export type * from './target-types.ts'

/** A row of the list. */
export interface RequestSummary {
  readonly id: string
  readonly state: RequestState
  readonly kind: RequestKind
  readonly source: string
  readonly externalId: string
  /** How people call the identity, such as "Zoé Müller"; null when the request does not say. */
  readonly displayName: string | null
  readonly generation: number
  readonly receivedAt: string
  readonly settledAt: string | null
  readonly steps: readonly { readonly target: string; readonly state: StepState }[]
  /** Why the request did not succeed. */
  readonly problem: Problem | null
  /** The parked targets that are all it waits for; empty when something else can still be done, or nothing is left to do. */
  readonly waitingFor: readonly WaitingFor[]
}

export interface WaitingFor {
  readonly target: string
  readonly state: 'open' | 'half_open' | 'maintenance'
  /** When a step may try again; null when nobody can say. */
  readonly until: string | null
  /** Such as "waiting for target erp: breaker open until 2026-11-22T20:00:00.000Z". */
  readonly message: string
}

export interface StepDetail {
  readonly target: string
  readonly connector: string
  readonly operation: Operation
  readonly state: StepState
  readonly onFailure: FailurePolicy
  readonly attempts: number
  readonly startedAt: string | null
  readonly settledAt: string | null
  readonly disposition: Disposition | null
  readonly nativeId: string | null
  readonly label: string | null
  /** Secrets never stand in images; `writes.secrets` names the secret attributes that were set. */
  readonly before: Account | null
  readonly after: Account | null
  readonly writes: Writes | null
  readonly error: Problem | null
  /** What a stuck undo found instead of what we left. */
  readonly differences: readonly Difference[]
  /** What people stated of the step as it is now; it counts when two say the same. */
  readonly statements: readonly Statement[]
}

export interface Statement {
  /** `person:<name>`. */
  readonly person: string
  readonly outcome: Attested
  readonly reason: string
  readonly at: string
}

export interface RequestDetail extends RequestSummary {
  readonly plan: Plan
  readonly details: readonly StepDetail[]
  /** What people with the right to it can do with the request now. */
  readonly verbs: readonly Verb[]
  /** The newer request that asks for all that this one asked for. */
  readonly supersededBy: string | null
}

/** Something that people or sources are told: a mail, or a call of a source's webhook. */
export interface Notification {
  readonly id: string
  readonly channel: 'mail' | 'webhook'
  readonly kind: NotificationKind
  /** `person:<name>` or `source:<name>`. */
  readonly recipient: string
  /** Null when it is about a target. */
  readonly requestId: string | null
  /** The target that it is about; null when it is about a request. */
  readonly target: string | null
  readonly approvalId: string | null
  /** dead: given up; people can have it tried again. */
  readonly state: NotificationState
  readonly attempts: number
  /** When it is tried next; null when it is not. */
  readonly nextAttemptAt: string | null
  readonly createdAt: string
  readonly sentAt: string | null
  readonly error: Problem | null
}

/** An account that is disabled, and what will become of it. */
export interface Departure {
  readonly id: string
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly target: string
  /** What a person would call the account. */
  readonly label: string | null
  /** waiting: for its day; filed: its deletion was asked for; kept: people want it to stay; returned: so did the person. */
  readonly state: DepartureState
  readonly disabledAt: string
  /** When its grace is over. */
  readonly deleteAt: string
  /** The request that disabled it. */
  readonly disabledBy: string
  /** The request that deletes it; null before its day. */
  readonly deletion: string | null
  /** The source deleted the identity: nothing is kept of it when its last account is gone. */
  readonly isForgotten: boolean
  /** Why it was not deleted when its day had come. */
  readonly problem: Problem | null
  /** Who named another day, or had the account stay, and why. */
  readonly changed: { readonly by: string; readonly reason: string | null; readonly at: string } | null
  /** Whether the caller may name another day, or have the account stay, now. */
  readonly mayChange: boolean
}

/** One line of a request's history, from the audit trail. */
export interface RequestEvent {
  readonly seq: number
  readonly at: string
  /** accepted, claimed, applied, failed, unknown, superseded, decided, undoing, undone, kept, stuck … */
  readonly action: string
  readonly actor: string
  /** What happened alike in several targets at once is one event. */
  readonly targets: readonly string[]
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Give it back as `cursor` for the next page; null on the last. */
  readonly next: string | null
}

/** The SSE stream `GET /api/v1/events` (all requests) and `GET /api/v1/requests/:id/events` with `Accept: text/event-stream`. */
export type LiveEvent =
  | { readonly type: 'request'; readonly request: RequestSummary }
  | { readonly type: 'step'; readonly requestId: string; readonly target: string; readonly state: StepState }
  /** Told to people only. */
  | { readonly type: 'target'; readonly name: string; readonly state: TargetCondition }

/** ok; open: left alone because it failed; half_open: one step is trying; maintenance: switched off by a person. */
export type TargetCondition = 'ok' | 'open' | 'half_open' | 'maintenance'

export interface Target {
  readonly name: string
  readonly connector: string
  readonly title: { readonly en: string; readonly fr: string }
  readonly onFailure: FailurePolicy
  readonly state: TargetCondition
  /** Since when it is in this state; null when nothing ever happened. */
  readonly since: string | null
  /** Open: when one step tries again. */
  readonly until: string | null
  readonly maintenance: { readonly reason: string; readonly by: string; readonly since: string } | null
  /** Steps that wait, those behind others of their identity included. */
  readonly queued: number
  /** Steps that a worker is carrying out. */
  readonly running: number
  readonly oldestWaitingSeconds: number | null
  readonly lastError: { readonly code: string; readonly at: string } | null
  readonly limits: {
    readonly concurrency: number | null
    readonly rateLimit: { readonly max: number; readonly perMs: number } | null
    readonly breaker: { readonly failures: number; readonly openForMs: number; readonly atMostMs: number }
  }
}

/** One target with what it can and what it says of itself. */
export interface TargetDetail extends Target {
  /** With its settings, less what it said that does not hold; null for a connector that this version does not know. */
  readonly capabilities: TargetCapabilities | null
  /** Null when nobody asked it yet, or it has nothing to say: the capabilities are as declared. */
  readonly survey: TargetSurvey | null
}

export interface Me {
  readonly name: string
  readonly role: Role
  readonly locale: 'fr' | 'en' | null
}
export const roles = ['admin', 'rule_editor', 'approver', 'operator', 'auditor', 'reader'] as const
export type Role = (typeof roles)[number]

/** RFC 9457. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[]
  readonly hint?: string
  /** `detail` and `hint` in both languages, where they are from a list. */
  readonly phrase?: Phrase
  readonly advice?: Phrase
}
