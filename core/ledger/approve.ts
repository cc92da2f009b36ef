/**
 * What becomes of requests that wait for approval when people answer. Whoever writes holds the identity's lock, looks at the database's clock
 * only then, and hashes anew what would be carried out; so no request is both expired and run, and none runs that is not what people
 * agreed to.
 */
import { standingOf, type WhyNot } from '../approval-rights.ts'
import type { Tx } from '../database.ts'
import type { ApprovalNeed } from '../plan.ts'
import { lookAgain } from '../saga/transitions.ts'
import type { RequestState } from '../states.ts'
import { delegatorsFor, findPeople, readApprover, readBarred, toBarred } from './approval-people.ts'
import {
  agreed,
  isAbout,
  readLastRound,
  readSubjects,
  sealDecision,
  type ApprovalRow,
  type Said,
  type Subject,
} from './approval-subject.ts'
import { momentsOf } from './ask-approval.ts'
import { alarm, end } from './end-approval.ts'
import { countApproved } from './hold-for-safety.ts'
import { ringNow } from './hand-over.ts'
import { tellApprovers } from './notification.ts'
import { lockForPeople, type LockedByPeople } from './lock-for-people.ts'
import type { Recorder, Statement } from './writer.ts'

export interface ApprovalAnswer {
  readonly approvalId: string
  /** As the audit trail names them: `person:ada`. */
  readonly actor: string
  readonly decision: 'approve' | 'refuse'
  readonly reason: string
  /** The hash of the plan that the person saw; another one is refused. */
  readonly planHash?: string | undefined
}

export type AnswerResult =
  /** On record. `state`: what the request is now. */
  | { readonly outcome: 'decided'; readonly state: RequestState }
  | { readonly outcome: 'missing' }
  /** Nobody's answer counts now, or not this person's. */
  | { readonly outcome: WhyNot }
  /** The plan that the person saw is not the one that would be carried out. */
  | { readonly outcome: 'other_plan' }
  /** What was to be approved was edited; the request was ended, and people are alarmed. */
  | { readonly outcome: 'tampered' }

/** @param key 32 bytes, derived for this use alone */
export function createAnswer(key: Buffer): Statement<ApprovalAnswer, AnswerResult> {
  return async (tx, inputs, record) => {
    const results: AnswerResult[] = []
    for (const input of inputs) results.push(await answerOne(tx, input, key, record))
    return results
  }
}

async function answerOne(tx: Tx, input: ApprovalAnswer, key: Buffer, record: Recorder): Promise<AnswerResult> {
  const [found] = await tx<{ request_id: string }[]>`select request_id from approval where id = ${input.approvalId}`
  const locked = found === undefined ? null : await lockForPeople(tx, found.request_id)
  if (locked === null) return { outcome: 'missing' }
  const approvals = await readLastRound(tx, [locked.request.id])
  const approval = approvals.find(({ id }) => id === input.approvalId)
  if (approval === undefined || locked.request.state !== 'awaiting_approval') return { outcome: 'closed' }
  if (isOver(approvals)) {
    await end(tx, locked, 'expired', 'gateway', record)
    return { outcome: 'expired' }
  }
  const subject = (await readSubjects(tx, [locked.request.id])).get(locked.request.id)
  if (subject === undefined || !isAbout(subject, approvals)) {
    await alarm(tx, locked, record)
    return { outcome: 'tampered' }
  }
  const standing = await findStanding(tx, approval, subject, input.actor)
  if ('whyNot' in standing) return { outcome: standing.whyNot }
  if (input.planHash !== undefined && input.planHash !== subject.planHash) return { outcome: 'other_plan' }
  return write(tx, { locked, approvals, approval, subject }, { ...input, ...standing }, key, record)
}

/** By what the plan says, which its hash covers, and by who the people are now: not by what stands beside the question for lists and mails. */
async function findStanding(tx: Tx, approval: ApprovalRow, { requestId, needs }: Subject, actor: string) {
  const need = needs[approval.place]
  const approver = await readApprover(tx, actor)
  if (need === undefined || approver === null) return { whyNot: 'not_asked' } as const
  const barred = (await readBarred(tx, [requestId])).get(requestId)
  const people = await findPeople(tx, [...(need.subject ?? []), ...(barred?.logins ?? [])])
  const { authors, subjects } = toBarred(need, barred, people)
  const question = {
    ...approval,
    ...approversOf(need, approval.is_escalated),
    authors: [...approval.authors, ...authors],
    subjects: [...approval.subjects, ...subjects],
  }
  return standingOf(question, approver.approver, delegatorsFor(approver, approval.id))
}

/** Those whom the plan asks; from an escalation on, those whom it names too. */
function approversOf({ role, roles = [], people = [], escalation }: ApprovalNeed, isEscalated: boolean) {
  const later = isEscalated && escalation !== undefined && escalation.to !== 'refuse' ? escalation.to : { roles: [], people: [] }
  return { roles: [role, ...roles, ...later.roles], people: [...people, ...later.people] }
}

