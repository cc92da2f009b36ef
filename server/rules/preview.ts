/** What a text makes of somebody before anybody publishes it: made up, as in a case, or real. Nothing is written, reserved or called. */
import type * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { foldKey } from '#core/ledger/identity.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { createTrialsFor, type TrialsFor } from '#core/ledger/names.ts'
import { toProblem } from '#core/problem.ts'
import type { Problem } from '#core/states.ts'
import {
  explainPlan,
  othersHold,
  parseRuleSet,
  toGiven,
  toPlanInput,
  type GivenDocument,
  type PlanInput,
  type UniqueTrials,
} from '#rules/index.ts'
import type { RulePreview } from '../api/rule-types.ts'
import { readAccepted } from '../requests/accepted.ts'
import type { PlanningDeps } from '../requests/planning.ts'
import type { Workbench } from './workbench.ts'

export interface PreviewDeps extends Pick<PlanningDeps, 'planContext' | 'lookups'> {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'readIdentity'>
  readonly workbench: Pick<Workbench, 'engine'>
}

/** Whom the text is tried on. */
export type Given =
  | { readonly made: v.InferOutput<typeof GivenDocument> }
  | { readonly requestId: string }
  | { readonly source: string; readonly externalId: string }

interface Question {
  readonly input: PlanInput
  readonly unique: UniqueTrials
}

export interface PreviewAsked {
  readonly name: string
  /** 0 for a text that is not kept yet. */
  readonly version: number
  readonly text: string
  readonly given: Given
}

/** Throws `missing` when there is nobody like that. */
export type Preview = (asked: PreviewAsked) => Promise<RulePreview>

export function createPreview(deps: PreviewDeps): Preview {
  const trialsFor = createTrialsFor(deps.sql)
  return async function preview({ name, version, text, given }) {
    const { input, unique } = await toQuestion(deps, trialsFor, given)
    try {
      const ruleSet = { ...parseRuleSet(text, { file: `${name}.yaml` }), version }
      const engine = await deps.workbench.engine()
      return { problem: null, ...(await explainPlan(engine, ruleSet, input, unique)) }
    } catch (error) {
      return { plan: null, problem: toAnswer(error), values: [] }
    }
  }
}

async function toQuestion({ sql, ledger, ...deps }: PreviewDeps, trialsFor: TrialsFor, given: Given): Promise<Question> {
  const lookups = await deps.lookups.current()
  const context = { ...deps.planContext(), lookups }
  if ('made' in given) {
    const { memberships: previousMemberships, taken, ...input } = toGiven(given.made, lookups)
    return { input: { ...input, previousMemberships }, unique: othersHold(taken) }
  }
  if ('requestId' in given) {
    const accepted = await readAccepted(sql, given.requestId)
    if (accepted === null) throw new GatewayError('missing', 'there is no such request')
    const { source, previous, asked } = accepted
    return { input: toPlanInput(source, asked, previous, context), unique: trialsFor({ source, externalId: asked.externalId }) }
  }
  const { source, externalId } = given
  const identity = await ledger.readIdentity({ source, key: foldKey(externalId) })
  if (identity === null) throw new GatewayError('missing', 'there is no such identity')
  const asked = { kind: 'update', externalId, attributes: identity.attributes, secrets: [] } as const
  return { input: toPlanInput(source, asked, identity, context), unique: trialsFor({ source, externalId }) }
}

/** What the text is to blame for is an answer, not an error. */
function toAnswer(error: unknown): Problem {
  if (!isGatewayError(error) || !['unprocessable', 'rule_failed', 'rule_timeout'].includes(error.code)) throw error
  return toProblem(error)
}
