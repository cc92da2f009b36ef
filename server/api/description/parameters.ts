/** What stands in addresses and headers. The list's filters are those that the route reads. */
import type { JsonSchema } from '@valibot/to-json-schema'
import { requestKinds } from '#core/plan.ts'
import { notificationStates } from '#core/ledger/notification.ts'
import { departureStates } from '#core/departure.ts'
import { approvalStates } from '#core/ledger/read-approvals.ts'
import { findingKinds, findingStates } from '#core/reconciliations/reconciliation.ts'
import { simulationOutcomes } from '#core/simulations/simulation.ts'
import { requestStates } from '#core/states.ts'
import { adapters } from '../../inbound/index.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly required?: boolean
  /** Values in one parameter, separated by commas. */
  readonly isList?: boolean
  readonly schema: JsonSchema
}

const text: JsonSchema = { type: 'string' }

export const requestId: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The request’s id.',
  required: true,
  schema: { type: 'string', format: 'uuid' },
}

export const approvalId: Parameter = { ...requestId, description: 'The approval’s id.' }

export const departureId: Parameter = { ...requestId, description: 'The departure’s id.' }
export const reconciliationId: Parameter = { ...requestId, description: 'The reconciliation’s id.' }
export const findingId: Parameter = { ...requestId, description: 'The finding’s id.' }
export const simulationId: Parameter = { ...requestId, description: 'The simulation’s id.' }

export const connectorId: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The kind of connector, such as `ldap`.',
  required: true,
  schema: text,
}

export const refreshSchema: Parameter = {
  name: 'refresh',
  in: 'query',
  description: 'true: forget what was kept, and ask the target.',
  schema: { type: 'boolean' },
}

export const targetName: Parameter = {
  name: 'name',
  in: 'path',
  description: 'The target’s name.',
  required: true,
  schema: { type: 'string' },
}

export const lookupName: Parameter = { ...targetName, description: 'The table’s name.' }

export const lookupVersion: Parameter = {
  name: 'version',
  in: 'query',
  description: 'A version; the newest when it is absent.',
  schema: { type: 'integer', minimum: 1 },
}

export const adapter: Parameter = {
  name: 'adapter',
  in: 'path',
  description: 'The format of the body.',
  required: true,
  schema: { type: 'string', enum: Object.keys(adapters) },
}

export const dryRun: Parameter = {
  name: 'dryRun',
  in: 'query',
  description: 'true answers with the plan and writes nothing, reserves nothing, calls no target.',
  schema: { type: 'boolean', default: false },
}

export const oid: Parameter = {
  name: 'oid',
  in: 'query',
  description: 'The identity, for a body that does not name it, such as an objectModification.',
  schema: text,
}

export const externalId: Parameter = { ...oid, name: 'externalId', description: 'Another name for oid.' }

export const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes sending twice harmless: the same key with the same body is answered with the request that exists, with another body it is refused (idempotency_mismatch). Keys are each source’s own.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
}

export const prefer: Parameter = {
  name: 'Prefer',
  in: 'header',
  description:
    'wait=N waits up to N seconds for the end (60 at most, 20 when nothing is said); respond-async does not wait (RFC 7240).',
  schema: { type: 'string', examples: ['wait=5', 'respond-async'] },
}

export const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'For a stream: the seq of the last event seen; those after it are sent. Browsers set it when they connect again.',
  schema: { type: 'string', pattern: '^\\d+$' },
}

export const ruleSetName: Parameter = { ...targetName, description: 'The rule set’s name.' }

const versionNumber = { required: true, schema: { type: 'integer', minimum: 1 } } as const
export const ruleVersion: Parameter = { name: 'version', in: 'path', description: 'The number of the version.', ...versionNumber }
export const ruleFrom: Parameter = { name: 'from', in: 'query', description: 'The version to begin with.', ...versionNumber }
export const ruleTo: Parameter = { name: 'to', in: 'query', description: 'The version to arrive at.', ...versionNumber }
export const ruleFormat: Parameter = {
  name: 'format',
  in: 'query',
  description: 'Answers with the document itself.',
  schema: { type: 'string', enum: ['yaml', 'json'] },
}

export const cursor: Parameter = {
  name: 'cursor',
  in: 'query',
  description: 'The next of the page before.',
  schema: { type: 'string', pattern: '^\\d{1,18}$' },
}

export const limit: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'How many at most.',
  schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
}

