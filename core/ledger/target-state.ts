/**
 * How targets are doing, in the database: the one circuit breaker and the one maintenance switch that all processes share. Every change
 * happens under the row's lock by the pure machine of `../target-state.ts`, is audited in the same transaction, and is told to
 * whoever listens.
 */
import type postgres from 'postgres'
import { asRows, type Sql, type Tx } from '../database.ts'
import { breakerOf, type TargetLimits } from '../target-limits.ts'
import {
  conditionOf,
  nextTargetState,
  wellState,
  type BreakerState,
  type TargetEvent,
  type TargetState,
} from '../target-state.ts'
import type { Recorder, Statement } from './writer.ts'

/** Told to every process, with the target's name, when a target's state or its failures changed. */
export const targetsChannel = 'passerelle_targets'

export interface TargetChange {
  readonly target: string
  readonly event: TargetEvent
  readonly actor: string
}

export interface TargetRow {
  readonly target: string
  readonly limits: TargetLimits
  /** Another one after every change of the target's configuration. */
  readonly version: string
  readonly state: TargetState
}

interface Stored {
  readonly target: string
  readonly limits: TargetLimits
  readonly version: string
  readonly now: number
  readonly state: BreakerState | null
  readonly since: number
  readonly failures: number
  readonly opens: number
  readonly retryAt: number | null
  readonly probe: string | null
  readonly probeUntil: number | null
  readonly closedAt: number | null
  readonly lastCode: string | null
  readonly lastFailedAt: number | null
  readonly maintenanceSince: number | null
  readonly maintenanceReason: string | null
  readonly maintenanceBy: string | null
}

/** The state after the change; null for a target that is not configured (any more). */
export const changeTarget: Statement<TargetChange, TargetState | null> = async (tx, inputs, record) => {
  const names = [...new Set(inputs.map((input) => input.target))]
  await tx`insert into target_state (target, since) select name, clock_timestamp() from target where name = any(${names}) order by name on conflict do nothing`
  await tx`select from target_state where target = any(${names}) order by target for update`
  const rows = await select(tx, names)
  const known = new Map(rows.map((row) => [row.target, { row, state: toState(row) }]))
  const outputs = inputs.map(({ target, event, actor }) => {
    const entry = known.get(target)
    if (entry === undefined) return null
    const { limits, now } = entry.row
    const next = nextTargetState(entry.state, event, { now, random: Math.random(), breaker: breakerOf(limits) })
    note(record, { target, event, actor }, entry.state, next)
    entry.state = next
    return next
  })
  const changed = [...known.values()].filter(({ row, state }) => JSON.stringify(state) !== JSON.stringify(toState(row)))
  if (changed.length > 0) await write(tx, changed)
  return outputs
}

/** Everything a process needs to know of the targets, in one look. */
export async function readTargetRows(sql: Sql): Promise<{ readonly now: number; readonly rows: readonly TargetRow[] }> {
  const rows = await select(sql, null)
  return {
    now: rows[0]?.now ?? Date.now(),
    rows: rows.map((row) => ({ target: row.target, limits: row.limits, version: row.version, state: toState(row) })),
  }
}

function select(sql: Sql | Tx, names: readonly string[] | null): Promise<Stored[]> {
  const ms = (column: string) =>
    (sql as Sql).unsafe(`(extract(epoch from ${column}) * 1000)::float8`) as unknown as postgres.Parameter
  return (sql as Sql)<Stored[]>`
    select name as target, limits, revision || ' ' || target.updated_at as version, ${ms('clock_timestamp()')} as now, s.state, ${ms('s.since')} as since, s.failures, s.opens, ${ms('s.retry_at')} as "retryAt",
      s.probe, ${ms('s.probe_until')} as "probeUntil", ${ms('s.closed_at')} as "closedAt", s.last_code as "lastCode", ${ms('s.last_failed_at')} as "lastFailedAt",
      ${ms('s.maintenance_since')} as "maintenanceSince", s.maintenance_reason as "maintenanceReason", s.maintenance_by as "maintenanceBy"
    from target left join target_state s on s.target = target.name
    where ${names}::text[] is null or name = any(${names}::text[])`
}

function toState(row: Stored): TargetState {
  if (row.state === null) return wellState
  return {
    state: row.state,
    since: row.since,
    failures: row.failures,
    opens: row.opens,
    retryAt: row.retryAt,
    probe: row.probe,
    probeUntil: row.probeUntil,
    closedAt: row.closedAt,
    lastCode: row.lastCode,
    lastFailedAt: row.lastFailedAt,
    maintenance:
      row.maintenanceSince === null
        ? null
        : { since: row.maintenanceSince, reason: row.maintenanceReason ?? '', by: row.maintenanceBy ?? '' },
  }
}

async function write(tx: Tx, changed: readonly { readonly row: Stored; readonly state: TargetState }[]): Promise<void> {
  const rows = changed.map(({ row, state: { maintenance, ...state } }) => ({
    target: row.target,
    ...state,
    maintenanceSince: maintenance?.since ?? null,
    maintenanceReason: maintenance?.reason ?? null,
    maintenanceBy: maintenance?.by ?? null,
  }))
  await tx`
    update target_state set state = row.state, since = to_timestamp(row.since / 1000), failures = row.failures, opens = row.opens,
      retry_at = to_timestamp(row."retryAt" / 1000), probe = row.probe, probe_until = to_timestamp(row."probeUntil" / 1000),
      closed_at = to_timestamp(row."closedAt" / 1000), last_code = row."lastCode", last_failed_at = to_timestamp(row."lastFailedAt" / 1000),
      maintenance_since = to_timestamp(row."maintenanceSince" / 1000), maintenance_reason = row."maintenanceReason", maintenance_by = row."maintenanceBy"
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (target text, state text, since float8, failures int, opens int, "retryAt" float8, probe uuid, "probeUntil" float8, "closedAt" float8,
       "lastCode" text, "lastFailedAt" float8, "maintenanceSince" float8, "maintenanceReason" text, "maintenanceBy" text)
    where target_state.target = row.target`
  await tx`select pg_notify(${targetsChannel}, name) from unnest(${rows.map((row) => row.target)}::text[]) as name`
}

/** What people must be able to read later; single failures are not among it. */
function note(record: Recorder, { target, event, actor }: TargetChange, before: TargetState, after: TargetState): void {
  const about = { actor, target }
  if (event.type === 'maintenance')
    record.audit({ ...about, action: event.on ? 'maintenance_begun' : 'maintenance_ended', detail: { reason: event.reason } })
  if (before.state === after.state && before.retryAt === after.retryAt) return
  record.audit({
    ...about,
    action: 'target_state',
    detail: {
      state: conditionOf({ ...after, maintenance: null }),
      before: conditionOf({ ...before, maintenance: null }),
      code: after.state === 'closed' ? null : after.lastCode,
      opens: after.opens,
      until: after.retryAt === null ? null : new Date(after.retryAt).toISOString(),
    },
  })
}
