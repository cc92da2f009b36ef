/** The schemas that the description names, and their form as JSON Schema: OpenAPI 3.1 takes the 2020-12 dialect as it is. */
import { toJsonSchemaDefs, type JsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { NewRequest } from '../../inbound/native.ts'
import * as plainAnswers from '../answers.ts'
import * as approvalAnswers from '../approval-answers.ts'
import * as departureAnswers from '../departure-answers.ts'
import * as dryRunAnswers from '../dry-run-answers.ts'
import * as ruleAnswers from '../rule-answers.ts'
import { CheckBody, CreateBody, PreviewBody, PublishBody, ReasonBody, ReviewBody, SaveBody, SubmitBody } from '../rule-bodies.ts'
import * as safetyAnswers from '../safety-answers.ts'
import { DecisionBody } from '../approvals.ts'
import { DelegationBody, HandOverBody } from '../delegations.ts'
import { NotificationRetryBody } from '../notifications.ts'
import * as reconciliationAnswers from '../reconciliation-answers.ts'
import { AdoptBody, FindingBody, IgnoreBody, ReconcileBody } from '../reconciliations.ts'
import { KeepBody, PostponeBody } from '../departures.ts'
import { HeldDecisionBody } from '../safety.ts'
import { AttestBody, ResolveBody, RetryBody } from '../resolve.ts'
import { LookupBody } from '../lookups.ts'
import { MaintenanceBody } from '../targets.ts'
import { SettingsBody } from '../target-settings.ts'
import { Login, Preferences } from '../session.ts'
import * as simulationAnswers from '../simulation-answers.ts'
import { SimulationBody } from '../simulations.ts'

const MidPointMessage = v.pipe(
  v.union([v.record(v.string(), v.unknown()), v.array(v.unknown())]),
  v.description(
    'A user, an objectModification, an objectDelta or a simplifiedJson, one or a list of them, as midPoint writes it.',
  ),
)

const bodies = {
  NewRequest,
  MidPointMessage,
  Retry: RetryBody,
  Resolve: ResolveBody,
  Attest: AttestBody,
  Decision: DecisionBody,
  HandOver: HandOverBody,
  NewDelegation: DelegationBody,
  NotificationRetry: NotificationRetryBody,
  Postpone: PostponeBody,
  Keep: KeepBody,
  HeldDecision: HeldDecisionBody,
  Maintenance: MaintenanceBody,
  Settings: SettingsBody,
  NewSimulation: SimulationBody,
  NewReconciliation: ReconcileBody,
  FindingReason: FindingBody,
  Adoption: AdoptBody,
  IgnoredFinding: IgnoreBody,
  Lookup: LookupBody,
  NewRuleSet: CreateBody,
  RuleDraft: SaveBody,
  RuleDocuments: CheckBody,
  RulePreviewOf: PreviewBody,
  RuleReason: ReasonBody,
  RuleSubmission: SubmitBody,
  RuleReview: ReviewBody,
  RulePublication: PublishBody,
  Login,
  Preferences,
}
const answered = {
  ...plainAnswers,
  ...approvalAnswers,
  ...ruleAnswers,
  ...simulationAnswers,
  ...departureAnswers,
  ...reconciliationAnswers,
  ...dryRunAnswers,
  ...safetyAnswers,
}
const page = {
  Description: v.pipe(v.record(v.string(), v.unknown()), v.description('An OpenAPI 3.1 document.')),
  Metrics: v.pipe(v.string(), v.description('Prometheus’ text format 0.0.4.')),
  Page: v.pipe(v.string(), v.description('HTML.')),
  RuleText: v.pipe(v.string(), v.description('A document of rules, YAML or JSON.')),
}

export const components: Readonly<Record<keyof typeof bodies | keyof typeof answered | keyof typeof page, v.GenericSchema>> = {
  ...bodies,
  ...answered,
  ...page,
}

export const reference = (name: keyof typeof components): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

/** Every component as JSON Schema, with references to the others. */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  // A body is what clients send, before anything is trimmed. Checks that are code have no form in JSON Schema.
  return { ...convert(bodies, 'input'), ...convert({ ...answered, ...page }, 'output') }
}

function convert(schemas: Readonly<Record<string, v.GenericSchema>>, typeMode: 'input' | 'output') {
  const overrideRef = ({ referenceId }: { referenceId: string }) => `#/components/schemas/${referenceId}`
  const converted = toJsonSchemaDefs(schemas, { typeMode, errorMode: 'ignore', target: 'draft-2020-12', overrideRef })
  return Object.fromEntries(
    Object.entries(converted).map(([name, whole]) => {
      const { $schema: _, ...schema } = whole
      return [name, schema]
    }),
  )
}
