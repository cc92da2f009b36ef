/**
 * Explains a request's plan: it is made anew with the version and on the state that it was planned with, and says whether it came out the same.
 * It may not: how targets are configured is a part of a plan, and a name that was free then may be held now.
 */
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { createTrialsFor } from '#core/ledger/names.ts'
import { readApprovals } from '#core/ledger/read-approvals.ts'
import type { PlanContext } from '#core/simulations/simulation.ts'
import { explainPlan, parseRuleSet, toPlanInput, type RuleEngine } from '#rules/index.ts'
import type { Explanation } from '../api/types.ts'
import type { Lookups } from '../lookups/store.ts'
import { readAccepted } from './accepted.ts'
import { readRuleText } from './rule-versions.ts'

export interface ExplainDeps {
  readonly sql: Sql
  /** Where drafts are tried: explaining keeps nobody waiting who asks for something. */
  readonly engine: () => Promise<Pick<RuleEngine, 'trace'>>
  readonly lookups: Pick<Lookups, 'ofVersions'>
  readonly planContext: () => PlanContext
}

/**
 * Of all values, or of the one at a path. Throws `missing` when there is no such request, version or path, and what the rules throw.
 */
export type Explain = (requestId: string, path?: string) => Promise<Explanation>

const mostApprovals = 100

export function createExplain({ sql, engine, lookups, planContext }: ExplainDeps): Explain {
  const trialsFor = createTrialsFor(sql)
  return async function explain(requestId, path) {
    const accepted = await readAccepted(sql, requestId)
    if (accepted === null) throw new GatewayError('missing', 'there is no such request')
    const { source, ruleSet: name, version, asked, previous, planHash } = accepted
    const [rules, approvals, tables] = await Promise.all([
      readRuleText(sql, name, version),
      readApprovals(sql, { requestId, limit: mostApprovals }),
      lookups.ofVersions(accepted.lookups ?? {}),
    ])
    if (rules === null) throw new GatewayError('missing', `version ${version} of the rule set ${name} is not there any more`)
    const ruleSet = { ...parseRuleSet(rules.text, { file: `${name} (version ${version})` }), version }
    const { plan, values } = await explainPlan(
      await engine(),
      ruleSet,
      toPlanInput(source, asked, previous, { ...planContext(), lookups: tables }),
      trialsFor({ source, externalId: asked.externalId }),
      path,
    )
    return {
      requestId,
      ruleSet: name,
      version,
      publishedBy: rules.publishedBy,
      publishedAt: rules.publishedAt?.toISOString() ?? null,
      isExact: plan.hash === planHash,
      approvedBy: approvals.flatMap(({ decisions }) =>
        decisions.filter(({ decision }) => decision === 'approve').map(({ person, reason, at }) => ({ person, reason, at })),
      ),
      values,
    }
  }
}
