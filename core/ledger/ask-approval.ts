/**
 * Asking for approval: a request whose turn has come, and whose plan asks for people, waits for them instead of being queued. What was
 * agreed to and still counts is not asked again.
 */
import { asRows, type Tx } from '../database.ts'
import { uuidv7 } from '../uuid.ts'
import { isAbout, readLastRound, readSubjects, type Subject } from './approval-subject.ts'
import type { Recorder } from './writer.ts'

/**
 * Of requests that were queued just now: those that may go on. The others ask, and wait for approval from here on.
 * @param requester who had them done again, and so cannot approve; absent: whoever asked for the change
 */
export async function holdForApproval(
  tx: Tx,
  queued: readonly string[],
  record: Recorder,
  requester?: string,
): Promise<readonly string[]> {
  if (queued.length === 0) return queued
  const asking = await tx<{ id: string }[]>`
    select id from request where id = any(${[...queued]}::uuid[]) and approvals is not null`
  if (asking.length === 0) return queued
  const ids = asking.map(({ id }) => id)
  const [subjects, approvals] = [await readSubjects(tx, ids), await readLastRound(tx, ids)]
  const isHeld = (id: string) => {
    const subject = subjects.get(id)
    const own = approvals.filter((approval) => approval.request_id === id)
    return !(
      subject !== undefined &&
      isAbout(subject, own) &&
      own.every(({ state, left_ms }) => state === 'approved' && left_ms > 0)
    )
  }
  const held = ids.filter(isHeld)
  await askApproval(tx, held, record, requester)
  return queued.filter((id) => !held.includes(id))
}

/** Opens a round of questions for each of the requests, and has them wait. */
export async function askApproval(tx: Tx, requestIds: readonly string[], record: Recorder, requester?: string): Promise<void> {
  if (requestIds.length === 0) return
  const subjects = await readSubjects(tx, requestIds)
  const rows = [...subjects.values()].flatMap(toRows)
  const asked = await tx<{ request_id: string; name: string; role: string; quorum: number; round: number }[]>`
    with clock as (select date_trunc('milliseconds', clock_timestamp()) as at)
    insert into approval (id, request_id, round, place, name, role, quorum, plan_hash, subject, requester, reason, asked_at, expires_at)
    select row.id, row.request_id, coalesce((select max(round) from approval last where last.request_id = row.request_id), 0) + 1, row.place, row.name,
      row.role, row.quorum, row.plan_hash, row.subject, coalesce(${requester ?? null}, request.actor), row.reason, clock.at, clock.at + make_interval(secs => row.seconds)
    from clock, jsonb_to_recordset(${asRows(tx, rows)}) as row
      (id uuid, request_id uuid, place int, name text, role text, quorum int, plan_hash text, subject text, reason jsonb, seconds float)
    join request on request.id = row.request_id order by row.request_id, row.place
    returning request_id, name, role, quorum, round`
  await tx`update request set state = 'awaiting_approval', wake_at = (
      select min(expires_at) from approval where request_id = request.id and state = 'open')
    where id = any(${[...requestIds]}::uuid[])`
  for (const { request_id: requestId, name, role, quorum, round } of asked)
    record.audit({ action: 'approval_asked', actor: 'gateway', requestId, detail: { name, role, quorum, round } })
  for (const id of requestIds) record.changed(id, 'awaiting_approval')
}

function toRows({ requestId, needs, planHash, hash }: Subject) {
  return needs.map(({ name, role, quorum, expiresSeconds, reason }, place) => ({
    id: uuidv7(),
    request_id: requestId,
    place,
    name,
    role,
    quorum,
    plan_hash: planHash,
    subject: hash,
    reason: reason ?? null,
    seconds: expiresSeconds,
  }))
}
