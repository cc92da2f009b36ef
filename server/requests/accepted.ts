/** A request as it was accepted: what its plan was made of, to make another one of it, or the same one again. */
import type { Sql } from '#core/database.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import type { Attributes } from '#core/values.ts'
import type { Asked } from '#rules/index.ts'

export interface Accepted {
  readonly source: string
  readonly ruleSet: string
  readonly version: number
  readonly planHash: string
  /** The versions of the lookup tables that the plan was made with; null when it read none. */
  readonly lookups: Readonly<Record<string, number>> | null
  readonly asked: Asked
  readonly previous: IdentityState
}

interface AcceptedRow extends Omit<Accepted, 'asked'>, Omit<Asked, 'attributes' | 'ending'> {
  readonly wanted: Attributes
  /** A deletion at the end of a grace concerns this target only. */
  readonly scope: readonly string[] | null
}

/** Null when there is no such request. */
export async function readAccepted(sql: Sql, requestId: string): Promise<Accepted | null> {
  const [row] = await sql<AcceptedRow[]>`
    select kind, source, external_id as "externalId", rule_set as "ruleSet", rule_version as version, plan_hash as "planHash", lookups, previous,
      desired -> 'attributes' as wanted, scope, array(select jsonb_object_keys(secrets)) as secrets
    from request where id = ${requestId}`
  if (row === undefined) return null
  const { kind, externalId, secrets, wanted, scope, source, ruleSet, version, planHash, lookups, previous } = row
  // A deletion leaves no attributes; it is planned from those that are to go.
  const attributes = kind === 'delete' ? previous.attributes : wanted
  const [target] = scope ?? []
  const ending = target === undefined ? undefined : { target, forget: Object.keys(wanted).length === 0 }
  return { source, ruleSet, version, planHash, lookups, previous, asked: { kind, externalId, secrets, attributes, ending } }
}
