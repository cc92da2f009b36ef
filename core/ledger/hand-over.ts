/**
 * What the end of a request frees: the identity goes to the request that waits behind it. Waiting updates that a newer one covers are passed
 * over; one that was planned on what never came to be is planned again first, by a server, before it is queued.
 */
import { asRows, type Tx } from '../database.ts'
import type { RequestKind } from '../plan.ts'
import { covers } from '../saga/covering.ts'
import { lookAgain } from '../saga/transitions.ts'
import type { Problem } from '../states.ts'
import { holdForApproval } from './ask-approval.ts'
import { wholePlan, type KeptPlan } from './kept-step.ts'
import type { Recorder } from './writer.ts'

/** Tells the servers that a request must be planned again. */
export const replanChannel = 'passerelle_replan'

interface NextRequest {
  readonly id: string
  readonly identity_id: string
  readonly stale: boolean
  /** Others wait behind it. */
  readonly followed: boolean
}

/** Hands on every identity whose active request is among `ended`. The identities are locked by the caller. */
export async function handOver(tx: Tx, ended: readonly string[], record: Recorder): Promise<void> {
  const next = await tx<NextRequest[]>`
    with next as (
      select identity.id as identity_id, first.id as request_id, coalesce(first.stale, false) as stale, coalesce(first.followed, false) as followed
      from identity left join lateral (
        select waiting.id, waiting.stale, exists (
          select from request later where later.identity_id = identity.id and later.waits and later.seq > waiting.seq) as followed
        from request waiting where waiting.identity_id = identity.id and waiting.waits order by waiting.seq limit 1) first on true
      where identity.active_request = any(${[...ended]}::uuid[])),
    freed as (update identity set active_request = next.request_id from next where identity.id = next.identity_id)
    update request set state = case when next.stale or next.followed then 'received' else 'queued' end, wake_at = now() + make_interval(secs => ${lookAgain.first})
    from next where request.id = next.request_id returning request.id, request.identity_id, next.stale, next.followed`
  const queued = next.filter(({ stale, followed }) => !stale && !followed).map(({ id }) => id)
  for (const request of next) if (request.followed && !request.stale) queued.push(...(await passOver(tx, request, record)))
  if (next.some(({ stale }) => stale)) await tx`select pg_notify(${replanChannel}, '')`
  await ring(tx, queued, record)
}

/** Rings for requests that were queued just now; those that need an approval ask for it first. */
export async function ring(tx: Tx, due: readonly string[], record: Recorder): Promise<void> {
  await ringNow(tx, await holdForApproval(tx, due, record), record)
}

/** Rings for requests that were queued just now, and that need nobody's agreement any more. */
export async function ringNow(tx: Tx, queued: readonly string[], record: Recorder): Promise<void> {
  if (queued.length === 0) return
  await tx`insert into outbox (topic, request_id, generation, bell) select 'apply', id, generation, bell from request where id = any(${[...queued]}::uuid[])`
  for (const id of queued) record.changed(id, 'queued')
  record.rang()
}

/** How many waiting requests are looked at together. */
const chainLength = 50

interface Waiting {
  readonly id: string
  readonly kind: RequestKind
  readonly stale: boolean
  readonly hasSecrets: boolean
  readonly steps: readonly KeptPlan[]
}

/** Ends the waiting updates that a newer one covers; queues the first that is left, and answers it. */
async function passOver(tx: Tx, first: NextRequest, record: Recorder): Promise<readonly string[]> {
  const rows = await tx<Waiting[]>`
    select id, kind, stale, secrets <> '{}' as "hasSecrets",
      coalesce((select jsonb_agg(plan order by target) from step where step.request_id = request.id), '[]') as steps
    from request where identity_id = ${first.identity_id} and waits order by seq limit ${chainLength}`
  const waiting = rows.map((row) => ({ ...row, steps: row.steps.map(wholePlan) }))
  let survivor = 0
  for (let index = 1; index < waiting.length; index++) {
    const newer = waiting[index]
    const older = waiting.slice(survivor, index)
    if (newer === undefined || newer.stale || !older.every((request) => covers(newer, request))) break
    survivor = index
  }
  const chosen = waiting[survivor]
  if (chosen === undefined) return []
  if (survivor > 0)
    await supersede(
      tx,
      first.identity_id,
      waiting.slice(0, survivor).map(({ id }) => id),
      chosen.id,
      record,
    )
  await tx`update request set state = 'queued', wake_at = now() + make_interval(secs => ${lookAgain.first}) where id = ${chosen.id}`
  return [chosen.id]
}

