/**
 * The bell: what must be rung in the queue, who rings it, and who rings again when nobody came. The ledger never needs the
 * queue to have kept anything.
 */
import { asRows, type Sql } from '../database.ts'
import { postponeParked } from './parked.ts'
import type { Recorder, Statement } from './writer.ts'
import { canRetry } from '../saga/decisions.ts'
import { claimable, lookAgain, rungAs, wakeable, type Purpose } from '../saga/transitions.ts'
import type { RequestState } from '../states.ts'

export interface Bell {
  readonly topic: Purpose
  readonly requestId: string
  readonly generation: number
  readonly bell: number
  readonly targets: readonly string[]
}

/** Hands waiting bells to `ring` and forgets them when it returns; several relays may run. Answers how many there were. */
export async function takeBells(sql: Sql, limit: number, ring: (bells: readonly Bell[]) => Promise<void>): Promise<number> {
  return sql.begin(async (tx) => {
    const rows = await tx<{ topic: Purpose; request_id: string; generation: number; bell: number; targets: string[] | null }[]>`
      with taken as (
        delete from outbox where id in (select id from outbox order by id limit ${limit} for update skip locked)
        returning id, topic, request_id, generation, bell)
      select taken.*, (
        select array_agg(target order by target) from step where step.request_id = taken.request_id
          and step.state = any(case taken.topic when 'apply' then ${[...claimable.apply]}::text[] else ${[...claimable.undo]}::text[] end)) as targets
      from taken order by id`
    if (rows.length > 0)
      await ring(
        rows.map((row) => ({
          topic: row.topic,
          requestId: row.request_id,
          generation: row.generation,
          bell: row.bell,
          targets: row.targets ?? [],
        })),
      )
    return rows.length
  })
}

/** Rings again for every request whose wake-up has come: jobs are gone, a worker died, a target was down. */
export const wake: Statement<{ readonly limit: number }, number> = async (tx, [input], record) => {
  await postponeParked(tx)
  const rows = await tx<{ id: string; state: RequestState; generation: number; bell: number }[]>`
    update request set bell = bell + 1, wake_at = now() + make_interval(secs => ${lookAgain.rung})
    where id in (
      select id from request where wake_at < clock_timestamp() and state = any(${[...wakeable]}::text[])
      order by wake_at limit ${input?.limit ?? 100} for update skip locked)
    returning id, state, generation, bell`
  if (rows.length === 0) return [0]
  const bells = rows.map(({ id, state, generation, bell }) => ({ topic: rungAs(state), request_id: id, generation, bell }))
  await tx`insert into outbox (topic, request_id, generation, bell)
    select * from jsonb_to_recordset(${asRows(tx, bells)}) as row (topic text, request_id uuid, generation int, bell int)`
  for (const row of rows)
    record.audit({
      action: 'woken',
      actor: 'reconciler',
      requestId: row.id,
      detail: { state: row.state, generation: row.generation },
    })
  record.rang()
  return [rows.length]
}

/** The queue engine lost its memory: all wake-ups have come. Answers how many were brought forward. */
export const wakeAll: Statement<object, number> = async (tx, inputs) => {
  const { count } = await tx`update request set wake_at = clock_timestamp()
    where wake_at > clock_timestamp() and state in ('queued', 'running', 'rolling_back')`
  return inputs.map(() => count)
}

export interface Retry {
  readonly requestId: string
  readonly actor: string
  readonly reason: string
}

export type RetryResult =
  | { readonly outcome: 'accepted'; readonly generation: number }
  | { readonly outcome: 'missing' }
  /** The request is not in a state from which it can be done again. */
  | { readonly outcome: 'refused'; readonly state: RequestState }
  /** A later request of the same identity says otherwise: the last accepted wins. */
  | { readonly outcome: 'overtaken' }

/** An operator has a request done again: a new generation, with the plan that was accepted. */
export const retry: Statement<Retry, RetryResult> = async (tx, inputs, record) => {
  const results: RetryResult[] = []
  for (const input of inputs) results.push(await retryOne(tx, input, record))
  return results
}

async function retryOne(
  tx: Parameters<typeof retry>[0],
  { requestId, actor, reason }: Retry,
  record: Recorder,
): Promise<RetryResult> {
  const [identity] = await tx<{ id: string; active_request: string | null }[]>`
    select id, active_request from identity where id = (select identity_id from request where id = ${requestId}) for update`
  const [request] = await tx<{ state: RequestState; generation: number; overtaken: boolean }[]>`
    select state, generation, exists (select from request later where later.identity_id = request.identity_id and later.seq > request.seq) as overtaken
    from request where id = ${requestId} for update`
  if (request === undefined || identity === undefined) return { outcome: 'missing' }
  if (!canRetry(request.state)) return { outcome: 'refused', state: request.state }
  if (request.overtaken) return { outcome: 'overtaken' }
  const generation = request.generation + 1
  await tx`update step set generation = ${generation}, attempts = 0, started_at = null, called_at = null, lease_until = null, error = null, differences = null, settled_at = null,
      state = case when state = 'applied' then state else 'pending' end,
      before = case when state = 'applied' then before end, after = case when state = 'applied' then after end,
      writes = case when state = 'applied' then writes end, disposition = case when state = 'applied' then disposition end
    where request_id = ${requestId}`
  await tx`update request set state = 'queued', generation = ${generation}, bell = 0, problem = null, settled_at = null, wake_at = now() + make_interval(secs => ${lookAgain.first}) where id = ${requestId}`
  await tx`update identity set active_request = ${requestId}, revision = revision + 1,
      attributes = request.desired -> 'attributes', targets = request.desired -> 'targets', disabled = (request.desired ->> 'disabled')::boolean
    from request where request.id = ${requestId} and identity.id = ${identity.id}`
  await tx`insert into outbox (topic, request_id, generation, bell) values ('apply', ${requestId}, ${generation}, 0)`
  record.rang()
  record.changed(requestId, 'queued')
  record.audit({ action: 'retried', actor, requestId, detail: { generation, reason } })
  return { outcome: 'accepted', generation }
}
