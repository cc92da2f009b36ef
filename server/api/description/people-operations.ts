/** What people do with requests: the verbs that resolve them. */
import { json, type Operation } from './operation.ts'
import { requestId } from './parameters.ts'

export const peopleOperations: readonly Operation[] = [
  {
    id: 'retryRequest',
    method: 'post',
    path: '/api/v1/requests/{id}/retry',
    tag: 'Requests',
    summary: 'Carry out a request again that ended without success',
    description:
      'Makes generation n+1, with the plan that was accepted or with one that the rules of today make. Refused when a later request of the same identity was accepted: the last accepted wins; and when new rules want something else of what is in place.',
    needs: 'requests:retry',
    parameters: [requestId],
    body: { schema: 'Retry', description: 'Why; it stands in the audit trail.' },
    answers: { 202: json('It is under way again.', 'RequestDetail') },
    errors: ['bad_request', 'missing', 'conflict', 'unprocessable', 'rule_failed', 'rule_timeout'],
  },
  {
    id: 'resumeRequest',
    method: 'post',
    path: '/api/v1/requests/{id}/resume',
    tag: 'Requests',
    summary: 'Let a request go on that needs attention',
    description: 'It goes forward with the steps that are not done, by the plan that was accepted; those that are done stay.',
    needs: 'requests:resolve',
    parameters: [requestId],
    body: { schema: 'Resolve', description: 'Why; it stands in the audit trail.' },
    answers: { 202: json('It is under way again.', 'RequestDetail') },
    errors: ['bad_request', 'missing', 'conflict', 'unprocessable'],
  },
  {
    id: 'cancelRequest',
    method: 'post',
    path: '/api/v1/requests/{id}/cancel',
    tag: 'Requests',
    summary: 'Give a request up',
    description:
      'Where nothing was called it ends as cancelled; else what was done is undone, and it ends as rolled_back. A leaver of whom something is done already is not cancelled: ask for an enable.',
    needs: 'requests:resolve',
    parameters: [requestId],
    body: { schema: 'Resolve', description: 'Why; it stands in the audit trail.' },
    answers: { 202: json('It is cancelled, or being undone.', 'RequestDetail') },
    errors: ['bad_request', 'missing', 'conflict', 'unprocessable'],
  },
  {
    id: 'probeRequest',
    method: 'post',
    path: '/api/v1/requests/{id}/probe',
    tag: 'Requests',
    summary: 'Have the targets read again for a request that needs attention',
    description:
      'Steps that are unknown or stuck are settled by what is there, and the request is decided again. Changes nothing in a target.',
    needs: 'requests:resolve',
    parameters: [requestId],
    body: { schema: 'Resolve', description: 'Why; it stands in the audit trail.' },
    answers: { 202: json('The targets are asked.', 'RequestDetail') },
    errors: ['bad_request', 'missing', 'conflict', 'unprocessable'],
  },
  {
    id: 'attestRequest',
    method: 'post',
    path: '/api/v1/requests/{id}/attest',
    tag: 'Requests',
    summary: 'State what is so in a target, for a step that the gateway cannot settle',
    description: 'It counts when a second, different person states the same; then the request is decided again.',
    needs: 'requests:resolve',
    parameters: [requestId],
    body: { schema: 'Attest', description: 'What is so, where, and how the person knows; it stands in the audit trail.' },
    answers: { 200: json('It is on record, and counts if two people said it.', 'RequestDetail') },
    errors: ['bad_request', 'missing', 'conflict', 'unprocessable'],
  },
]
