/** What the ledger knows of the accounts of one page: whose they are, what was last applied to them, and whether the gateway is changing them. */
import type { Account } from '../account.ts'
import { asRows, type Sql } from '../database.ts'
import { foldKey } from '../ledger/identity.ts'
import { wholeAttributes, type KeptAttributes } from '../ledger/kept-step.ts'
import type { Operation, StepPlan } from '../plan.ts'
import type { Attributes } from '../values.ts'

/** One change that was applied to an account, and the account as it was read back. */
export interface AppliedChange {
  readonly operation: Operation
  readonly attributes: StepPlan['attributes']
  readonly memberships: StepPlan['memberships']
  readonly secrets: StepPlan['secrets']
  readonly after: Account
}

export interface KnownAccount {
  readonly nativeId: string
  readonly identityId: string
  readonly adopted: boolean
  /** A request of the identity is under way, or changed the account since the reconciliation began. */
  readonly busy: boolean
  /** The newest first. */
  readonly applied: readonly AppliedChange[]
}

/** Changes that are looked back at: each plan of an update names all attributes, so that what is older than some changes of state does not matter. */
const mostChanges = 5

/** Of the accounts of a page, those that are an identity's. */
export async function readKnownAccounts(
  sql: Sql,
  target: string,
  nativeIds: readonly string[],
  since: Date,
): Promise<readonly KnownAccount[]> {
  const rows = await sql<(Omit<KnownAccount, 'applied'> & { readonly applied: readonly KeptChange[] })[]>`
    select account.native_id as "nativeId", account.identity_id as "identityId", account.adopted_at is not null as adopted,
      account.updated_at >= ${since} or identity.active_request is not null as busy, coalesce(applied.changes, '[]') as applied
    from unnest(${[...nativeIds]}::text[]) as listed (native_id)
    join account on account.native_id = listed.native_id and account.target = ${target}
    join identity on identity.id = account.identity_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('operation', plan -> 'operation', 'attributes', plan -> 'attributes', 'memberships', plan -> 'memberships',
        'secrets', plan -> 'secrets', 'after', after) order by seq desc) as changes
      from (
        select request.seq, step.plan, step.after from request join step on step.request_id = request.id and step.target = ${target}
        where request.identity_id = account.identity_id and step.state = 'applied' and step.native_id = account.native_id and jsonb_typeof(step.after) = 'object'
        order by request.seq desc limit ${mostChanges}) newest
    ) applied on true`
  return rows.map((row) => ({ ...row, applied: row.applied.map(wholeChange) }))
}

type KeptChange = Omit<AppliedChange, 'attributes'> & { readonly attributes: KeptAttributes }

function wholeChange(change: KeptChange): AppliedChange {
  return { ...change, attributes: wholeAttributes(change.attributes) }
}

/** By what the steps that are being carried out in the target would find their accounts: one of them may be somebody's in a moment. */
export async function readUnderWay(sql: Sql, target: string): Promise<readonly Attributes[]> {
  const rows = await sql<{ correlate: Attributes }[]>`
    select step.correlate from identity cross join lateral (
      select plan -> 'correlate' as correlate from step
      where request_id = identity.active_request and target = ${target} and state in ('running', 'unknown', 'undoing') offset 0) step
    where identity.active_request is not null`
  return rows.map(({ correlate }) => correlate).filter((correlate) => Object.keys(correlate).length > 0)
}

/** Of accounts that are nobody's, those that were somebody's when the listing may have read them. */
export async function readJustGone(
  sql: Sql,
  target: string,
  nativeIds: readonly string[],
  since: Date,
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ native_id: string }[]>`
    select native_id from unnest(${[...nativeIds]}::text[]) as listed (native_id)
    where exists (select from account_gone gone where gone.native_id = listed.native_id and gone.target = ${target} and gone.gone_at >= ${since} offset 0)`
  return new Set(rows.map((row) => row.native_id))
}

/** Values that are looked at, and how long they may be: what identifies somebody is short. */
const mostValues = 30
const longestValue = 200

/**
 * Whom accounts that are nobody's may belong to: the one identity without an account in this target whose external id is a value of the account.
 * By native id; absent where there is none, or more than one.
 */
export async function readCandidates(
  sql: Sql,
  target: string,
  accounts: readonly Account[],
): Promise<ReadonlyMap<string, string>> {
  const rows = accounts.flatMap(({ nativeId, attributes }) =>
    valuesOf(attributes).map((value) => ({ native_id: nativeId, value })),
  )
  const found = await sql<{ nativeId: string; identityId: string }[]>`
    select listed.native_id as "nativeId", min(found.id::text) as "identityId"
    from jsonb_to_recordset(${asRows(sql, rows)}) as listed (native_id text, value text) cross join source
    cross join lateral (
      -- offset 0: by their keys, one after the other, and never all identities
      select id from identity where identity.source = source.name and identity.key = listed.value and attributes <> '{}' offset 0) found
    where not exists (select from account where account.identity_id = found.id and account.target = ${target})
    group by listed.native_id having count(distinct found.id) = 1`
  return new Map(found.map(({ nativeId, identityId }) => [nativeId, identityId]))
}

function valuesOf(attributes: Attributes): readonly string[] {
  const texts = Object.values(attributes)
    .flat()
    .filter((value) => typeof value !== 'boolean')
    .map((value) => foldKey(String(value)))
  return [...new Set(texts)]
    .filter((text) => text.length > 0 && text.length <= longestValue && !text.includes('\0'))
    .slice(0, mostValues)
}
