/** The schemas that the description names, and their form as JSON Schema: OpenAPI 3.1 takes the 2020-12 dialect as it is. */
import { toJsonSchemaDefs, type JsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { NewRequest } from '../../inbound/native.ts'
import * as plainAnswers from '../answers.ts'
import * as ruleAnswers from '../rule-answers.ts'
import { CheckBody, CreateBody, PreviewBody, PublishBody, ReasonBody, ReviewBody, SaveBody, SubmitBody } from '../rule-bodies.ts'
import { DecisionBody } from '../approvals.ts'
import { AttestBody, ResolveBody, RetryBody } from '../resolve.ts'
import { LookupBody } from '../lookups.ts'
import { MaintenanceBody } from '../targets.ts'
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
  Maintenance: MaintenanceBody,
  NewSimulation: SimulationBody,
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
const answers = { ...plainAnswers, ...ruleAnswers, ...simulationAnswers }
const page = {
  Description: v.pipe(v.record(v.string(), v.unknown()), v.description('An OpenAPI 3.1 document.')),
  Page: v.pipe(v.string(), v.description('HTML.')),
  RuleText: v.pipe(v.string(), v.description('A document of rules, YAML or JSON.')),
}

export const components: Readonly<Record<keyof typeof bodies | keyof typeof answers | keyof typeof page, v.GenericSchema>> = {
  ...bodies,
  ...answers,
  ...page,
}

export const reference = (name: keyof typeof components): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

/** Every component as JSON Schema, with references to the others. */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  // A body is what clients send, before anything is trimmed. Checks that are code have no form in JSON Schema.
  return { ...convert(bodies, 'input'), ...convert({ ...answers, ...page }, 'output') }
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