interface Asked {
  readonly locked: LockedByPeople
  readonly approvals: readonly ApprovalRow[]
  readonly approval: ApprovalRow
  readonly subject: Subject
}

async function write(
  tx: Tx,
  { locked, approvals, approval, subject }: Asked,
  { actor, decision, reason, onBehalfOf }: ApprovalAnswer & Pick<Said, 'onBehalfOf'>,
  key: Buffer,
  record: Recorder,
): Promise<AnswerResult> {
  const { id: requestId } = locked.request
  const said: Said = { person: actor, onBehalfOf, decision }
  const mac = sealDecision(key, approval, said)
  // The clock is read once more, in the statement that writes: the lock may have been waited for, the hash may have taken its time.
  const written = await tx`
    insert into approval_decision (approval_id, person, on_behalf_of, requester, decision, reason, decided_at, mac)
    select id, ${actor}, ${onBehalfOf}, requester, ${decision}, ${reason}, clock.at, ${mac} from approval, (select clock_timestamp() as at) clock
    where id = ${approval.id} and state = 'open' and clock.at < all (
      select expires_at from approval asked where asked.request_id = approval.request_id and asked.round = approval.round and asked.state = 'open')`
  if (written.count === 0) {
    await end(tx, locked, 'expired', 'gateway', record)
    return { outcome: 'expired' }
  }
  const detail = { name: approval.name, plan: subject.planHash, reason, ...(onBehalfOf !== null && { onBehalfOf }) }
  record.audit({ action: decision === 'approve' ? 'approved' : 'refused', actor, requestId, detail })
  record.changed(requestId)
  if (decision === 'refuse') {
    await tx`update approval set state = 'refused', decided_at = clock_timestamp(), remind_at = null, escalate_at = null where id = ${approval.id}`
    return { outcome: 'decided', state: await end(tx, locked, 'rejected', actor, record) }
  }
  const mine = { ...said, mac: mac.toString('hex') }
  const isFull = agreed(key, { ...approval, decisions: [...approval.decisions, mine] }) >= approval.quorum
  if (!isFull) return { outcome: 'decided', state: 'awaiting_approval' }
  return { outcome: 'decided', state: await give(tx, { locked, approvals, approval, subject }, record) }
}

/** Enough people agreed: the next stage is asked, or, when nothing is left to ask, the request is queued. */
async function give(tx: Tx, { locked, approvals, approval, subject }: Asked, record: Recorder): Promise<RequestState> {
  const { id: requestId } = locked.request
  await tx`update approval set state = 'approved', decided_at = clock_timestamp(), remind_at = null, escalate_at = null where id = ${approval.id}`
  const next = approvals.find(({ place, state }) => place === approval.place + 1 && state === 'waiting')
  if (next !== undefined && approval.stage < approval.stages) {
    await openStage(tx, next, subject, record)
    return 'awaiting_approval'
  }
  const isLast = approvals.every(({ id, state }) => id === approval.id || state === 'approved')
  if (!isLast) return 'awaiting_approval'
  // The answer was in time: that the time runs out between these statements changes nothing any more.
  await tx`update request set state = 'queued', wake_at = now() + make_interval(secs => ${lookAgain.first}) where id = ${requestId}`
  await countApproved(tx, requestId)
  await ringNow(tx, [requestId], record)
  return 'queued'
}

/** The stage's time begins now. */
async function openStage(
  tx: Tx,
  { id, request_id: requestId, place, name, stage }: ApprovalRow,
  subject: Subject,
  record: Recorder,
) {
  const need = subject.needs[place]
  if (need === undefined) throw new Error('a stage is asked for that the plan does not have')
  const { remind, escalate } = momentsOf(need)
  await tx`
    update approval set state = 'open', asked_at = clock.at, expires_at = clock.at + make_interval(secs => ${need.expiresSeconds}),
      remind_at = clock.at + make_interval(secs => ${remind}), escalate_at = clock.at + make_interval(secs => ${escalate})
    from (select date_trunc('milliseconds', clock_timestamp()) as at) clock where id = ${id}`
  await tx`update request set wake_at = (select min(expires_at) from approval where request_id = ${requestId} and state = 'open') where id = ${requestId}`
  await tellApprovers(tx, [id], 'approval_asked')
  const detail = { name, role: need.role, quorum: need.quorum, stage }
  record.audit({ action: 'approval_asked', actor: 'gateway', requestId, detail })
}

/** The moment has come for one of the open questions: the request cannot be carried out any more. */
export function isOver(approvals: readonly ApprovalRow[]): boolean {
  return approvals.some(({ state, left_ms }) => state === 'open' && left_ms <= 0)
}
