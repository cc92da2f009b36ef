/** What a text makes of somebody before anybody publishes it: made up, as in a case, or real. Nothing is written, reserved or called. */
import type * as v from 'valibot'
import type { Sql } from '#core/database.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { foldKey, preview as previewName } from '#core/ledger/identity.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Problem } from '#core/states.ts'
import {
  othersHold,
  parseRuleSet,
  toGiven,
  type GivenDocument,
  type PlanInput,
  type RuleSet,
  type UniqueReservations,
} from '#rules/index.ts'
import type { ExplainedValue, RulePreview } from '../api/rule-types.ts'
import { readAccepted } from '../requests/again.ts'
import { ownerOf, toInput, type PlanningDeps } from '../requests/planning.ts'
import type { Workbench } from './workbench.ts'

export interface PreviewDeps extends Pick<PlanningDeps, 'policies' | 'finalOperations' | 'lookups'> {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'readIdentity'>
  readonly workbench: Pick<Workbench, 'engine'>
  readonly explain: (ruleSet: RuleSet, question: Question) => Promise<readonly ExplainedValue[]>
}

/** Whom the text is tried on. */
export type Given =
  | { readonly made: v.InferOutput<typeof GivenDocument> }
  | { readonly requestId: string }
  | { readonly source: string; readonly externalId: string }

export interface Question {
  readonly input: PlanInput
  readonly unique: UniqueReservations
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
  return async function preview({ name, version, text, given }) {
    const question = await toQuestion(deps, given)
    try {
      const ruleSet = { ...parseRuleSet(text, { file: `${name}.yaml` }), version }
      const engine = await deps.workbench.engine()
      const plan = await engine.plan(ruleSet, question.input, question.unique)
      return { plan, problem: null, values: await deps.explain(ruleSet, question) }
    } catch (error) {
      return { plan: null, problem: toProblem(error), values: [] }
    }
  }
}

async function toQuestion({ sql, ledger, ...around }: PreviewDeps, given: Given): Promise<Question> {
  const lookups = await around.lookups.current()
  if ('made' in given) {
    const { memberships: previousMemberships, taken, ...input } = toGiven(given.made, lookups)
    return { input: { ...input, previousMemberships }, unique: othersHold(taken) }
  }
  if ('requestId' in given) {
    const accepted = await readAccepted(sql, given.requestId)
    if (accepted === null) throw new GatewayError('missing', 'there is no such request')
    const { source, previous, ruleSet: _, ...asked } = accepted
    return { input: toInput(source, asked, previous, { ...around, lookups }), unique: lookUp(sql, source, asked.externalId) }
  }
  const { source, externalId } = given
  const identity = await ledger.readIdentity({ source, key: foldKey(externalId) })
  if (identity === null) throw new GatewayError('missing', 'there is no such identity')
  const asked = { kind: 'update', externalId, attributes: identity.attributes, secrets: [] } as const
  return { input: toInput(source, asked, identity, { ...around, lookups }), unique: lookUp(sql, source, externalId) }
}

/** Names are looked up, and not reserved. */
function lookUp(sql: Sql, source: string, externalId: string): UniqueReservations {
  const owner = ownerOf(source, externalId)
  return { reserve: (namespaces, candidates) => previewName(sql, { namespaces, candidates, owner }) }
}

/** What the text is to blame for is an answer, not an error. */
function toProblem(error: unknown): Problem {
  if (!isGatewayError(error) || !['unprocessable', 'rule_failed', 'rule_timeout'].includes(error.code)) throw error
  return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
}
