/** A request as it was accepted: what its plan was made of, to make another one of it, or the same one again. */
import type { Sql } from '#core/database.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import type { Attributes } from '#core/values.ts'
import type { Asked } from '#rules/index.ts'
import type { Ending } from '#core/departure.ts'

export interface Accepted {
  readonly source: string
  readonly ruleSet: string
  readonly version: number
  readonly planHash: string
  /** The versions of the lookup tables that the plan was made with; null when it read none. */
  readonly lookups: Readonly<Record<string, number>> | null
  /** `ending`: a deletion at the end of a grace concerns its target only. */
  readonly asked: Asked & { readonly ending: Ending | undefined }
  readonly previous: IdentityState
}

/** Null when there is no such request. */
export async function readAccepted(sql: Sql, requestId: string): Promise<Accepted | null> {
  const [row] = await sql<(Omit<Accepted, 'asked'> & Omit<Asked, 'attributes'> & { readonly wanted: Attributes })[]>`
    select kind, source, external_id as "externalId", rule_set as "ruleSet", rule_version as version, plan_hash as "planHash", lookups, previous, scope,
      desired -> 'attributes' as wanted, array(select jsonb_object_keys(secrets)) as secrets
    from request where id = ${requestId}`
  if (row === undefined) return null
  const { kind, externalId, secrets, wanted, scope = null, ...about } = row
  // A deletion leaves no attributes; it is planned from those that are to go.
  const attributes = kind === 'delete' ? row.previous.attributes : wanted
  const [target] = scope ?? []
  const ending = target === undefined ? undefined : { target, forget: Object.keys(wanted).length === 0 }
  return { ...about, asked: { kind, externalId, secrets, attributes, scope, ending } }
}