async function supersede(tx: Tx, identityId: string, ids: readonly string[], by: string, record: Recorder): Promise<void> {
  const problem: Problem = {
    code: 'superseded',
    message: 'a newer request of the same identity, accepted before this one began, asks for all that this one asked for',
    hint: `follow request ${by}`,
  }
  const rows = ids.map((id) => ({ id, problem }))
  // Should the newer one come to nothing, it returns to the state before all of them.
  await tx`update request set previous = (select previous from request where id = ${ids[0] ?? by}) where id = ${by}`
  await tx`update request set state = 'superseded', superseded_by = ${by}, problem = row.problem, settled_at = clock_timestamp(), wake_at = null
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, problem jsonb) where request.id = row.id`
  await tx`update step set state = 'kept', settled_at = now() where request_id = any(${[...ids]}::uuid[]) and state = 'pending'`
  await tx`update reservation set request_id = ${by} where request_id = any(${[...ids]}::uuid[])`
  await tx`update identity set active_request = ${by} where id = ${identityId}`
  for (const id of ids) {
    record.changed(id, 'superseded')
    record.audit({
      action: 'decided',
      actor: 'gateway',
      requestId: id,
      detail: { state: 'superseded', by, generation: 1, code: 'superseded' },
    })
  }
}

/**
 * Wakes requests that wait behind another of their identity: is that one really at work, or waiting for people? A hand-over that was lost is
 * made up for. The identities that are locked by somebody else are looked at the next time.
 */
export async function recheck(tx: Tx, limit: number, record: Recorder): Promise<number> {
  const locked = await tx<{ id: string; active_request: string | null }[]>`
    select identity.id, identity.active_request from identity where id in (
      select identity_id from request where wake_at < clock_timestamp() and state = 'received' order by wake_at limit ${limit})
    order by source, key for update skip locked`
  if (locked.length === 0) return 0
  const ids = locked.map(({ id }) => id)
  await tx`update request set wake_at = now() + make_interval(secs => ${lookAgain.patient})
    where identity_id = any(${ids}::uuid[]) and waits and wake_at < clock_timestamp()`
  const stale = await tx<{ id: string }[]>`
    select identity.id from identity where identity.id = any(${ids}::uuid[]) and not exists (
      select from request where request.id = identity.active_request
        and (request.state in ('queued', 'running', 'rolling_back', 'awaiting_approval', 'needs_attention') or (request.state = 'received' and request.stale)))`
  if (stale.length === 0) return 0
  const lost = locked.filter(({ id }) => stale.some((row) => row.id === id))
  // An identity without an active request is given one that has ended, so that it is handed on like the others.
  await tx`update identity set active_request = waiting.id from (
      select distinct on (identity_id) identity_id, id from request where identity_id = any(${lost.map(({ id }) => id)}::uuid[]) and waits
      order by identity_id, seq) waiting
    where identity.id = waiting.identity_id`
  const marks = await tx<{ active_request: string }[]>`
    select active_request from identity where id = any(${lost.map(({ id }) => id)}::uuid[]) and active_request is not null`
  await handOver(
    tx,
    marks.map((mark) => mark.active_request),
    record,
  )
  for (const mark of marks)
    record.audit({
      action: 'woken',
      actor: 'reconciler',
      requestId: mark.active_request,
      detail: { state: 'received', repaired: true },
    })
  return marks.length
}
