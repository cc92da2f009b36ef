/** What people do with a departure: name another day, or have the account stay. With a reason, and on record in the history of who left. */
import type { Tx } from '../database.ts'
import type { DepartureState } from '../departure.ts'
import type { Recorder, Statement } from './writer.ts'

export interface DepartureChange {
  readonly id: string
  /** `person:<name>`. */
  readonly actor: string
  readonly reason: string
  /** The new day; null: the account is not deleted. */
  readonly until: Date | null
}

export type DepartureChanged =
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'missing' }
  /** It is under way, or over. */
  | { readonly outcome: 'refused'; readonly state: DepartureState }
  /** The new day is not later than the one that was promised, or has passed. */
  | { readonly outcome: 'too_early' }

export const changeDeparture: Statement<DepartureChange, DepartureChanged> = async (tx, inputs, record) => {
  const results: DepartureChanged[] = []
  for (const input of inputs) results.push(await changeOne(tx, input, record))
  return results
}

interface LockedDeparture {
  readonly state: DepartureState
  readonly target: string
  readonly begun_by: string
  readonly delete_at: Date
  readonly has_passed: boolean
}

async function changeOne(tx: Tx, { id, actor, reason, until }: DepartureChange, record: Recorder): Promise<DepartureChanged> {
  const [found] = await tx<LockedDeparture[]>`
    select state, target, begun_by, delete_at, coalesce(${until}::timestamptz <= clock_timestamp(), false) as has_passed from departure where id = ${id} for update`
  if (found === undefined) return { outcome: 'missing' }
  const { state, target, begun_by: requestId, delete_at: before } = found
  if (state === 'filed' || state === 'returned' || (state === 'kept' && until === null)) return { outcome: 'refused', state }
  if (until !== null && (found.has_passed || (state === 'waiting' && until <= before))) return { outcome: 'too_early' }
  const who = tx`problem = null, changed_by = ${actor}, reason = ${reason}, changed_at = clock_timestamp()`
  if (until === null) {
    await tx`update departure set state = 'kept', look_at = null, ${who} where id = ${id}`
    record.audit({ action: 'departure_kept', actor, requestId, target, detail: { reason } })
  } else {
    await tx`update departure set state = 'waiting', request_id = null, delete_at = ${until}, look_at = ${until}, ${who} where id = ${id}`
    const detail = { reason, from: before.toISOString(), until: until.toISOString() }
    record.audit({ action: 'departure_postponed', actor, requestId, target, detail })
  }
  record.changed(requestId)
  return { outcome: 'changed' }
}
