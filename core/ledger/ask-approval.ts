/**
 * Asking for approval: a request whose turn has come, and whose plan asks for people, waits for them instead of being queued. What was
 * agreed to and still counts is not asked again.
 */
import { asRows, type Tx } from '../database.ts'
import type { ApprovalNeed } from '../plan.ts'
import { uuidv7 } from '../uuid.ts'
import { findPeople, readBarred, toBarred, type Barred } from './approval-people.ts'
import { isAbout, readLastRound, readSubjects, type Subject } from './approval-subject.ts'
import { askForImages, findDriftedRounds } from './approval-images.ts'
import { tellApprovers } from './notification.ts'
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
  const [subjects, approvals, drifted] = [
    await readSubjects(tx, ids),
    await readLastRound(tx, ids),
    await findDriftedRounds(tx, ids),
  ]
  const isHeld = (id: string) => {
    const subject = subjects.get(id)
    const own = approvals.filter((approval) => approval.request_id === id)
    return !(
      subject !== undefined &&
      isAbout(subject, own) &&
      !drifted.has(id) &&
      // A stage counts as long as the last one of its policy does.
      own.every(({ state, stage, stages, left_ms }) => state === 'approved' && (stage < stages || left_ms > 0))
    )
  }
  const held = ids.filter(isHeld)
  await askApproval(tx, held, record, requester)
  return queued.filter((id) => !held.includes(id))
}

/**
 * Opens a round of questions for each of the requests, and has them wait: for everything in `request.approvals`, whoever put it there. The
 * first stage of each policy is open from here on; those who can answer are told.
 */
export async function askApproval(tx: Tx, requestIds: readonly string[], record: Recorder, requester?: string): Promise<void> {
  if (requestIds.length === 0) return
  const subjects = [...(await readSubjects(tx, requestIds)).values()]
  const barred = await readBarred(tx, requestIds)
  const people = await findPeople(tx, [
    ...subjects.flatMap(({ needs }) => needs.flatMap((need) => [...(need.people ?? []), ...(need.subject ?? [])])),
    ...[...barred.values()].flatMap(({ logins }) => logins),
  ])
  const rows = subjects.flatMap((subject) => toRows(subject, barred.get(subject.requestId), people))
  const asked = await insert(tx, rows, requester)
  await tx`update request set state = 'awaiting_approval', wake_at = (
      select min(expires_at) from approval where request_id = request.id and state = 'open')
    where id = any(${[...requestIds]}::uuid[])`
  await askForImages(tx, requestIds, record)
  await tellApprovers(
    tx,
    asked.filter(({ state }) => state === 'open').map(({ id }) => id),
    'approval_asked',
  )
  for (const { request_id: requestId, name, role, quorum, round, stage } of asked)
    record.audit({ action: 'approval_asked', actor: 'gateway', requestId, detail: { name, role, quorum, round, stage } })
  for (const id of requestIds) record.changed(id, 'awaiting_approval')
}

interface AskedRow {
  readonly id: string
  readonly request_id: string
  readonly name: string
  readonly role: string
  readonly quorum: number
  readonly round: number
  readonly stage: number
  readonly state: string
}

/** A stage that waits has an end too, the latest that it can have; its own begins when it is asked. */
function insert(tx: Tx, rows: readonly ReturnType<typeof toRow>[], requester: string | undefined) {
  return tx<AskedRow[]>`
    with clock as (select date_trunc('milliseconds', clock_timestamp()) as at)
    insert into approval (id, request_id, round, place, name, role, roles, people, authors, subjects, quorum, stage, stages, reason, plan_hash, subject, requester,
      state, asked_at, expires_at, remind_at, escalate_at)
    select row.id, row.request_id, coalesce((select max(round) from approval last where last.request_id = row.request_id), 0) + 1, row.place, row.name,
      row.role, row.roles, row.people, row.authors, row.subjects, row.quorum, row.stage, row.stages, row.reason, row.plan_hash, row.subject,
      coalesce(${requester ?? null}, request.actor), row.state, clock.at, clock.at + make_interval(secs => row.seconds),
      case when row.state = 'open' then clock.at + make_interval(secs => row.remind) end,
      case when row.state = 'open' then clock.at + make_interval(secs => row.escalate) end
    from clock, jsonb_to_recordset(${asRows(tx, rows)}) as row
      (id uuid, request_id uuid, place int, name text, role text, roles text[], people text[], authors text[], subjects text[], quorum int, stage int, stages int,
       reason jsonb, plan_hash text, subject text, state text, seconds float, remind float, escalate float)
    join request on request.id = row.request_id order by row.request_id, row.place
    returning id, request_id, name, role, quorum, round, stage, state`
}

type People = ReadonlyMap<string, string>

function toRows(subject: Subject, barred: Barred | undefined, people: People) {
  return subject.needs.map((need, place) => {
    // Until the end of this stage at the latest: the stages of its policy up to it, one after the other.
    const before = subject.needs.slice(place + 1 - (need.stage ?? 1), place)
    const seconds = [...before, need].reduce((sum, { expiresSeconds }) => sum + expiresSeconds, 0)
    return { ...toRow(subject, need, barred, people), place, seconds }
  })
}

function toRow({ requestId, planHash, hash }: Subject, need: ApprovalNeed, barred: Barred | undefined, people: People) {
  const { name, role, quorum, stage = 1, stages = 1, reason } = need
  return {
    id: uuidv7(),
    request_id: requestId,
    place: 0,
    name,
    role,
    roles: [role, ...(need.roles ?? [])],
    people: [...new Set((need.people ?? []).flatMap((given) => people.get(given) ?? []))],
    ...toBarred(need, barred, people),
    quorum,
    stage,
    stages,
    reason: reason ?? null,
    plan_hash: planHash,
    subject: hash,
    state: stage === 1 ? 'open' : 'waiting',
    seconds: 0,
    ...momentsOf(need),
  }
}

/** Seconds after the beginning of a stage: when who did not answer is reminded, and when others are asked. */
export function momentsOf({ expiresSeconds, remindSeconds = expiresSeconds / 4, escalation }: ApprovalNeed) {
  return {
    remind: remindSeconds < expiresSeconds ? expiresSeconds - remindSeconds : null,
    escalate: escalation?.afterSeconds ?? null,
  }
}
