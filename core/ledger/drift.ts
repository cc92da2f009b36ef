/**
 * An approval is given on what the accounts were when people were asked. When the first step begins and its account is something else, what would be
 * done is not what was agreed to: the request is refused, or, if its policies say so, planned and asked about anew.
 */
import type { Account } from '../account.ts'
import { imageHash } from '../approval-image.ts'
import { asRows, type Tx } from '../database.ts'
import { lookAgain } from '../saga/transitions.ts'
import { readSubjects } from './approval-subject.ts'
import { end, isUntouched } from './end-approval.ts'
import { replanChannel } from './hand-over.ts'
import { wholePlan, type KeptPlan } from './kept-step.ts'
import { lockForPeople, type LockedByPeople } from './lock-for-people.ts'
import type { Recorder } from './writer.ts'

export interface Beginning {
  readonly requestId: string
  readonly target: string
  /** The account as the worker read it just now. */
  readonly before: Account | null
}

interface ImageRow {
  readonly request_id: string
  readonly target: string
  readonly hash: string
  readonly plan: KeptPlan
}

/** Of steps that would begin now: those whose account is not as it was when people were asked. What nobody could read then is not known to differ. */
export async function findDrifted(tx: Tx, beginnings: readonly Beginning[]): Promise<readonly Beginning[]> {
  if (beginnings.length === 0) return []
  const keys = beginnings.map(({ requestId, target }) => ({ request_id: requestId, target }))
  const images = await tx<ImageRow[]>`
    select image.request_id, image.target, image.hash, step.plan
    from jsonb_to_recordset(${asRows(tx, keys)}) as key (request_id uuid, target text)
    join approval_image image on image.request_id = key.request_id and image.target = key.target
    join step on step.request_id = key.request_id and step.target = key.target
    where image.hash is not null and image.round = (select max(round) from approval where approval.request_id = image.request_id)`
  return beginnings.filter(({ requestId, target, before }) => {
    const image = images.find((row) => row.request_id === requestId && row.target === target)
    return image !== undefined && imageHash(wholePlan(image.plan), before) !== image.hash
  })
}

/**
 * Answers whether the steps fail one by one: something of the request is in a target already, and what is in place is undone as after any
 * other failure.
 */
export async function refuseDrifted(tx: Tx, requestId: string, targets: readonly string[], record: Recorder): Promise<boolean> {
  const locked = await lockForPeople(tx, requestId)
  if (locked?.request.state !== 'queued' && locked?.request.state !== 'running') return false
  const marked = await tx`
    update approval_image set drifted_at = clock_timestamp() where request_id = ${requestId} and target = any(${[...targets]}::text[]) and drifted_at is null
      and round = (select max(round) from approval where request_id = ${requestId})`
  if (marked.count > 0)
    for (const target of targets)
      record.audit({ action: 'drifted', actor: 'gateway', requestId, target, detail: { generation: locked.request.generation } })
  if (!isUntouched(locked)) return true
  if (!(await planAnew(tx, locked, record))) await end(tx, locked, 'drifted', 'gateway', record)
  return false
}

/** Where every policy says so, and what was asked is still known: a server plans it again, and then people are asked again. */
async function planAnew(tx: Tx, { request }: LockedByPeople, record: Recorder): Promise<boolean> {
  const subject = (await readSubjects(tx, [request.id])).get(request.id)
  if (subject === undefined || !subject.needs.every(({ onDrift }) => onDrift === 'replan')) return false
  // Another bell: the jobs of the one before may still be there, and their ids are taken.
  const sent = await tx`
    update request set state = 'received', stale = true, bell = bell + 1, wake_at = now() + make_interval(secs => ${lookAgain.first})
    where id = ${request.id} and change is not null`
  if (sent.count === 0) return false
  record.changed(request.id, 'received')
  await tx`select pg_notify(${replanChannel}, '')`
  return true
}
