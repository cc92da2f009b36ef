/** How much work waits, for each target and as a whole: told to people, and decided on at the door. */
import type { Sql } from '../database.ts'
import { claimable, openFor } from '../saga/transitions.ts'

export interface TargetBacklog {
  readonly queued: number
  /** Steps that a living worker holds. */
  readonly running: number
  /** Since the longest waiting step's request had its turn; null when none waits. */
  readonly oldestMs: number | null
}

/** By target; one without work is absent. Requests that wait behind others of their identity count as queued. */
export async function readBacklogs(sql: Sql): Promise<ReadonlyMap<string, TargetBacklog>> {
  const rows = await sql<({ target: string } & TargetBacklog)[]>`
    select step.target, count(*) filter (where not held)::int as queued, count(*) filter (where held)::int as running,
      (extract(epoch from clock_timestamp() - min(request.queued_at) filter (where not held)) * 1000)::float8 as "oldestMs"
    from request join step on step.request_id = request.id
      cross join lateral (select coalesce(step.state in ('running', 'undoing') and step.lease_until > clock_timestamp(), false) as held) as claim
    where request.wake_at is not null and (
      request.state = any(${['received', ...openFor.apply]}::text[]) and step.state = any(${[...claimable.apply]}::text[])
      or request.state = any(${[...openFor.undo]}::text[]) and step.state = any(${[...claimable.undo]}::text[]))
    group by step.target`
  return new Map(rows.map(({ target, ...backlog }) => [target, backlog]))
}

export interface OldestWaiting {
  /** Milliseconds for which the oldest request waits that nobody has begun, though a target of it may be called; null when none waits. */
  readonly ageMs: number | null
  /** When it was queued, in milliseconds since 1970. */
  readonly queuedAt: number | null
}

/** @param parked targets whose steps nobody may call now: what only waits for them is no backlog of ours */
export async function readOldestWaiting(sql: Sql, parked: readonly string[]): Promise<OldestWaiting> {
  const [row] = await sql<{ ageMs: number | null; queuedAt: number | null }[]>`
    select (extract(epoch from clock_timestamp() - min(queued_at)) * 1000)::float8 as "ageMs", (extract(epoch from min(queued_at)) * 1000)::float8 as "queuedAt"
    from request where wake_at is not null and state = 'queued' and (${parked.length === 0}
      or exists (select from step where step.request_id = request.id and step.state = 'pending' and not step.target = any(${[...parked]}::text[])))`
  return row ?? { ageMs: null, queuedAt: null }
}
