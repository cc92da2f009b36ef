/**
 * The accounts as they were when people were asked. Workers read them, because only they have the targets; what they saw stands beside the
 * questions, for those who answer, and for the moment in which the steps begin.
 */
import type { PlannedWrites } from '../approval-image.ts'
import type { Tx } from '../database.ts'
import type { Recorder, Statement } from './writer.ts'

/** How often a target is asked to be read, and how many seconds lie between. */
const [mostTries, betweenTries] = [5, 60]

/** Has the accounts of the requests' last rounds read. */
export async function askForImages(tx: Tx, requestIds: readonly string[], record: Recorder): Promise<void> {
  await tx`
    insert into approval_image (request_id, round, target)
    select step.request_id, (select max(round) from approval where approval.request_id = step.request_id), target
    from step where step.request_id = any(${[...requestIds]}::uuid[]) and state = 'pending'
      and exists (select from approval where approval.request_id = step.request_id)`
  await ringToLook(tx, requestIds, record)
}

/** Rings for what is still unread; the queue may have lost the bell before, or the target was away. */
async function ringToLook(tx: Tx, requestIds: readonly string[], record: Recorder): Promise<void> {
  const asked = await tx`
    with asked as (
      update approval_image set tries = tries + 1,
        ask_again_at = case when tries + 1 < ${mostTries} then clock_timestamp() + make_interval(secs => ${betweenTries}) end
      where request_id = any(${[...requestIds]}::uuid[]) and read_at is null and tries < ${mostTries}
      returning request_id, round, tries)
    insert into outbox (topic, request_id, generation, bell)
    select 'look', id, generation, max(round * 100 + tries) from asked join request on request.id = asked.request_id group by id, generation`
  if (asked.count > 0) record.rang()
}

/** Rings again for accounts that nobody read in time. */
export async function lookAgain(tx: Tx, limit: number, record: Recorder): Promise<void> {
  const due = await tx<{ id: string }[]>`
    select distinct request_id as id from approval_image join request on request.id = request_id
    where read_at is null and ask_again_at <= clock_timestamp() and request.state = 'awaiting_approval' limit ${limit}`
  if (due.length > 0)
    await ringToLook(
      tx,
      due.map(({ id }) => id),
      record,
    )
}

export interface SeenAccount {
  readonly requestId: string
  readonly target: string
  readonly hash: string
  readonly label: string | null
  /** Null where the step could not be carried out on what was seen. */
  readonly planned: PlannedWrites | null
}

/** false: nobody waits for it any more, or it was read before. */
export const keepImage: Statement<SeenAccount, boolean> = async (tx, inputs, record) => {
  const results: boolean[] = []
  for (const { requestId, target, hash, label, planned } of inputs) {
    const { count } = await tx`
      update approval_image set read_at = clock_timestamp(), hash = ${hash}, label = ${label}, ask_again_at = null,
        planned = nullif(${tx.json(planned as never)}::jsonb, 'null')
      where request_id = ${requestId} and target = ${target} and read_at is null
        and round = (select max(round) from approval where request_id = ${requestId})
        and exists (select from request where id = ${requestId} and state = 'awaiting_approval')`
    if (count > 0) record.changed(requestId)
    results.push(count > 0)
  }
  return results
}

/** Requests whose last round was answered on accounts that are no longer so. */
export async function findDriftedRounds(tx: Tx, requestIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx<{ id: string }[]>`
    select distinct request_id as id from approval_image where request_id = any(${[...requestIds]}::uuid[]) and drifted_at is not null
      and round = (select max(round) from approval where approval.request_id = approval_image.request_id)`
  return new Set(rows.map(({ id }) => id))
}
