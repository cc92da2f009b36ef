/**
 * Every operation of the API, with what it takes and what it answers. The document and the page are made from this table and from
 * the schemas that the routes themselves use; `tests/flows/openapi.test.ts` compares it with the routes.
 */
import { adapter, dryRun, externalId, idempotencyKey, lastEventId, listParameters, oid, prefer, requestId } from './parameters.ts'
import { json, type Answer, type Operation } from './operation.ts'
import { approvalOperations } from './approval-operations.ts'
import { departureOperations } from './departure-operations.ts'
import { peopleOperations } from './people-operations.ts'
import { lookupOperations } from './lookup-operations.ts'
import { ruleOperations } from './rule-operations.ts'
import { reconciliationOperations } from './reconciliation-operations.ts'
import { simulationOperations } from './simulation-operations.ts'
import { targetOperations } from './target-operations.ts'

const followed = ['Location', 'Preference-Applied'] as const
/** Reading and planning a body can fail in these ways, whatever its format. */
const whenRead = ['bad_request', 'too_large', 'unsupported_media_type'] as const
const whenPlanned = ['missing', 'idempotency_mismatch', 'rule_failed', 'rule_timeout', 'unavailable'] as const

/** What both ways of submitting answer for one change. */
const submitted: Readonly<Record<number, Answer>> = {
  200: json(
    'It ended in time, with success; or, with dryRun=true, the plan that it would have.',
    ['RequestDetail', 'DryRun'],
    followed,
  ),
  201: json('It ended in time, and the identity is new.', 'RequestDetail', followed),
  202: json('It is durably accepted and under way, or waits for a person: look again at Location.', 'RequestDetail', [
    ...followed,
    'Retry-After',
  ]),
  409: {
    description: 'It was accepted and ended without success, because something that is not ours has the place (code exists).',
    content: { 'application/problem+json': 'RefusedRequest' },
    headers: followed,
  },
  429: {
    description: 'Nothing was accepted: what was accepted before waits for too long (throttled).',
    content: { 'application/problem+json': 'ProblemDetails' },
    headers: ['Retry-After'],
  },
  422: {
    description:
      'Either it was refused and nothing was kept, or it was accepted and ended without success: then Location says where.',
    content: { 'application/problem+json': ['ProblemDetails', 'RefusedRequest'] },
    headers: followed,
  },
}

const requestOperations: readonly Operation[] = [
  {
    id: 'submitRequest',
    method: 'post',
    path: '/api/v1/requests',
    tag: 'Requests',
    summary: 'Ask for one change of one identity',
    description:
      'Durable before it is answered. Requests of one identity are carried out in the order in which they were accepted; those of different identities in parallel. Where a target fails, what was done in the others is put back.',
    needs: 'requests:submit',
    parameters: [dryRun, idempotencyKey, prefer],
    body: { schema: 'NewRequest', description: 'At most 256 KiB.' },
    answers: submitted,
    errors: [...whenRead, 'unprocessable', ...whenPlanned],
  },
  {
    id: 'listRequests',
    method: 'get',
    path: '/api/v1/requests',
    tag: 'Requests',
    summary: 'List requests, the newest first',
    description: 'A source sees its own requests only.',
    needs: 'requests:read',
    parameters: listParameters,
    answers: { 200: json('One page.', 'RequestPage') },
    errors: ['bad_request'],
  },
  {
    id: 'readRequest',
    method: 'get',
    path: '/api/v1/requests/{id}',
    tag: 'Requests',
    summary: 'Read one request, with its plan and its steps',
    needs: 'requests:read',
    parameters: [requestId],
    answers: { 200: json('The request as it is now.', 'RequestDetail') },
    errors: ['missing'],
  },
  {
    id: 'readPlan',
    method: 'get',
    path: '/api/v1/requests/{id}/plan',
    tag: 'Requests',
    summary: 'Read what the rules made of a request',
    needs: 'requests:read',
    parameters: [requestId],
    answers: { 200: json('The plan; it never changes.', 'Plan') },
    errors: ['missing'],
  },
  {
    id: 'readRequestEvents',
    method: 'get',
    path: '/api/v1/requests/{id}/events',
    tag: 'Requests',
    summary: 'Read or follow the history of a request',
    description:
      'With Accept: text/event-stream, the events from the first on, then those to come, each as one event whose id is seq, whose name is the action and whose data is a RequestEvent; the stream ends with the request.',
    needs: 'requests:read',
    parameters: [requestId, lastEventId],
    answers: {
      200: {
        description: 'The history, from the audit trail.',
        content: { 'application/json': 'RequestHistory', 'text/event-stream': 'RequestEvent' },
      },
    },
    errors: ['missing'],
  },
  {
    id: 'receiveInbound',
    method: 'post',
    path: '/api/v1/inbound/{adapter}',
    tag: 'Requests',
    summary: 'Post what an IAM sends, as it is',
    description:
      'The adapter makes changes of it. A body of one change is answered like POST /api/v1/requests; one of several is answered at once, with what became of each.',
    needs: 'requests:submit',
    parameters: [adapter, oid, externalId, dryRun, idempotencyKey, prefer],
    body: {
      schema: ['NewRequest', 'MidPointMessage'],
      description: 'native: a NewRequest; midpoint: a message of midPoint as JSON.',
    },
    answers: {
      ...submitted,
      200: json('As for POST /api/v1/requests; for a body that asks for nothing, an empty list.', [
        'RequestDetail',
        'DryRun',
        'DryRuns',
        'Batch',
      ]),
      202: json('Accepted and under way; or, for several changes, what became of each.', ['RequestDetail', 'Batch']),
    },
    errors: [...whenRead, 'not_understood', 'unprocessable', ...whenPlanned],
  },
]

