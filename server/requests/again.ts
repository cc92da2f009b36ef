/** Doing a request again, with the plan that was accepted or with what the rules of today make of it: the one way for API and queue board. */
import type { Sql } from '#core/database.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { RetryResult } from '#core/ledger/retry.ts'
import type { RequestKind } from '#core/plan.ts'
import type { RequestSecrets } from './secrets.ts'
import type { Attributes } from '#core/values.ts'
import type { Ending } from '../inbound/adapter.ts'
import type { Planning } from './planning.ts'

export interface AgainAsked {
  readonly requestId: string
  readonly actor: string
  readonly reason: string
  /** kept: the plan that was accepted; refreshed: planned anew with the rule set in force. */
  readonly rules: 'kept' | 'refreshed'
}

/** Throws what the rules throw when they are to be refreshed. */
export type Again = (asked: AgainAsked) => Promise<RetryResult>

export interface AgainDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'retry'>
  readonly planning: Pick<Planning, 'refresh' | 'thresholds'>
  readonly secrets: Pick<RequestSecrets, 'make'>
}

/** What was asked, as it was accepted. */
export interface Accepted {
  readonly kind: RequestKind
  readonly source: string
  readonly externalId: string
  readonly ruleSet: string
  readonly previous: IdentityState
  /** The identity as it shall be; of a deletion, as it was. */
  readonly attributes: Attributes
  readonly secrets: readonly string[]
  /** A deletion at the end of a grace concerns its target only. */
  readonly ending: Ending | undefined
}

export function createAgain({ sql, ledger, planning, secrets: keeper }: AgainDeps): Again {
  return async function again({ rules, ...asked }) {
    const accepted = await readAccepted(sql, asked.requestId)
    if (accepted === null) return { outcome: 'missing' }
    const { kind, source: name, externalId, ruleSet, previous, attributes, secrets, ending } = accepted
    const thresholds = await planning.thresholds(ruleSet)
    if (rules === 'kept') return ledger.retry({ ...asked, thresholds })
    const refreshed = await planning.refresh(
      { name, ruleSet },
      { kind, externalId, attributes, secrets, ending },
      previous,
      asked.requestId,
    )
    return ledger.retry({ ...asked, thresholds, refreshed: { ...refreshed, secrets: keeper.make(refreshed.plan, secrets) } })
  }
}

/** What a request asked for; null when there is no such request. */
export async function readAccepted(sql: Sql, requestId: string): Promise<Accepted | null> {
  const [row] = await sql<
    (Omit<Accepted, 'attributes' | 'ending'> & { desired: IdentityState; scope: readonly string[] | null })[]
  >`
    select kind, source, external_id as "externalId", rule_set as "ruleSet", previous, desired, scope, array(select jsonb_object_keys(secrets)) as secrets
    from request where id = ${requestId}`
  if (row === undefined) return null
  const { desired, scope, ...accepted } = row
  const [target] = scope ?? []
  return {
    ...accepted,
    // A deletion leaves no attributes; it is planned from those that are to go.
    attributes: row.kind === 'delete' ? row.previous.attributes : desired.attributes,
    ending: target === undefined ? undefined : { target, forget: Object.keys(desired.attributes).length === 0 },
  }
}
