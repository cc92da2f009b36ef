/**
 * What the rules made of a request: one step per target. A plan is immutable and has a hash, because an approval, an
 * audit record and a worker must all speak of exactly the same thing.
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { SafetyReason } from './safety.ts'
import type { Attributes, Values } from './values.ts'

/** What an IAM can ask for one identity. */
export const requestKinds = ['create', 'update', 'disable', 'enable', 'delete', 'password', 'membership'] as const
export type RequestKind = (typeof requestKinds)[number]

/** What one step does in its target. */
export type Operation = RequestKind

/** strong: always; weak: only where the account has no value; initial: only when the account is created. */
export type Strength = 'strong' | 'weak' | 'initial'

export interface DesiredAttribute {
  /** The empty list clears the attribute. */
  readonly values: Values
  readonly strength: Strength
  /** merge keeps the values that others put there; replace makes the attribute hold exactly ours. */
  readonly multivalued: 'replace' | 'merge'
}

/** required: its failure rolls the request back; best-effort: reported only; hold: stops for an operator. */
export type FailurePolicy = 'required' | 'best-effort' | 'hold'

export interface StepPlan {
  readonly target: string
  readonly operation: Operation
  /** Attributes that find the account before its native id is known; every one of them must match. */
  readonly correlate: Attributes
  readonly attributes: Readonly<Record<string, DesiredAttribute>>
  /** Group identifiers as the target knows them (a DN, a name, an id). `all`: every group that the account is in is left, whoever put it there. */
  readonly memberships: { readonly add: readonly string[]; readonly remove: readonly string[]; readonly all?: true }
  /** Target attribute → name of the request's secret that fills it. The values themselves are sealed in the ledger. */
  readonly secrets: Readonly<Record<string, string>>
  readonly onFailure: FailurePolicy
  /** last: its target cannot undo it, so it is done when everything else is. Absent: main. */
  readonly phase?: 'main' | 'last'
  /** Of an account that is disabled: seconds until it is deleted, unless the person returns. Absent: it stays. */
  readonly graceSeconds?: number
  /** false: only a name that was just made up would find an account, so one that is found is somebody else's. Absent: it becomes the identity's. */
  readonly adopts?: false
}

/** Who may be asked to approve; an administrator may always answer. */
export const approverRoles = ['admin', 'approver', 'operator'] as const
export type ApproverRole = (typeof approverRoles)[number]

/** Who, besides whoever asked, must not approve. author: who wrote or published the rules in force; subject: whom the request is about. */
export const barredPeople = ['author', 'subject'] as const
export type BarredPerson = (typeof barredPeople)[number]

/** Who may answer: roles, and people by their names or e-mail addresses. */
export interface Approvers {
  readonly roles: readonly ApproverRole[]
  readonly people: readonly string[]
}

/** What happens when nobody answered for a while: others may answer too, or the request is refused. */
export type Escalation =
  | { readonly afterSeconds: number; readonly to: Approvers }
  | { readonly afterSeconds: number; readonly to: 'refuse' }

/** A text that people read, in both languages. */
export interface Words {
  readonly fr: string
  readonly en: string
}

/**
 * What must be agreed to before the plan may be carried out: one stage of a policy of the rules. What is absent is as the rule set leaves it
 * by default, so that the plans of before keep their hash.
 */
export interface ApprovalNeed {
  /** What people call it. */
  readonly name: string
  /** Who may answer; administrators always may. */
  readonly role: ApproverRole
  /** Further roles. */
  readonly roles?: readonly ApproverRole[]
  /** People who may answer whatever their role is: names or e-mail addresses, as the rules gave them. */
  readonly people?: readonly string[]
  /** So many different people. */
  readonly quorum: number
  /** From when it is asked until nobody's answer counts any more. */
  readonly expiresSeconds: number
  /** Which stage of its policy this is, from 1, of how many; the stages of one policy follow one another. Absent: the only one. */
  readonly stage?: number
  readonly stages?: number
  readonly escalation?: Escalation
  /** Who is reminded, so many seconds before the end. Absent: when three quarters of the time are over. */
  readonly remindSeconds?: number
  /** Absent: all of them. */
  readonly fourEyes?: readonly BarredPerson[]
  /** Whom the request is about, as the rules say it: names or e-mail addresses. Absent: the computed attribute `login`. */
  readonly subject?: readonly string[]
  /** What to do when an account is no longer as it was when people were asked. Absent: refuse. */
  readonly onDrift?: 'refuse' | 'replan'
  /** Set when a safety threshold asks: which, and the numbers. */
  readonly reason?: SafetyReason
}

export interface Plan {
  readonly ruleSet: { readonly name: string; readonly version: number }
  /** The computed identity attributes. */
  readonly identity: Attributes
  /** Ordered by target name; a target whose `when` said no is absent unless an account of ours must be disabled. */
  readonly steps: readonly StepPlan[]
  /** The versions of the lookup tables that its rules read; absent when they read none. */
  readonly lookups?: Readonly<Record<string, number>>
  /** Absent when nobody has to agree. */
  readonly approvals?: readonly ApprovalNeed[]
  /** SHA-256 in hex over the canonical JSON of all the above. */
  readonly hash: string
}

/** The hash of everything that a plan says. */
export function planHash({ ruleSet, identity, steps, lookups, approvals }: Omit<Plan, 'hash'>): string {
  return createHash('sha256').update(canonicalJson({ ruleSet, identity, steps, lookups, approvals })).digest('hex')
}
