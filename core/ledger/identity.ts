/** Identities as the planner needs them, and the names reserved for them. */
import { coalesce } from '../coalesce.ts'
import { asRows, type Sql } from '../database.ts'
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
        select id, source, key, display_name as "displayName", attributes, targets, disabled, switched_off as "switchedOff", revision from identity
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
    const taken = await tx<{ value: string; owner: string }[]>`
      select value, owner from reservation where namespace = any(${spaces}) and value = any(${candidates.map(foldKey)})`
    const others = new Set(taken.filter((row) => row.owner !== owner).map((row) => row.value))
    // What the identity already has everywhere comes first: asking twice gives the same name.
    const isOwn = (value: string) =>
      taken.filter((row) => row.owner === owner && row.value === foldKey(value)).length === spaces.length
    const free = candidates.filter((value) => !others.has(foldKey(value)))
    for (const candidate of [...free.filter(isOwn), ...free.filter((value) => !isOwn(value))]) {
      if (isOwn(candidate)) return candidate
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
