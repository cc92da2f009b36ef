/** Lookup tables, which rules read by a key. */
import { json, type Operation } from './operation.ts'
import { lookupName, lookupVersion } from './parameters.ts'

export const lookupOperations: readonly Operation[] = [
  {
    id: 'listLookups',
    method: 'get',
    path: '/api/v1/lookups',
    tag: 'Rules',
    summary: 'List the lookup tables',
    description: 'Without their rows; `size` says how many there are.',
    needs: 'rules:read',
    answers: { 200: json('All of them, by name.', 'LookupPage') },
    errors: [],
  },
  {
    id: 'getLookup',
    method: 'get',
    path: '/api/v1/lookups/{name}',
    tag: 'Rules',
    summary: 'Read a lookup table',
    needs: 'rules:read',
    parameters: [lookupName, lookupVersion],
    answers: { 200: json('The version in force, or the one that was asked for.', 'LookupTable') },
    errors: ['bad_request', 'missing'],
  },
  {
    id: 'putLookup',
    method: 'put',
    path: '/api/v1/lookups/{name}',
    tag: 'Rules',
    summary: 'Save the next version of a lookup table',
    description:
      'It is in force at once, for what is planned from now on; what was planned keeps the version that it was planned with. Refused when somebody saved another version since `base`.',
    needs: 'rules:edit',
    parameters: [lookupName],
    body: { schema: 'Lookup', description: 'The whole table.' },
    answers: { 200: json('The new version.', 'LookupTable'), 201: json('The table is new.', 'LookupTable') },
    errors: ['bad_request', 'conflict', 'unprocessable'],
  },
]
