/** Reconciliations as people and schedules ask for them, and as people look at them. */
import type { Sql, Tx } from '../database.ts'
import type { ReconciliationRecord } from './reconciliation.ts'

/** Told to the workers when there is something to reconcile. */
export const reconciliationChannel = 'passerelle_reconciliations'

export interface NewReconciliation {
  readonly id: string
  readonly target: string
  readonly by: string
  readonly reason: string | null
}

/** false: one of this target is under way already, and goes on. */
export async function beginReconciliation(tx: Tx | Sql, { id, target, by, reason }: NewReconciliation): Promise<boolean> {
  const begun = await tx`
    insert into reconciliation (id, target, by, reason, expected)
    select ${id}, ${target}, ${by}, ${reason}, (select count(*)::int from account where target = ${target})
    on conflict (target) where state in ('waiting', 'running') do nothing`
  if (begun.count > 0) await tx`select pg_notify(${reconciliationChannel}, ${target})`
  return begun.count > 0
}

export interface ReconciliationFilter {
  readonly id?: string
  readonly target?: string
  /** Only those that were begun before this sequence number. */
  readonly before?: number
  readonly limit: number
}

/** The newest first. */
export function readReconciliations(
  sql: Sql,
  { id, target, before, limit }: ReconciliationFilter,
): Promise<ReconciliationRecord[]> {
  return sql<ReconciliationRecord[]>`
    select id, seq, target, state, by, reason, expected, listed, matched, missing, orphan, divergent, adopted, busy, created_at as "createdAt",
      started_at as "startedAt", ended_at as "endedAt", resume_at as "resumeAt", problem
    from reconciliation
    where (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)
      and (${target ?? null}::text is null or target = ${target ?? null}::text)
      and (${before ?? null}::bigint is null or seq < ${before ?? null}::bigint)
    order by seq desc limit ${limit}`
}

/** false: it had ended already. A worker that is at it notices with the next page; what it found stays. */
export async function cancelReconciliation(tx: Tx, id: string): Promise<boolean> {
  const cancelled = await tx`
    update reconciliation set state = 'cancelled', ended_at = clock_timestamp(), lease_until = null, resume_at = null
    where id = ${id} and state in ('waiting', 'running')`
  await tx`delete from reconciliation_seen where reconciliation_id = ${id}`
  return cancelled.count > 0
}
