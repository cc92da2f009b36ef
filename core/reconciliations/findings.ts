/** Findings as people look at them, and what becomes of one in the ledger when they decide. Nothing here reaches a target. */
import type { Difference } from '../account.ts'
import { GatewayError } from '../errors.ts'
import type { Sql, Tx } from '../database.ts'
import type { FindingKind, FindingState } from './reconciliation.ts'

interface Person {
  readonly id: string
  readonly source: string
  readonly externalId: string
  readonly displayName: string | null
}

export interface FindingRecord {
  readonly id: string
  readonly seq: number
  readonly target: string
  readonly kind: FindingKind
  readonly state: FindingState
  readonly nativeId: string
  readonly label: string
  readonly identity: Person | null
  readonly candidate: Person | null
  readonly differences: readonly Difference[]
  readonly foundAt: Date
  readonly seenAt: Date
  readonly closedAt: Date | null
  readonly closedBy: string | null
  readonly ignoredUntil: Date | null
  readonly ignoredBy: string | null
  readonly ignoreReason: string | null
  readonly requestId: string | null
  readonly repairs: number
}

export interface FindingFilter {
  readonly id?: string
  readonly target?: string
  readonly kind?: FindingKind
  readonly state?: FindingState
  /** Those that this reconciliation found. */
  readonly run?: string
  /** Only those behind this sequence number. */
  readonly before?: number
  readonly limit: number
}

/** What is under way repairs; what is ignored is so until its day; all else is open. */
const stateOf = (sql: Sql) => sql`
  case when finding.closed_at is not null then 'closed'
    when exists (select from request where request.id = finding.request_id and request.state in ('received', 'awaiting_approval', 'queued', 'running', 'rolling_back')) then 'repairing'
    when finding.ignored_until > clock_timestamp() then 'ignored' else 'open' end`

const personOf = (sql: Sql, alias: string) => {
  const one = sql(alias)
  return sql`case when ${one}.id is not null then
    jsonb_build_object('id', ${one}.id, 'source', ${one}.source, 'externalId', ${one}.external_id, 'displayName', ${one}.display_name) end`
}

/** The newest first. */
export function readFindings(sql: Sql, { id, target, kind, state, run, before, limit }: FindingFilter): Promise<FindingRecord[]> {
  return sql<FindingRecord[]>`
    select finding.id, finding.seq, finding.target, finding.kind, ${stateOf(sql)} as state, finding.native_id as "nativeId", finding.label,
      ${personOf(sql, 'owner')} as identity, ${personOf(sql, 'candidate')} as candidate, finding.differences, finding.found_at as "foundAt", finding.seen_at as "seenAt",
      finding.closed_at as "closedAt", finding.closed_by as "closedBy", finding.ignored_until as "ignoredUntil", finding.ignored_by as "ignoredBy",
      finding.ignore_reason as "ignoreReason", finding.request_id as "requestId", finding.repairs
    from finding
    left join identity owner on owner.id = finding.identity_id
    left join identity candidate on candidate.id = finding.candidate_id
    ${run === undefined ? sql`` : sql`join reconciliation run on run.id = ${run} and run.target = finding.target and run.seq between finding.first_run and finding.last_run`}
    where (${id ?? null}::uuid is null or finding.id = ${id ?? null}::uuid)
      and (${target ?? null}::text is null or finding.target = ${target ?? null}::text)
      and (${kind ?? null}::text is null or finding.kind = ${kind ?? null}::text)
      and (${state ?? null}::text is null or ${stateOf(sql)} = ${state ?? null}::text)
      and (${before ?? null}::bigint is null or finding.seq < ${before ?? null}::bigint)
    order by finding.seq desc limit ${limit}`
}

export interface Ignoring {
  readonly id: string
  readonly until: Date
  readonly by: string
  readonly reason: string
}

/** Throws `conflict` when it is closed, and `unprocessable` for a moment that is over. */
export async function ignoreFinding(tx: Tx, { id, until, by, reason }: Ignoring): Promise<void> {
  const [moment] = await tx<{ isOver: boolean }[]>`select ${until}::timestamptz <= clock_timestamp() as "isOver"`
  if (moment?.isOver !== false)
    throw new GatewayError('unprocessable', 'a finding is ignored until a moment that is still to come', { at: '/until' })
  const ignored = await tx`
    update finding set ignored_until = ${until}, ignored_by = ${by}, ignore_reason = ${reason} where id = ${id} and closed_at is null`
  if (ignored.count === 0) throw closed()
}

export interface Adoption {
  readonly findingId: string
  readonly source: string
  /** The external id, folded. */
  readonly key: string
  readonly enabled: boolean
  readonly label: string
}

/**
 * The account is the identity's from now on; the next request of it writes what the rules want there. Throws `conflict` when the finding is closed, when
 * the identity has an account there or a request under way, or when the account became somebody's; `unprocessable` for an identity nobody knows.
 */
export async function adoptOrphan(tx: Tx, { findingId, source, key, enabled, label }: Adoption): Promise<void> {
  const [identity] = await tx<{ id: string; isKnown: boolean; isBusy: boolean }[]>`
    select id, attributes <> '{}' or targets <> '{}' as "isKnown", active_request is not null as "isBusy" from identity where source = ${source} and key = ${key} for update`
  if (identity?.isKnown !== true)
    throw new GatewayError('unprocessable', 'no identity with this external id is known in this source', { at: '/externalId' })
  if (identity.isBusy)
    throw new GatewayError('conflict', 'a request of this identity is under way', {
      hint: 'wait until it has ended, or resolve it',
    })
  const [finding] = await tx<{ target: string; nativeId: string }[]>`
    update finding set closed_at = clock_timestamp(), closed_by = 'adopted', identity_id = ${identity.id}
    where id = ${findingId} and kind = 'orphan' and closed_at is null returning target, native_id as "nativeId"`
  if (finding === undefined) throw closed()
  const linked = await tx`
    insert into account (identity_id, target, native_id, label, enabled, adopted_at) values (${identity.id}, ${finding.target}, ${finding.nativeId}, ${label}, ${enabled}, now())
    on conflict do nothing`
  if (linked.count === 0)
    throw new GatewayError(
      'conflict',
      'the identity has an account in this target already, or the account belongs to somebody by now',
      {
        hint: 'look at the identity’s accounts; reconcile the target again',
      },
    )
  await tx`
    update identity set targets = targets || jsonb_build_object(${finding.target}::text, '[]'::jsonb), revision = revision + 1, updated_at = now() where id = ${identity.id}`
}

/** The request that is to repair it, when nobody asked for another meanwhile. */
export async function linkRepair(tx: Tx, id: string, requestId: string, repairs: number): Promise<boolean> {
  const linked = await tx`
    update finding set request_id = ${requestId}, repairs = repairs + 1 where id = ${id} and repairs = ${repairs} and closed_at is null`
  return linked.count > 0
}

function closed(): GatewayError {
  return new GatewayError(
    'conflict',
    'the finding is closed: a later reconciliation did not find it any more, or somebody dealt with it',
  )
}
