/** How many requests and steps are in which state, for metrics: those that are not over, and what became of those of the last hour. */
import type { Sql } from '../database.ts'

export interface OpenWork {
  readonly requests: readonly { readonly state: string; readonly count: number }[]
  readonly steps: readonly { readonly target: string; readonly state: string; readonly count: number }[]
  /** Requests that were received within the hour, by the state that they are in now. */
  readonly lastHour: readonly { readonly state: string; readonly count: number }[]
}

export async function readOpenWork(sql: Sql): Promise<OpenWork> {
  // Those that wake up, and those that keep their identity until a person acts: each has an index of its own.
  const open = sql`
    select id, state from request where wake_at is not null
    union select request.id, request.state from identity join request on request.id = identity.active_request where identity.active_request is not null`
  const [requests, steps, lastHour] = await Promise.all([
    sql<OpenWork['requests'][number][]>`select state, count(*)::int as count from (${open}) as open group by state`,
    sql<OpenWork['steps'][number][]>`
      select step.target, step.state, count(*)::int as count from (${open}) as open join step on step.request_id = open.id group by step.target, step.state`,
    sql<OpenWork['lastHour'][number][]>`
      select state, count(*)::int as count from request where received_at > now() - interval '1 hour' group by state`,
  ])
  return { requests, steps, lastHour }
}
