/**
 * The worker's side of reconciliations. The table is the truth: who holds one holds a lease, and a page's findings, the accounts that were seen and how
 * far it came are written in one transaction, so that whoever takes over goes on exactly there.
 */
import { asRows, type Sql, type Tx } from '../database.ts'
import type { Problem } from '../states.ts'
import type { NewFinding, ReconciliationCounts } from './reconciliation.ts'

export interface ClaimedReconciliation {
  readonly id: string
  readonly seq: number
  readonly target: string
  readonly fence: number
  /** The database's clock when its first listing began: what changed since is not judged. */
  readonly startedAt: Date
  readonly pages: number
  /** The last account of the last page that was written; null before the first. */
  readonly last: string | null
  /** How often it was taken since anything was written, this time included. */
  readonly claims: number
}

type Held = Pick<ClaimedReconciliation, 'id' | 'fence'>

/** Unfinished ones of these targets that nobody is at, and that need not wait. */
export function readDueReconciliations(
  sql: Sql,
  targets: readonly string[],
): Promise<{ readonly id: string; readonly target: string }[]> {
  return sql<{ id: string; target: string }[]>`
    select id, target from reconciliation where state in ('waiting', 'running') and target = any(${[...targets]}::text[])
      and (lease_until is null or lease_until <= clock_timestamp()) and (resume_at is null or resume_at <= clock_timestamp()) order by seq`
}

/** The target's unfinished one; null when there is none, when somebody is at it, or when it has to wait. */
export async function claimReconciliation(sql: Sql, target: string, seconds: number): Promise<ClaimedReconciliation | null> {
  const [claimed] = await sql<ClaimedReconciliation[]>`
    update reconciliation set state = 'running', fence = fence + 1, claims = claims + 1, lease_until = clock_timestamp() + make_interval(secs => ${seconds}),
      started_at = coalesce(started_at, clock_timestamp()), resume_at = null
    where target = ${target} and state in ('waiting', 'running')
      and (lease_until is null or lease_until <= clock_timestamp()) and (resume_at is null or resume_at <= clock_timestamp())
    returning id, seq, target, fence, started_at as "startedAt", pages, last_key as last, claims`
  return claimed ?? null
}

/** false: it was cancelled, or somebody else is at it. */
export async function renewReconciliation(sql: Sql, { id, fence }: Held, seconds: number): Promise<boolean> {
  const renewed = await sql`
    update reconciliation set lease_until = clock_timestamp() + make_interval(secs => ${seconds}) where id = ${id} and fence = ${fence} and state = 'running'`
  return renewed.count > 0
}

/** Of a page's accounts, those that were not written before: a listing that began anew shows them again. */
export async function withoutSeen(sql: Sql, id: string, nativeIds: readonly string[]): Promise<ReadonlySet<string>> {
  const seen = await sql<{ native_id: string }[]>`
    select native_id from unnest(${[...nativeIds]}::text[]) as listed (native_id)
    -- offset 0: by its key, each of them; while the table is young all of it would be read
    where exists (select from reconciliation_seen seen where seen.reconciliation_id = ${id} and seen.native_id = listed.native_id offset 0)`
  const rest = new Set(nativeIds)
  for (const row of seen) rest.delete(row.native_id)
  return rest
}

export interface JudgedPage {
  /** All accounts that were not seen before. */
  readonly nativeIds: readonly string[]
  readonly findings: readonly NewFinding[]
  /** Accounts that could not be judged: what was found of them before is neither confirmed nor closed. */
  readonly busy: readonly string[]
  readonly matched: number
}

/** false, and nothing is written: it was cancelled, or somebody else is at it. */
export function writePage(
  sql: Sql,
  run: ClaimedReconciliation,
  page: JudgedPage,
  number: number,
  seconds: number,
): Promise<boolean> {
  const { nativeIds, findings, busy, matched } = page
  const of = (kind: NewFinding['kind']) => findings.filter((finding) => finding.kind === kind).length
  return sql.begin(async (tx) => {
    const held = await tx`
      update reconciliation set pages = ${number}, listed = listed + ${nativeIds.length}, matched = matched + ${matched}, orphan = orphan + ${of('orphan')},
        divergent = divergent + ${of('divergent')}, adopted = adopted + ${of('adopted')}, busy = busy + ${busy.length}, last_key = coalesce(${nativeIds.at(-1) ?? null}, last_key),
        claims = 0, lease_until = clock_timestamp() + make_interval(secs => ${seconds})
      where id = ${run.id} and fence = ${run.fence} and state = 'running' and pages = ${number - 1}`
    if (held.count === 0) return false
    await tx`insert into reconciliation_seen (reconciliation_id, native_id) select ${run.id}, id from unnest(${[...nativeIds]}::text[]) as id on conflict do nothing`
    if (findings.length > 0) await writeFindings(tx, run, findings)
    if (busy.length > 0)
      await tx`
        update finding set last_run = ${run.seq} from unnest(${[...busy]}::text[]) as listed (native_id) cross join unnest(array['orphan', 'divergent', 'adopted']) as kinds (kind)
        where finding.target = ${run.target} and finding.kind = kinds.kind and finding.native_id = listed.native_id and closed_at is null`
    return true
  })
}

