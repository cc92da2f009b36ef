/**
 * What the end of a request frees: its secrets, its names when it came to nothing, and its identity. A request that needs attention has not
 * ended in that sense: what it left in the targets is not known or not wanted, so nothing else may touch the identity until people resolved it.
 */
import type { RequestState } from '../states.ts'
import { asRows, type Tx } from '../database.ts'
import type { IdentityState } from './accept.ts'
import { handOver } from './hand-over.ts'
import type { Recorder } from './writer.ts'

export interface Ended {
  readonly id: string
  readonly identityId: string
  readonly state: RequestState
  /** The request came to nothing: the identity's state to return to. */
  readonly revert: IdentityState | null
  /** Absent: it may. */
  readonly holdsSecrets?: boolean
}

export async function finish(tx: Tx, finished: readonly Ended[], record: Recorder): Promise<void> {
  const ended = finished.filter(({ state }) => state !== 'needs_attention')
  if (ended.length === 0) return
  const done = ended
    .filter(({ holdsSecrets }) => holdsSecrets !== false)
    .filter(({ state }) => state === 'succeeded' || state === 'cancelled' || state === 'rejected' || state === 'expired')
    .map(({ id }) => id)
  if (done.length > 0) await dropSecrets(tx, done)
  const reverted = ended.flatMap(({ id, identityId, revert }) =>
    revert === null ? [] : [{ id, identity_id: identityId, ...revert, switched_off: revert.switchedOff ?? [] }],
  )
  if (reverted.length > 0) await revertIdentities(tx, reverted)
  await handOver(
    tx,
    ended.map(({ id }) => id),
    record,
  )
}

interface Reverted extends IdentityState {
  readonly id: string
  readonly identity_id: string
}

/**
 * What was accepted on top of a request that came to nothing was planned from a state that never was: it is planned again when its turn comes.
 * Should it come to nothing too, it must return to the state before both; and the names that it goes on using stay reserved.
 */
async function revertIdentities(tx: Tx, reverted: readonly Reverted[]): Promise<void> {
  const ids = reverted.map((row) => row.id)
  const told = await tx<{ id: string }[]>`
    with follower as (
      select own.id, own.previous, (
        select later.id from request later where later.identity_id = own.identity_id and later.seq > own.seq and later.state not in ('cancelled', 'superseded', 'rolled_back', 'rejected', 'expired')
        order by later.seq limit 1) as next_id
      from request own where own.id = any(${ids}::uuid[])),
    renamed as (update reservation set request_id = follower.next_id from follower where reservation.request_id = follower.id and follower.next_id is not null)
    update request set previous = follower.previous from follower where request.id = follower.next_id returning follower.id`
  const followed = told.map((row) => row.id)
  if (followed.length > 0)
    await tx`update request later set stale = true from request own
      where own.id = any(${followed}::uuid[]) and later.identity_id = own.identity_id and later.seq > own.seq and later.waits`
  // Only when nothing was accepted on top: the last accepted request wins.
  await tx`update identity set attributes = row.attributes, targets = row.targets, disabled = row.disabled, switched_off = row.switched_off, revision = revision + 1
    from jsonb_to_recordset(${asRows(tx, reverted)}) as row (id uuid, identity_id uuid, attributes jsonb, targets jsonb, disabled boolean, switched_off jsonb)
    where identity.id = row.identity_id and not row.id = any(${followed}::uuid[])`
  await tx`delete from reservation where request_id = any(${ids}::uuid[])`
}

/** A password is of use once; before-images are kept as long as an undo may need them. */
async function dropSecrets(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx`
    delete from sealed where id in (
      select value::uuid from request, jsonb_each_text(request.secrets) where request.id = any(${[...ids]}::uuid[]) and request.secrets <> '{}'
      union all select unnest(array[before_secrets, after_secrets]) from step where request_id = any(${[...ids]}::uuid[]))`
}
