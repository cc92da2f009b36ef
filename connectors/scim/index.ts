/** SCIM 2.0 (RFC 7643, RFC 7644): the users of any application that can be provisioned that way. */
import { createLocalCache } from '#core/cache.ts'
import {
  defineConnector,
  everyChange,
  type Capabilities,
  type Connection,
  type Driver,
  type OpenContext,
} from '#connectors/kit/connector.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { egressOf } from '#connectors/kit/http-config.ts'
import { loginOf } from '#connectors/kit/http-login.ts'
import { createHttpClient } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { createUser, modifyUser, removeUser, restoreUser } from './changes.ts'
import { testServer } from './check.ts'
import { ScimConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { createSpelling } from './mapping.ts'
import { phrases } from './phrases.ts'
import { toAccountSchema } from './schema.ts'
import { openServer, type ScimServer } from './server.ts'
import { surveyServer } from './survey.ts'
import { findAccount, listAccounts } from './users.ts'

const capabilities: Capabilities = {
  // A user that was deleted comes back under another id, and nobody can read the old password.
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
  idempotent: everyChange('native'),
  memberships: 'group',
  // By ETags, which a server may lack; groups are resources of their own.
  conditionalWrite: { ...everyChange('native'), membership: 'looked' },
  nativeId: 'id',
  concurrency: 5,
  deadlineMs: 30_000,
}

const WithoutGroups = v.looseObject({ memberships: v.literal('none') })

export const scim = defineConnector({
  id: 'scim',
  title: { en: 'SCIM 2.0', fr: 'SCIM 2.0' },
  phrases,
  config: ScimConfig,
  capabilities,
  capabilitiesOf: (config) => (v.is(WithoutGroups, config) ? { ...capabilities, lacks: ['memberships'] } : capabilities),
  connect: (config, context) => withPlaces(connectScim(config, context), capabilities.concurrency),
})

function connectScim(config: ScimConfig, { target, cache = createLocalCache().forTarget(target, 0) }: OpenContext): Connection {
  const egress = egressOf(config)
  const client = createHttpClient({
    egress,
    authorization: loginOf(config, { egress, cache }),
    meaningOf,
    baseUrl: config.url,
    headers: { Accept: 'application/scim+json, application/json' },
    contentType: 'application/scim+json',
  })
  const open = (signal: AbortSignal) => openServer({ target, config, cache, client, signal })
  const test = (signal: AbortSignal) => testServer({ config, client, egress, open: () => open(signal), signal })
  return {
    settlesWithinMs: config.timeoutMs,
    open: async ({ signal }) => createDriver(await open(signal), () => test(signal)),
    test: ({ signal }) => test(signal),
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}

function createDriver(server: ScimServer, testConnection: Driver['testConnection']): Driver {
  return {
    spelling: createSpelling(server.schema),
    find: (key) => findAccount(server, key),
    create: (draft) => createUser(server, draft),
    modify: (current, writes, secrets) => modifyUser(server, current, writes, secrets),
    remove: (current) => removeUser(server, current),
    restore: (account) => restoreUser(server, account),
    holdsSecret: async () => null,
    testConnection,
    discoverSchema: async () => toAccountSchema(server.schema),
    survey: async () => surveyServer(server),
    list: (pageSize) => listAccounts(server, pageSize),
    async [Symbol.asyncDispose]() {},
  }
}