async function writeFindings(tx: Tx, run: ClaimedReconciliation, findings: readonly NewFinding[]): Promise<void> {
  await tx`
    insert into finding (target, kind, native_id, label, identity_id, candidate_id, differences, first_run, last_run)
    select ${run.target}, kind, "nativeId", label, "identityId", "candidateId", differences, ${run.seq}, ${run.seq}
    from jsonb_to_recordset(${asRows(tx, findings)}) as row (kind text, "nativeId" text, label text, "identityId" uuid, "candidateId" uuid, differences jsonb)
    on conflict (target, kind, native_id) where closed_at is null do update set last_run = excluded.last_run, seen_at = clock_timestamp(),
      label = excluded.label, identity_id = excluded.identity_id, candidate_id = excluded.candidate_id, differences = excluded.differences`
}

/** Everything was listed: what the ledger has and the target does not show is missing, and what was found before and not this time is closed. */
export function completeFindings(sql: Sql, run: ClaimedReconciliation): Promise<boolean> {
  return sql.begin(async (tx) => {
    const [held] =
      await tx`select from reconciliation where id = ${run.id} and fence = ${run.fence} and state = 'running' for update`
    if (held === undefined) return false
    // All accounts of the target, and not a few by their keys.
    await tx`select set_config('enable_hashjoin', 'on', true), set_config('enable_seqscan', 'on', true)`
    const unseen = () => tx`
      from account join identity on identity.id = account.identity_id
      where account.target = ${run.target} and not exists (select from reconciliation_seen seen where seen.reconciliation_id = ${run.id} and seen.native_id = account.native_id)`
    const isBusy = () => tx`(account.updated_at >= ${run.startedAt} or identity.active_request is not null)`
    const missing = await tx`
      insert into finding (target, kind, native_id, label, identity_id, first_run, last_run)
      select account.target, 'missing', account.native_id, account.label, account.identity_id, ${run.seq}, ${run.seq} ${unseen()} and not ${isBusy()}
      on conflict (target, kind, native_id) where closed_at is null do update set last_run = excluded.last_run, seen_at = clock_timestamp(), identity_id = excluded.identity_id`
    const busy = await tx`
      update finding set last_run = ${run.seq} where target = ${run.target} and kind = 'missing' and closed_at is null
        and native_id in (select account.native_id ${unseen()} and ${isBusy()})`
    // Somebody's since its page was written.
    const taken = await tx`
      update finding set last_run = first_run - 1 where target = ${run.target} and kind = 'orphan' and closed_at is null and last_run = ${run.seq}
        and exists (select from account where account.native_id = finding.native_id and account.target = finding.target)`
    await tx`
      update reconciliation set missing = ${missing.count}, orphan = orphan - ${taken.count}, busy = busy + ${busy.count + taken.count} where id = ${run.id}`
    await tx`
      update finding set closed_at = clock_timestamp(), closed_by = 'reconciliation'
      where target = ${run.target} and closed_at is null and last_run < ${run.seq}`
    return true
  })
}

/** Kept for each target; and days for which what is closed is kept. */
const mostKept = 50
const closedDays = 90

/** The end, within a transaction that also records it; null: it was cancelled, or somebody else is at it. */
export async function endReconciliation(
  tx: Tx,
  { id, fence }: Held,
  problem: Problem | null,
): Promise<ReconciliationCounts | null> {
  const [ended] = await tx<ReconciliationCounts[]>`
    update reconciliation set state = ${problem === null ? 'done' : 'failed'}, problem = ${problem === null ? null : asRows(tx, problem as never)},
      ended_at = clock_timestamp(), lease_until = null
    where id = ${id} and fence = ${fence} and state = 'running'
    returning matched, missing, orphan, divergent, adopted, busy`
  return ended ?? null
}

/** What an ended one leaves behind, and what is too old to be of use. */
export async function tidyUp(sql: Sql, { id, target }: Pick<ClaimedReconciliation, 'id' | 'target'>): Promise<void> {
  await sql`delete from reconciliation_seen where reconciliation_id = ${id}`
  await sql`
    delete from reconciliation where target = ${target} and state not in ('waiting', 'running')
      and seq < (select min(seq) from (select seq from reconciliation where target = ${target} order by seq desc limit ${mostKept}) newest)`
  await sql`delete from finding where target = ${target} and closed_at < now() - make_interval(days => ${closedDays})`
  await sql`
    delete from account_gone where target = ${target}
      and gone_at < coalesce((select min(started_at) from reconciliation where target = ${target} and state = 'running'), now()) - interval '1 day'`
}

/** For another worker to go on, at once or after a while. What failed counts as one more time that nothing came of it; a pause does not. */
export async function releaseReconciliation(
  sql: Sql,
  { id, fence }: Held,
  { failed, afterMs }: { readonly failed: boolean; readonly afterMs: number },
): Promise<void> {
  await sql`
    update reconciliation set lease_until = null, resume_at = clock_timestamp() + make_interval(secs => ${afterMs / 1000}), claims = case when ${failed} then claims else 0 end
    where id = ${id} and fence = ${fence} and state = 'running'`
}