export const listParameters: readonly Parameter[] = [
  {
    name: 'state',
    in: 'query',
    description: 'Only requests in one of these states.',
    isList: true,
    schema: { type: 'array', items: { type: 'string', enum: [...requestStates] } },
  },
  {
    name: 'kind',
    in: 'query',
    description: 'Only requests of one of these kinds.',
    isList: true,
    schema: { type: 'array', items: { type: 'string', enum: [...requestKinds] } },
  },
  { name: 'source', in: 'query', description: 'Only requests of this source.', schema: text },
  { name: 'target', in: 'query', description: 'Only requests with a step in this target.', schema: text },
  {
    name: 'q',
    in: 'query',
    description: 'Only requests whose external id or display name holds this text.',
    schema: { type: 'string', maxLength: 200 },
  },
  cursor,
  limit,
]

export const pageParameters: readonly Parameter[] = listParameters.filter(({ name }) => name === 'cursor' || name === 'limit')

export const approvalListParameters: readonly Parameter[] = [
  {
    name: 'state',
    in: 'query',
    description: 'Only approvals in one of these states.',
    isList: true,
    schema: { type: 'array', items: { type: 'string', enum: [...approvalStates] } },
  },
  {
    name: 'request',
    in: 'query',
    description: 'Only those of this request.',
    schema: { type: 'string', format: 'uuid' },
  },
  {
    name: 'mine',
    in: 'query',
    description: 'true: only those that the caller may answer now.',
    schema: { type: 'boolean', default: false },
  },
  ...pageParameters,
]

export const delegationId: Parameter = { ...requestId, description: 'The delegation’s id.' }
export const notificationId: Parameter = { ...requestId, description: 'The notification’s id.' }

export const notificationListParameters: readonly Parameter[] = [
  {
    name: 'state',
    in: 'query',
    description: 'Only notifications in one of these states; dead: given up.',
    isList: true,
    schema: { type: 'array', items: { type: 'string', enum: [...notificationStates] } },
  },
  { name: 'channel', in: 'query', description: 'Only these.', schema: { type: 'string', enum: ['mail', 'webhook'] } },
  { name: 'request', in: 'query', description: 'Only those about this request.', schema: { type: 'string', format: 'uuid' } },
  ...pageParameters,
]

export const departureListParameters: readonly Parameter[] = [
  {
    name: 'state',
    in: 'query',
    description: 'Only departures in one of these states.',
    isList: true,
    schema: { type: 'array', items: { type: 'string', enum: [...departureStates] } },
  },
  { name: 'source', in: 'query', description: 'Only identities of this source.', schema: text },
  { name: 'target', in: 'query', description: 'Only accounts in this target.', schema: text },
  { name: 'externalId', in: 'query', description: 'Only this identity.', schema: text },
  {
    name: 'until',
    in: 'query',
    description: 'Only accounts that are deleted until then.',
    schema: { type: 'string', format: 'date-time' },
  },
  ...pageParameters,
]

export const resultParameters: readonly Parameter[] = [
  {
    name: 'outcome',
    in: 'query',
    description: 'Only what comes out like this.',
    schema: { type: 'string', enum: [...simulationOutcomes] },
  },
  {
    name: 'kind',
    in: 'query',
    description: 'Only requests of this kind.',
    schema: { type: 'string', enum: [...requestKinds] },
  },
  { name: 'target', in: 'query', description: 'Only where something changes in this target, or fails there.', schema: text },
  { name: 'attribute', in: 'query', description: 'Only where this attribute changes.', schema: text },
  ...pageParameters,
]

export const exportFormat: Parameter = {
  name: 'format',
  in: 'query',
  description: 'csv for a spreadsheet, json for programs.',
  schema: { type: 'string', enum: ['csv', 'json'], default: 'json' },
}

export const explainedPath: Parameter = {
  name: 'path',
  in: 'query',
  description: 'Only this value, in full: identity.login, targets.directory.attributes.mail.',
  schema: text,
}

export const reconciliationListParameters: readonly Parameter[] = [
  { name: 'target', in: 'query', description: 'Only of this target.', schema: text },
  ...pageParameters,
]

export const findingListParameters: readonly Parameter[] = [
  {
    name: 'reconciliation',
    in: 'query',
    description: 'Only what this one found.',
    schema: { type: 'string', format: 'uuid' },
  },
  { name: 'kind', in: 'query', description: 'Only findings of this kind.', schema: { type: 'string', enum: [...findingKinds] } },
  {
    name: 'state',
    in: 'query',
    description: 'Only findings in this state.',
    schema: { type: 'string', enum: [...findingStates] },
  },
  ...reconciliationListParameters,
]
