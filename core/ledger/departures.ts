/**
 * Departures follow the effects, like accounts do: one begins when an account is disabled whose plan says so, is over when the account is enabled
 * or gone, and is as before when that is undone. And they follow the end of the deletion that was filed for them.
 */
import { asRows, type Tx } from '../database.ts'
import type { Problem, RequestState } from '../states.ts'
import type { Settlement } from './settle.ts'
import type { Recorder } from './writer.ts'

interface StepKey {
  readonly request_id: string
  readonly target: string
}

/** Settlements that concern no departure, such as those of newcomers and of updates, cost nothing here. */
export async function followDepartures(tx: Tx, settlements: readonly Settlement[], record: Recorder): Promise<void> {
  const applied = settlements.filter(({ state, receipt }) => state === 'applied' && receipt !== undefined)
  const off = applied.filter(({ receipt }) => receipt?.after?.enabled === false)
  const on = applied.filter(({ receipt }) => receipt?.writes.enabled?.after === true)
  const gone = applied.filter(({ receipt }) => receipt?.after === null)
  const undone = settlements.filter(({ state }) => state === 'undone')
  if (off.length > 0)
    await beginDepartures(
      tx,
      off.map((input) => ({ ...keyOf(input), fresh: input.receipt?.writes.enabled?.after === false })),
      record,
    )
  if (on.length > 0) await markReturned(tx, on.map(keyOf))
  if (gone.length > 0) await forgetGone(tx, gone.map(keyOf))
  if (undone.length > 0) await forgetUndone(tx, undone.map(keyOf))
}

function keyOf({ requestId, target }: Settlement): StepKey {
  return { request_id: requestId, target }
}

/**
 * The grace begins when the account is switched off, by the database's clock. An account that was off already goes on with the grace that it has
 * (`fresh` false): being disabled, or deleted by the source, once more does not prolong it.
 */
export async function beginDepartures(
  tx: Tx,
  steps: readonly (StepKey & { readonly fresh: boolean })[],
  record: Recorder,
): Promise<void> {
  const begun = await tx<{ request_id: string; target: string; delete_at: Date; forget: boolean }[]>`
    insert into departure as known (identity_id, target, begun_by, disabled_at, grace_seconds, delete_at, look_at, forget)
    select request.identity_id, row.target, request.id, clock.at, grace.seconds, clock.at + make_interval(secs => grace.seconds),
      clock.at + make_interval(secs => grace.seconds), request.kind = 'delete'
    from (select clock_timestamp() as at) clock, jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text, fresh boolean)
      join request on request.id = row.request_id join step on step.request_id = row.request_id and step.target = row.target,
      lateral (select (step.plan ->> 'graceSeconds')::float as seconds) grace
    where step.plan ->> 'operation' = 'disable' and grace.seconds is not null order by 1, 2
    on conflict (identity_id, target) do update set
      begun_by = excluded.begun_by, disabled_at = excluded.disabled_at, grace_seconds = excluded.grace_seconds, delete_at = excluded.delete_at,
      look_at = excluded.look_at, forget = excluded.forget, state = 'waiting', request_id = null, returned_by = null, problem = null,
      changed_by = null, reason = null, changed_at = null
    where known.state = 'returned' or exists (
      select from jsonb_to_recordset(${asRows(tx, steps)}) as again (request_id uuid, target text, fresh boolean)
      where again.request_id = excluded.begun_by and again.target = excluded.target and again.fresh)
    returning begun_by as request_id, target, delete_at, forget`
  for (const { request_id: requestId, target, delete_at: deleteAt } of begun)
    record.audit({ action: 'departure_begun', actor: 'gateway', requestId, target, detail: { deleteAt: deleteAt.toISOString() } })
  if (begun.length < steps.length) await rememberDeletion(tx, steps)
}

/** The source deleted who is in their grace already: nothing is to be kept of them in the end. */
async function rememberDeletion(tx: Tx, steps: readonly StepKey[]): Promise<void> {
  await tx`update departure set forget = true from request, jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text)
    where request.id = row.request_id and request.kind = 'delete' and departure.identity_id = request.identity_id and departure.target = row.target and not forget`
}

async function markReturned(tx: Tx, steps: readonly StepKey[]): Promise<void> {
  await tx`update departure set was = departure.state, state = 'returned', returned_by = row.request_id
    from request, jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text)
    where request.id = row.request_id and departure.identity_id = request.identity_id and departure.target = row.target and departure.state <> 'returned'`
}

async function forgetGone(tx: Tx, steps: readonly StepKey[]): Promise<void> {
  await tx`delete from departure using request, jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text)
    where request.id = row.request_id and departure.identity_id = request.identity_id and departure.target = row.target`
}

/** A disabling that was undone begins nothing; an enabling that was undone ends nothing: the day stays what it was. */
async function forgetUndone(tx: Tx, steps: readonly StepKey[]): Promise<void> {
  await tx`delete from departure using jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text)
    where departure.begun_by = row.request_id and departure.target = row.target`
  await tx`update departure set state = was, was = null, returned_by = null
    from jsonb_to_recordset(${asRows(tx, steps)}) as row (request_id uuid, target text)
    where departure.returned_by = row.request_id and departure.target = row.target`
}

/** What two people attested is so in the target. */
export async function followAttested(tx: Tx, { request_id, target }: StepKey, record: Recorder): Promise<void> {
  const [step] = await tx<{ operation: string }[]>`
    select plan ->> 'operation' as operation from step where request_id = ${request_id} and target = ${target} and state = 'applied'`
  const key = { request_id, target }
  if (step?.operation === 'disable') await beginDepartures(tx, [{ ...key, fresh: true }], record)
  if (step?.operation === 'enable') await markReturned(tx, [key])
  if (step?.operation === 'delete') await forgetGone(tx, [key])
}

export interface EndedDeletion {
  readonly id: string
  readonly state: RequestState
  readonly actor: string
  readonly problem: Problem | null
}

/** Ends of a request by which a deletion that was filed did not take place. */
const cameToNothing: readonly RequestState[] = ['rejected', 'expired', 'cancelled', 'rolled_back']
/** Nobody answered in time: people are asked again a day later. */
const askAgainSeconds = 24 * 3_600
/** It was taken back because the person returns; should that come to nothing, it is filed anew. */
const takenBackSeconds = 60

/** The deletion did not take place: what a person refused or cancelled is not asked for again; the rest is, later. */
export async function reopenDepartures(tx: Tx, ended: readonly EndedDeletion[]): Promise<void> {
  const rows = ended
    .filter(({ state }) => cameToNothing.includes(state))
    .map(({ id, state, actor, problem }) => {
      const seconds = state === 'cancelled' ? takenBackSeconds : askAgainSeconds
      const isKept = state === 'rejected' || (state === 'cancelled' && actor !== 'gateway')
      return { id, problem, kept: isKept, seconds, actor }
    })
  if (rows.length === 0) return
  await tx`
    update departure set state = case when row.kept then 'kept' else 'waiting' end, problem = row.problem, request_id = null,
      look_at = case when not row.kept then clock_timestamp() + make_interval(secs => row.seconds) end,
      changed_by = case when row.kept then row.actor else changed_by end, changed_at = case when row.kept then clock_timestamp() else changed_at end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, problem jsonb, kept boolean, seconds float, actor text)
    where departure.request_id = row.id`
}
