/** The answers about approvals, delegations and notifications as schemas; see `answers.ts`. */
import * as v from 'valibot'
import { whyNots } from '#core/approval-rights.ts'
import { notificationKinds, notificationStates } from '#core/ledger/notification.ts'
import { approvalStates } from '#core/ledger/read-approvals.ts'
import { approverRoles, requestKinds } from '#core/plan.ts'
import { about, id, pageOf, time, whole, words } from './answer-parts.ts'
import { Problem, Writes } from './answers.ts'
import { SafetyReason } from './safety-answers.ts'

export const Approval = v.pipe(
  v.object({
    id,
    requestId: id,
    kind: v.picklist(requestKinds),
    source: v.string(),
    externalId: v.string(),
    displayName: v.nullable(v.string()),
    name: about('What the rules call it.'),
    reason: v.pipe(v.nullable(SafetyReason), v.description('Set when a safety threshold asks.')),
    role: v.pipe(v.picklist(approverRoles), v.description('Who may decide; an administrator always may.')),
    roles: v.pipe(v.array(v.picklist(approverRoles)), v.description('All the roles that may decide.')),
    people: v.pipe(v.array(v.string()), v.description('Those who may decide whatever their role is: person:<name>.')),
    quorum: v.pipe(v.number(), v.integer(), v.description('So many different people must agree.')),
    stage: v.pipe(whole, v.description('Which stage of its policy, from 1; it is asked when the one before is given.')),
    stages: v.pipe(whole, v.description('How many stages its policy has.')),
    round: v.pipe(v.number(), v.integer(), v.description('1, and one more each time that the request asks anew.')),
    planHash: about('What is agreed to: send it back with the decision.'),
    requester: about('Who asked for it, and so cannot approve it.'),
    state: v.pipe(
      v.picklist(approvalStates),
      v.description('waiting: the stage before is not given yet; closed: the request ended without its answer.'),
    ),
    askedAt: time,
    expiresAt: time,
    escalatesAt: v.pipe(
      v.nullable(time),
      v.description('When others may decide too, or it is refused, if nobody decides before.'),
    ),
    escalatedAt: v.nullable(time),
    decidedAt: v.nullable(time),
    decisions: v.array(
      v.object({
        person: v.string(),
        onBehalfOf: v.pipe(v.nullable(v.string()), v.description('Who had given the decision out of hand.')),
        decision: v.picklist(['approve', 'refuse']),
        reason: v.string(),
        at: time,
      }),
    ),
    mayDecide: v.pipe(v.boolean(), v.description('Whether the caller may decide now.')),
    whyNot: v.pipe(v.nullable(v.picklist(whyNots)), v.description('Why the caller may not; null when they may.')),
    onBehalfOf: v.pipe(
      v.nullable(v.string()),
      v.description('In whose stead the caller would decide; null: in their own right.'),
    ),
  }),
  v.description('What waits, or waited, for people’s agreement before a request is carried out: one stage of a policy.'),
)

export const ApprovalPage = pageOf(Approval, 'One page of approvals, the newest first.')

export const PlannedChange = v.pipe(
  v.object({
    target: v.string(),
    connector: v.string(),
    operation: v.picklist(requestKinds),
    outcome: v.picklist(['create', 'modify', 'delete', 'nothing']),
    basis: v.pipe(
      v.picklist(['read', 'known', 'unknown']),
      v.description('Held against the account as it was at readAt, or as the gateway left it, or against nothing.'),
    ),
    readAt: v.nullable(time),
    label: v.nullable(v.string()),
    writes: Writes,
    words: v.pipe(words, v.description('The same in one sentence.')),
  }),
  v.description('What a step would do to its account, as far as is known now.'),
)

export const Delegation = v.pipe(
  v.object({
    id,
    from: v.string(),
    to: v.string(),
    approvalId: v.pipe(v.nullable(id), v.description('The one approval; null: all of them.')),
    reason: v.string(),
    startsAt: time,
    endsAt: v.pipe(v.nullable(time), v.description('null: until it is decided.')),
    createdAt: time,
    createdBy: v.string(),
    revokedAt: v.nullable(time),
    isActive: v.boolean(),
  }),
  v.description('Somebody decides in the stead of another: one approval, or everything for a time.'),
)
export const DelegationList = v.object({ items: v.array(Delegation) })

export const ApprovalDetail = v.pipe(
  v.object({
    ...Approval.entries,
    planned: v.pipe(v.array(PlannedChange), v.description('What would be done, target by target.')),
    similar: v.pipe(
      v.object({ approved: whole, refused: whole, expired: whole }),
      v.description('What became of approvals of this name, for the same rule set, kind and targets.'),
    ),
    delegations: v.pipe(v.array(Delegation), v.description('Who gave this one decision out of hand, and to whom.')),
  }),
  v.description('An approval with all that its decision is made on.'),
)

export const Notification = v.pipe(
  v.object({
    id,
    channel: v.picklist(['mail', 'webhook']),
    kind: v.picklist(notificationKinds),
    recipient: about('person:<name> or source:<name>.'),
    requestId: v.pipe(v.nullable(id), v.description('null when it is about a target.')),
    target: v.pipe(v.nullable(v.string()), v.description('The target that it is about; null when it is about a request.')),
    approvalId: v.nullable(id),
    state: v.pipe(v.picklist(notificationStates), v.description('dead: given up; it can be tried again.')),
    attempts: whole,
    nextAttemptAt: v.nullable(time),
    createdAt: time,
    sentAt: v.nullable(time),
    error: v.nullable(Problem),
  }),
  v.description('Something that people or sources are told: a mail, or a call of a source’s webhook.'),
)
export const NotificationPage = pageOf(Notification, 'One page of notifications, the newest first.')
