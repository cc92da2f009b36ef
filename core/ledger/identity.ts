/** Identities as the planner needs them, and the names reserved for them. */
import { coalesce } from '../coalesce.ts'
import { asRows, type Sql, type Tx } from '../database.ts'
import type { Attributes } from '../values.ts'

export interface IdentityRecord {
  readonly id: string
  readonly displayName: string | null
  readonly attributes: Attributes
  readonly targets: Readonly<Record<string, readonly string[]>>
  readonly disabled: boolean
  /** Targets where the gateway switched the account off although the identity is not disabled. */
  readonly switchedOff: readonly string[]
  readonly revision: number
  /** Deletions that the gateway filed at the end of a grace, and that have not ended. */
  readonly deletions: readonly string[]
}

/** External ids are compared folded, because IAMs change case and normalisation on the way (NFKC, then case folding). */
export function foldKey(externalId: string): string {
  return externalId.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}

export interface IdentityRef {
  readonly source: string
  readonly key: string
}

export function createIdentityReader(sql: Sql): (ref: IdentityRef) => Promise<IdentityRecord | null> {
  return coalesce<IdentityRef, IdentityRecord | null>(
    async (refs) => {
      const rows = await sql<(IdentityRecord & IdentityRef)[]>`
        select id, source, key, display_name as "displayName", attributes, targets, disabled, switched_off as "switchedOff", revision,
          array(select request_id from departure where departure.identity_id = identity.id and state = 'filed') as deletions from identity
        join jsonb_to_recordset(${asRows(
          sql,
          refs.map(({ source, key }) => ({ source, key })),
        )}) as wanted (source text, key text) using (source, key)`
      const found = new Map(rows.map((row) => [`${row.source}|${row.key}`, row]))
      return refs.map((ref) => found.get(`${ref.source}|${ref.key}`) ?? null)
    },
    { limit: 500 },
  )
}

export interface ReservationRequest {
  readonly namespaces: readonly string[]
  readonly candidates: readonly string[]
  /** `source|key` of the identity. */
  readonly owner: string
  readonly requestId: string
}

/**
 * Reserves the first candidate that is free, or already the owner's, in all namespaces at once. null when none is. Values are
 * compared folded: directories do not tell `ZMuller` from `zmuller`.
 */
export async function reserve(
  sql: Sql,
  { namespaces, candidates, owner, requestId }: ReservationRequest,
): Promise<string | null> {
  const spaces = [...namespaces].sort()
  return sql.begin(async (tx) => {
    const taken = await tx<{ value: string; owner: string; rooted: boolean }[]>`
      select value, owner, exists (select from request where request.id = reservation.request_id) as rooted from reservation
      where namespace = any(${spaces}) and value = any(${candidates.map(foldKey)})`
    const others = new Set(taken.filter((row) => row.owner !== owner).map((row) => row.value))
    // What the identity already has everywhere comes first: asking twice gives the same name.
    const isOwn = (value: string) =>
      taken.filter((row) => row.owner === owner && row.value === foldKey(value)).length === spaces.length
    const free = candidates.filter((value) => !others.has(foldKey(value)))
    for (const candidate of [...free.filter(isOwn), ...free.filter((value) => !isOwn(value))]) {
      if (isOwn(candidate)) {
        const rootless = taken.some((row) => row.value === foldKey(candidate) && !row.rooted)
        if (rootless) await root(tx, { namespaces: spaces, value: candidate, owner, requestId })
        return candidate
      }
      await tx`savepoint candidate`
      const rows = await tx`
        insert into reservation (namespace, value, owner, request_id) select space, ${foldKey(candidate)}, ${owner}, ${requestId} from unnest(${spaces}::text[]) as space
        on conflict (namespace, value) do update set reserved_at = reservation.reserved_at where reservation.owner = excluded.owner returning namespace`
      if (rows.length === spaces.length) return candidate
      await tx`rollback to savepoint candidate`
    }
    return null
  })
}

export interface Reserved {
  readonly namespaces: readonly string[]
  readonly value: string
  readonly owner: string
  readonly requestId: string
}

/** Reserved by a request that was never accepted: it is this one's now, and goes when it comes to nothing. */
async function root(tx: Tx, { namespaces, value, owner, requestId }: Reserved): Promise<void> {
  await tx`update reservation set request_id = ${requestId} where namespace = any(${[...namespaces]}) and value = ${foldKey(value)} and owner = ${owner}
    and not exists (select from request where request.id = reservation.request_id)`
}

/** Gives back one value that the request has reserved, because somebody outside holds it. */
export async function release(sql: Sql, { namespaces, value, owner, requestId }: Reserved): Promise<void> {
  await sql`delete from reservation
    where namespace = any(${[...namespaces]}) and value = ${foldKey(value)} and owner = ${owner} and request_id = ${requestId}`
}

/** Gives back all that was reserved for a request which was not accepted. */
export async function releaseAll(sql: Sql, requestId: string): Promise<void> {
  await sql`delete from reservation where request_id = ${requestId} and not exists (select from request where id = ${requestId})`
}

/** Whether the account is the identity's: linked to it, or of a step of one of its requests. `owner` is `source|key`. */
export async function isOwnAccount(sql: Sql, owner: string, target: string, nativeId: string): Promise<boolean> {
  const rows = await sql`
    select from identity where source = ${owner.slice(0, owner.indexOf('|'))} and key = ${owner.slice(owner.indexOf('|') + 1)}
      and (exists (select from account where identity_id = identity.id and account.target = ${target} and account.native_id = ${nativeId})
        or exists (select from request join step on step.request_id = request.id
          where request.identity_id = identity.id and step.target = ${target} and step.native_id = ${nativeId}))`
  return rows.length > 0
}
