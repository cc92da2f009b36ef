/**
 * Requests that only wait for parked targets need nobody to ring for them: their jobs are in the queue, and rest there. Ringing again and
 * again would pile up jobs for as long as a target is down.
 */
import type { Sql, Tx } from '../database.ts'
import { claimable, wakeable } from '../saga/transitions.ts'

/** Seconds after which somebody should have tried a target whose time has come; nobody did, so its jobs are lost. */
const overdue = 10
/** Seconds between looks at a request that waits for the end of a maintenance. */
const patience = 300

/**
 * The targets whose steps are parked: in maintenance, open, or being tried. One whose time to try came a while ago and which nobody tried is
 * not among them: its jobs are lost, and must be rung again.
 */
async function parkedTargets(tx: Tx): Promise<readonly string[]> {
  const rows = await tx<{ target: string }[]>`
    select target from target_state where maintenance_since is not null
      or (state = 'open' and retry_at > clock_timestamp() - make_interval(secs => ${overdue})) or (state = 'half_open' and probe_until > clock_timestamp())`
  return rows.map((row) => row.target)
}

/** Puts off the wake-ups that have come of requests all of whose open steps are parked, until their targets may be called. */
export async function postponeParked(tx: Tx): Promise<void> {
  const parked = await parkedTargets(tx)
  if (parked.length === 0) return
  await tx`
    with due as (
      select id, case state when 'rolling_back' then ${[...claimable.undo]}::text[] else ${[...claimable.apply]}::text[] end as open_states from request
      where wake_at < clock_timestamp() and state = any(${[...wakeable]}::text[]) for update skip locked),
    waiting as (
      select due.id, min(case when own.maintenance_since is not null then clock_timestamp() + make_interval(secs => ${patience})
          else coalesce(own.probe_until, own.retry_at) + make_interval(secs => ${overdue}) end) as until
      from due join step on step.request_id = due.id and step.state = any(due.open_states) left join target_state own on own.target = step.target
      group by due.id having bool_and(step.target = any(${[...parked]})))
    update request set wake_at = greatest(waiting.until, clock_timestamp() + interval '30 seconds') + random() * interval '20 seconds'
    from waiting where request.id = waiting.id`
}

/** A maintenance has ended: whoever was put off because of it is looked at soon, but not all at once. */
export async function hurryParked(sql: Sql, target: string): Promise<void> {
  await sql`
    update request set wake_at = clock_timestamp() + interval '15 seconds' + random() * interval '30 seconds'
    where id in (
      select id from request where wake_at > clock_timestamp() + interval '45 seconds' and state = any(${[...wakeable]}::text[])
        and exists (select from step where step.request_id = request.id and step.target = ${target}) for update skip locked)`
}
