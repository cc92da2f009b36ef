/**
 * Departures whose day has come: which they are, and that each deletion is filed once. A server takes them for a moment (a lease, by the database's
 * clock); the deletion is accepted only together with the departure's own change of state, so that neither two servers nor a crash file it twice.
 */
import { asRows, type Sql, type Tx } from '../database.ts'
import type { DepartureVerdict } from '../departure.ts'
import type { Problem } from '../states.ts'
import type { IdentityState } from './accept.ts'
import type { Statement } from './writer.ts'

export interface TakenDeparture {
  readonly id: string
  readonly target: string
  readonly source: string
  readonly externalId: string
  readonly identity: IdentityState
  readonly isBusy: boolean
  readonly disabledForSeconds: number
  readonly graceSeconds: number
  /** The request that disabled the account: its history tells what becomes of it. */
  readonly begunBy: string
  readonly forget: boolean
}

/** The earliest first. Nobody else takes them for so many seconds, unless this one says what became of them. */
export function takeDueDepartures(sql: Sql, limit: number, leaseSeconds: number): Promise<readonly TakenDeparture[]> {
  return sql<TakenDeparture[]>`
    with taken as (
      update departure set look_at = clock_timestamp() + make_interval(secs => ${leaseSeconds}) where id in (
        select id from departure where state = 'waiting' and look_at <= clock_timestamp() and delete_at <= clock_timestamp()
        order by look_at limit ${limit} for update skip locked)
      returning *)
    select taken.id, taken.target, source, external_id as "externalId", active_request is not null as "isBusy", begun_by as "begunBy", forget,
      jsonb_build_object('attributes', attributes, 'targets', targets, 'disabled', disabled, 'switchedOff', switched_off) as identity,
      extract(epoch from clock_timestamp() - disabled_at)::float as "disabledForSeconds", grace_seconds::float as "graceSeconds"
    from taken join identity on identity.id = taken.identity_id order by taken.delete_at`
}

interface Filing {
  readonly id: string
  readonly departure?: string
}

/** Answers the requests whose departure is not due: it was kept, postponed, or filed by another server; or the day has not come. */
export async function claimDepartures(tx: Tx, inputs: readonly Filing[]): Promise<readonly string[]> {
  const rows = inputs.flatMap(({ id, departure }) => (departure === undefined ? [] : [{ request_id: id, departure }]))
  if (rows.length === 0) return []
  const claimed = await tx<{ request_id: string }[]>`
    update departure set state = 'filed', request_id = row.request_id, look_at = null, problem = null
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (request_id uuid, departure uuid)
    where departure.id = row.departure and state = 'waiting' and delete_at <= clock_timestamp() returning departure.request_id`
  const own = new Set(claimed.map((row) => row.request_id))
  return rows.filter((row) => !own.has(row.request_id)).map((row) => row.request_id)
}

/** Their identities changed since the deletions were planned: they are planned again. */
export async function releaseDepartures(tx: Tx, inputs: readonly Filing[]): Promise<void> {
  const ids = inputs.flatMap(({ id, departure }) => (departure === undefined ? [] : [id]))
  if (ids.length === 0) return
  await tx`update departure set state = 'waiting', request_id = null, look_at = clock_timestamp() where request_id = any(${ids}::uuid[]) and state = 'filed'`
}

export interface SettledDeparture {
  readonly id: string
  readonly target: string
  readonly begunBy: string
  readonly verdict: Exclude<DepartureVerdict, { kind: 'file' }>
  /** Why it could not be filed. */
  readonly problem?: Problem
}

/** What becomes of departures that were taken and not filed. One that changed meanwhile is left as it is. */
export const settleDeparture: Statement<SettledDeparture, void> = async (tx, inputs, record) => {
  for (const { id, target, begunBy, verdict, problem } of inputs)
    switch (verdict.kind) {
      case 'wait':
        await tx`update departure set look_at = clock_timestamp() + make_interval(secs => ${verdict.seconds}), 
            problem = nullif(${tx.json((problem ?? null) as never)}::jsonb, 'null') where id = ${id} and state = 'waiting'`
        break
      case 'over':
        await tx`delete from departure where id = ${id} and state = 'waiting'`
        break
      case 'keep':
        await tx`update departure set state = 'kept', look_at = null, problem = ${tx.json(verdict.problem as never)}, changed_by = 'gateway', changed_at = clock_timestamp()
          where id = ${id} and state = 'waiting'`
        record.audit({
          action: 'departure_kept',
          actor: 'gateway',
          requestId: begunBy,
          target,
          detail: { code: verdict.problem.code },
        })
        break
    }
  return inputs.map(() => undefined)
}
