/** Doing a request again, with the plan that was accepted or with what the rules of today make of it: the one way for API and queue board. */
import type { Sql } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { RetryResult } from '#core/ledger/retry.ts'
import { readAccepted } from './accepted.ts'
import type { RequestSecrets } from './secrets.ts'
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

export function createAgain({ sql, ledger, planning, secrets: keeper }: AgainDeps): Again {
  return async function again({ rules, ...asked }) {
    const accepted = await readAccepted(sql, asked.requestId)
    if (accepted === null) return { outcome: 'missing' }
    const { source: name, ruleSet, previous, asked: wish } = accepted
    const thresholds = await planning.thresholds(ruleSet)
    if (rules === 'kept') return ledger.retry({ ...asked, thresholds })
    const refreshed = await planning.refresh({ name, ruleSet }, wish, previous, asked.requestId)
    return ledger.retry({ ...asked, thresholds, refreshed: { ...refreshed, secrets: keeper.make(refreshed.plan, wish.secrets) } })
  }
}
