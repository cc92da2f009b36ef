/**
 * What becomes of requests that wait for approval: people answer, or the time runs out. Whoever writes holds the identity's lock, looks at
 * the database's clock only then, and hashes anew what would be carried out; so no request is both expired and run, and none runs that is
 * not what people agreed to.
 */
import type { Tx } from '../database.ts'
import { mustUndo } from '../saga/decisions.ts'
import { lookAgain } from '../saga/transitions.ts'
import type { Problem, RequestState } from '../states.ts'
import { agreed, isAbout, readLastRound, readSubjects, sealDecision, type ApprovalRow, type Subject } from './approval-subject.ts'
import { conclude } from './decide.ts'
import { countApproved } from './hold-for-safety.ts'
import { ringNow } from './hand-over.ts'
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
  /** Nobody's answer counts any more: it was answered, or the request ended. */
  | { readonly outcome: 'closed' }
  | { readonly outcome: 'expired' }
  /** Who asked does not approve. */
  | { readonly outcome: 'own' }
  /** This person answered before. */
  | { readonly outcome: 'answered' }
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
  if (approval?.state !== 'open' || locked.request.state !== 'awaiting_approval') return { outcome: 'closed' }
  if (isOver(approvals)) {
    await end(tx, locked, 'expired', 'gateway', record)
    return { outcome: 'expired' }
  }
  if (approval.requester === input.actor) return { outcome: 'own' }
  if (approval.decisions.some(({ person }) => person === input.actor)) return { outcome: 'answered' }
  const subject = (await readSubjects(tx, [locked.request.id])).get(locked.request.id)
  if (subject === undefined || !isAbout(subject, approvals)) {
    await alarm(tx, locked, record)
    return { outcome: 'tampered' }
  }
  if (input.planHash !== undefined && input.planHash !== subject.planHash) return { outcome: 'other_plan' }
  return write(tx, { locked, approvals, approval, subject }, input, key, record)
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
  { actor, decision, reason }: ApprovalAnswer,
  key: Buffer,
  record: Recorder,
): Promise<AnswerResult> {
  const { id: requestId } = locked.request
  const mac = sealDecision(key, approval, actor, decision)
  // The clock is read once more, in the statement that writes: the lock may have been waited for, the hash may have taken its time.
  const written = await tx`
    insert into approval_decision (approval_id, person, requester, decision, reason, decided_at, mac)
    select id, ${actor}, requester, ${decision}, ${reason}, clock.at, ${mac} from approval, (select clock_timestamp() as at) clock
    where id = ${approval.id} and state = 'open' and clock.at < all (
      select expires_at from approval asked where asked.request_id = approval.request_id and asked.round = approval.round)`
  if (written.count === 0) {
    await end(tx, locked, 'expired', 'gateway', record)
    return { outcome: 'expired' }
  }
  const detail = { name: approval.name, plan: subject.planHash, reason }
  record.audit({ action: decision === 'approve' ? 'approved' : 'refused', actor, requestId, detail })
  record.changed(requestId)
  if (decision === 'refuse') {
    await tx`update approval set state = 'refused', decided_at = clock_timestamp() where id = ${approval.id}`
    return { outcome: 'decided', state: await end(tx, locked, 'rejected', actor, record) }
  }
  const mine = { person: actor, decision, mac: mac.toString('hex') } as const
  const isFull = agreed(key, { ...approval, decisions: [...approval.decisions, mine] }) >= approval.quorum
  if (!isFull) return { outcome: 'decided', state: 'awaiting_approval' }
  await tx`update approval set state = 'approved', decided_at = clock_timestamp() where id = ${approval.id}`
  const isLast = approvals.every(({ id, state }) => id === approval.id || state === 'approved')
  if (!isLast) return { outcome: 'decided', state: 'awaiting_approval' }
  // The answer was in time: that the time runs out between these statements changes nothing any more.
  await tx`update request set state = 'queued', wake_at = now() + make_interval(secs => ${lookAgain.first}) where id = ${requestId}`
  await countApproved(tx, requestId)
  await ringNow(tx, [requestId], record)
  return { outcome: 'decided', state: 'queued' }
}

/** The moment has come for one of the questions: the request cannot be carried out any more. */
function isOver(approvals: readonly ApprovalRow[]): boolean {
  return approvals.some(({ left_ms }) => left_ms <= 0)
}

const problems = {
  expired: { code: 'expired', message: 'nobody approved it in time', hint: 'send the request again' },
  rejected: { code: 'rejected', message: 'a person refused to approve it', hint: 'the request’s history tells who, and why' },
  tampered: {
    code: 'tampered',
    message: 'its plan, its rules or its payload were edited after it was accepted; nothing of it is carried out',
    hint: 'find out who writes to the database, verify the audit trail, then send the request again',
  },
} as const satisfies Record<string, Problem>

/** Ends a request that waits for approval. One of which something is in place already waits for people instead: its identity is not free. */
async function end(
  tx: Tx,
  { request, steps }: LockedByPeople,
  why: 'expired' | 'rejected' | 'tampered',
  actor: string,
  record: Recorder,
): Promise<RequestState> {
  const isUntouched = !steps.some(({ state }) => mustUndo(state) || state === 'stuck')
  const state: RequestState = !isUntouched ? 'needs_attention' : why === 'expired' ? 'expired' : 'rejected'
  if (why === 'expired')
    await tx`update approval set state = 'expired', decided_at = clock_timestamp() where request_id = ${request.id} and state = 'open' and expires_at <= clock_timestamp()`
  const { id, identity_id: identityId, generation } = request
  const verdict = { id, identityId, generation, state, problem: problems[why], actor, wake: null, ring: null }
  await conclude(
    tx,
    [{ ...verdict, revert: isUntouched ? request.previous : null, alerts: why === 'tampered' || !isUntouched }],
    record,
  )
  return state
}

/** What would be carried out is not what people were asked about, or agreed to: it is not, and people are alarmed. */
export async function alarm(tx: Tx, locked: LockedByPeople, record: Recorder): Promise<RequestState> {
  record.audit({
    action: 'tampered',
    actor: 'gateway',
    requestId: locked.request.id,
    detail: { generation: locked.request.generation },
  })
  return end(tx, locked, 'tampered', 'gateway', record)
}

/** Ends the requests whose time for approval has run out. Identities that somebody else holds are looked at the next time. */
export async function expireApprovals(tx: Tx, limit: number, record: Recorder): Promise<number> {
  const due = await tx<{ id: string }[]>`
    select request.id from identity join request on request.id = identity.active_request where identity.id in (
      select identity_id from request where state = 'awaiting_approval' and wake_at <= clock_timestamp() order by wake_at limit ${limit})
    order by identity.source, identity.key for update of identity skip locked`
  for (const { id } of due) {
    const locked = await lockForPeople(tx, id)
    if (locked?.request.state !== 'awaiting_approval') continue
    const approvals = await readLastRound(tx, [id])
    if (approvals.length === 0 || isOver(approvals)) await end(tx, locked, 'expired', 'gateway', record)
    else
      await tx`update request set wake_at = (select min(expires_at) from approval where request_id = ${id} and state = 'open') where id = ${id}`
  }
  return due.length
}