const otherOperations: readonly Operation[] = [
  {
    id: 'followEvents',
    method: 'get',
    path: '/api/v1/events',
    tag: 'Events',
    summary: 'Follow all requests as they change',
    description:
      'Server-sent events named request, whose data is a LiveEvent, and from time to time one named ping, without data, as a sign of life. Changes of a tenth of a second are gathered. A source sees its own requests only.',
    needs: 'requests:read',
    answers: { 200: { description: 'A stream without end.', content: { 'text/event-stream': 'LiveEvent' } } },
    errors: [],
  },
  {
    id: 'logIn',
    method: 'post',
    path: '/api/v1/session',
    tag: 'Session',
    summary: 'Log in',
    needs: null,
    body: { schema: 'Login', description: 'Must come from the gateway’s own pages, or from no page at all.' },
    answers: { 200: json('The cookie of the session is set, for seven days.', 'Me', ['Set-Cookie']) },
    errors: ['bad_request', 'unauthenticated', 'forbidden', 'throttled'],
  },
  {
    id: 'readSession',
    method: 'get',
    path: '/api/v1/session',
    tag: 'Session',
    summary: 'Who am I?',
    needs: 'login',
    answers: { 200: json('Who is logged in.', 'Me') },
    errors: [],
  },
  {
    id: 'changeSession',
    method: 'patch',
    path: '/api/v1/session',
    tag: 'Session',
    summary: 'Choose a language',
    needs: 'login',
    body: { schema: 'Preferences', description: 'Kept for the next login.' },
    answers: { 200: json('The same person, with the new language.', 'Me') },
    errors: ['bad_request', 'forbidden'],
  },
  {
    id: 'logOut',
    method: 'delete',
    path: '/api/v1/session',
    tag: 'Session',
    summary: 'Log out',
    needs: null,
    answers: { 204: { description: 'The session is ended, where there was one.', content: {} } },
    errors: ['forbidden'],
  },
  ...targetOperations,
  {
    id: 'readHealth',
    method: 'get',
    path: '/healthz',
    tag: 'Health',
    summary: 'Does the process live?',
    needs: null,
    answers: { 200: json('It does.', 'Health') },
    errors: [],
  },
  {
    id: 'readMetrics',
    method: 'get',
    path: '/metrics',
    tag: 'Health',
    summary: 'Read metrics in Prometheus’ text format',
    description: 'With `Authorization: Bearer` and the token of METRICS_TOKEN, or logged in.',
    needs: 'targets:read',
    answers: { 200: { description: 'The metrics of the whole gateway.', content: { 'text/plain': 'Metrics' } } },
    errors: [],
  },
  {
    id: 'readReadiness',
    method: 'get',
    path: '/readyz',
    tag: 'Health',
    summary: 'Can requests be taken?',
    needs: null,
    answers: { 200: json('They can.', 'Readiness'), 503: json('Not now: send them elsewhere.', 'Readiness') },
    errors: [],
  },
  {
    id: 'readDescription',
    method: 'get',
    path: '/api/v1/openapi.json',
    tag: 'Description',
    summary: 'This description, as OpenAPI 3.1',
    needs: null,
    answers: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': 'Description' } } },
    errors: [],
  },
  {
    id: 'browseDescription',
    method: 'get',
    path: '/api/v1/docs',
    tag: 'Description',
    summary: 'This description, as a page',
    needs: null,
    answers: { 200: { description: 'HTML.', content: { 'text/html': 'Page' } } },
    errors: [],
  },
]

export const operations: readonly Operation[] = [
  ...requestOperations,
  ...peopleOperations,
  ...approvalOperations,
  ...departureOperations,
  ...ruleOperations,
  ...simulationOperations,
  ...lookupOperations,
  ...reconciliationOperations,
  ...otherOperations,
]
