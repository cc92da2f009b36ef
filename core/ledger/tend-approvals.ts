/**
 * What happens to approvals when nobody answers: people are reminded, others are asked too, and in the end the time runs out. Identities that somebody
 * else holds are looked at the next time.
 */
import type { Tx } from '../database.ts'
import type { Approvers } from '../plan.ts'
import { lookAgain } from './approval-images.ts'
import { findPeople } from './approval-people.ts'
import { readLastRound, readSubjects } from './approval-subject.ts'
import { isOver } from './approve.ts'
import { end } from './end-approval.ts'
import { lockForPeople, type LockedByPeople } from './lock-for-people.ts'
import { tellApprovers } from './notification.ts'
import type { Recorder } from './writer.ts'

export async function tendApprovals(tx: Tx, limit: number, record: Recorder): Promise<void> {
  await expireApprovals(tx, limit, record)
  await prompt(tx, limit, record)
  await lookAgain(tx, limit, record)
}

/** Ends the requests whose time for approval has run out. */
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

interface DueRow {
  readonly id: string
  readonly place: number
  readonly escalates: boolean
}

/** Reminders and escalations whose moment has come. */
async function prompt(tx: Tx, limit: number, record: Recorder): Promise<void> {
  const due = await tx<{ id: string }[]>`
    select request.id from identity join request on request.id = identity.active_request where request.id in (
      select request_id from approval where remind_at <= clock_timestamp() and state = 'open'
      union select request_id from approval where escalate_at <= clock_timestamp() and state = 'open' limit ${limit})
    order by identity.source, identity.key for update of identity skip locked`
  for (const { id } of due) {
    const locked = await lockForPeople(tx, id)
    const isWaiting = locked?.request.state === 'awaiting_approval'
    // Each moment comes once, whatever becomes of it.
    const prompted = await tx<DueRow[]>`
      update approval set remind_at = case when remind_at > clock_timestamp() then remind_at end,
        escalate_at = case when escalate_at > clock_timestamp() then escalate_at end,
        escalated_at = case when escalate_at <= clock_timestamp() then clock_timestamp() else escalated_at end
      from (select id, escalate_at <= clock_timestamp() as escalates from approval before where request_id = ${id} for update) before
      where before.id = approval.id and (remind_at <= clock_timestamp() or escalate_at <= clock_timestamp()) and state = 'open'
      returning approval.id, place, coalesce(before.escalates, false) as escalates`
    if (locked === null || !isWaiting) continue
    await tellApprovers(
      tx,
      prompted.filter(({ escalates }) => !escalates).map((row) => row.id),
      'approval_reminder',
    )
    await escalate(
      tx,
      locked,
      prompted.filter(({ escalates }) => escalates),
      record,
    )
  }
}

/** Others may answer too from now on; or, where the plan says so, nobody any more. */
async function escalate(tx: Tx, locked: LockedByPeople, rows: readonly DueRow[], record: Recorder): Promise<void> {
  const { id: requestId } = locked.request
  const subject = rows.length === 0 ? undefined : (await readSubjects(tx, [requestId])).get(requestId)
  for (const { id, place } of rows) {
    const to = subject?.needs[place]?.escalation?.to
    if (to === undefined) continue
    const detail = { place, to: to === 'refuse' ? 'refuse' : 'others' }
    record.audit({ action: 'approval_escalated', actor: 'gateway', requestId, detail })
    record.changed(requestId)
    if (to === 'refuse') {
      await tx`update approval set state = 'refused', decided_at = clock_timestamp() where id = ${id}`
      await end(tx, locked, 'unanswered', 'gateway', record)
      return
    }
    await askOthers(tx, id, to)
  }
}

async function askOthers(tx: Tx, id: string, { roles, people }: Approvers): Promise<void> {
  const found = await findPeople(tx, people)
  await tx`update approval set roles = approval.roles || ${[...roles]}::text[], people = approval.people || ${[...new Set(found.values())]}::text[] where id = ${id}`
  await tellApprovers(tx, [id], 'approval_escalated')
}
