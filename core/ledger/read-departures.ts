/** Departures as people and programs see them: whose account, disabled since, deleted when, and what stands in the way. */
import type { Sql } from '../database.ts'
import type { DepartureState } from '../departure.ts'
import type { Problem } from '../states.ts'

export interface DepartureRecord {
  readonly id: string
  readonly seq: number
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
  readonly target: string
  readonly label: string | null
  readonly state: DepartureState
  readonly disabledAt: Date
  readonly deleteAt: Date
  readonly disabledBy: string
  readonly deletion: string | null
  readonly isForgotten: boolean
  readonly problem: Problem | null
  readonly changedBy: string | null
  readonly reason: string | null
  readonly changedAt: Date | null
}

export interface DepartureFilter {
  readonly id?: string
  readonly states?: readonly DepartureState[]
  readonly source?: string
  readonly target?: string
  readonly externalId?: string
  /** Only those that are deleted until then. */
  readonly until?: Date
  readonly before?: number
  readonly limit: number
}

/** The newest first. One whose person is wanted back by a request that was accepted is told as returned, whether or not it is done yet. */
export function readDepartures(sql: Sql, filter: DepartureFilter): Promise<DepartureRecord[]> {
  const { id = null, states, source = null, target = null, externalId = null, until = null, before = null, limit } = filter
  const wanted = states === undefined ? null : [...states]
  return sql<DepartureRecord[]>`
    select departure.id, departure.seq, source, external_id as "externalId", display_name as "displayName", departure.target, account.label, told.state,
      disabled_at as "disabledAt", delete_at as "deleteAt", begun_by as "disabledBy", request_id as deletion, forget as "isForgotten", problem,
      changed_by as "changedBy", reason, changed_at as "changedAt"
    from departure join identity on identity.id = departure.identity_id
      left join account on account.identity_id = departure.identity_id and account.target = departure.target,
      lateral (select case when departure.state in ('waiting', 'kept') and not disabled and not switched_off ? departure.target then 'returned' else departure.state end as state) told
    where (${id}::uuid is null or departure.id = ${id}::uuid)
      and (${source}::text is null or source = ${source}::text)
      and (${target}::text is null or departure.target = ${target}::text)
      and (${externalId}::text is null or external_id = ${externalId}::text)
      and (${until}::timestamptz is null or delete_at <= ${until}::timestamptz)
      and (${before}::bigint is null or departure.seq < ${before}::bigint)
      and (${wanted}::text[] is null or told.state = any(${wanted}::text[]))
    order by departure.seq desc limit ${limit}`
}
