/** Keycloak: the users of one realm, their groups, roles and passwords, by the Admin REST API. */
import { createLocalCache } from '#core/cache.ts'
import { defineConnector, everyChange, type Connection, type Driver, type OpenContext } from '#connectors/kit/connector.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { clientCredentials } from '#connectors/kit/http-authorization.ts'
import { egressOf } from '#connectors/kit/http-config.ts'
import { createHttpClient, path } from '#connectors/kit/http.ts'
import { createUser, modifyUser, removeUser, resetPassword, restoreUser } from './changes.ts'
import { testRealm } from './check.ts'
import { KeycloakConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { spelling } from './mapping.ts'
import { phrases } from './phrases.ts'
import { openRealm, type Realm } from './realm.ts'
import { describeUsers } from './schema.ts'
import { surveyRealm } from './survey.ts'
import { findAccount, listAccounts } from './users.ts'

const concurrency = 8

export const keycloak = defineConnector({
  id: 'keycloak',
  title: { en: 'Keycloak', fr: 'Keycloak' },
  phrases,
  config: KeycloakConfig,
  capabilities: {
    // A user that was deleted comes back under another id, and nobody can read the old password.
    undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
    idempotent: everyChange('native'),
    memberships: 'link',
    conditionalWrite: { ...everyChange('looked'), create: 'native' },
    nativeId: 'id',
    concurrency,
    deadlineMs: 30_000,
  },
  connect: (config, context) => withPlaces(connectKeycloak(config, context), concurrency),
})

function connectKeycloak(
  config: KeycloakConfig,
  { target, cache = createLocalCache().forTarget(target, 0) }: OpenContext,
): Connection {
  const egress = egressOf(config)
  const base = config.url.replace(/\/+$/, '')
  const authorization = clientCredentials({
    egress,
    cache,
    tokenUrl: `${base}${path`/realms/${config.clientRealm ?? config.realm}`}/protocol/openid-connect/token`,
    clientId: config.clientId,
    clientSecret: config.clientSecret,
  })
  const client = createHttpClient({ egress, authorization, meaningOf, baseUrl: base + path`/admin/realms/${config.realm}` })
  const server = createHttpClient({ egress, authorization, meaningOf, baseUrl: `${base}/admin` })
  const realmFor = (signal: AbortSignal) => openRealm({ target, config, cache, client, signal })
  const test = (signal: AbortSignal) => testRealm({ realm: realmFor(signal), egress, authorization, signal })
  return {
    settlesWithinMs: config.timeoutMs,
    async open({ signal }) {
      const realm = realmFor(signal)
      return createDriver(realm, { test: () => test(signal), survey: () => surveyRealm({ realm, server, signal }) })
    },
    test: ({ signal }) => test(signal),
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}

interface Asked {
  readonly test: Driver['testConnection']
  readonly survey: NonNullable<Driver['survey']>
}

function createDriver(realm: Realm, { test, survey }: Asked): Driver {
  return {
    spelling,
    find: (key) => findAccount(realm, key),
    create: (draft) => createUser(realm, draft),
    modify: (current, writes, secrets) => modifyUser(realm, current, writes, secrets),
    remove: (current) => removeUser(realm, current),
    restore: (account) => restoreUser(realm, account),
    resetSecret: (current, attribute, secret) => resetPassword(realm, current, attribute, secret),
    // Trying a password would count as a failed login where it is wrong.
    holdsSecret: async () => null,
    testConnection: test,
    survey,
    discoverSchema: () => describeUsers(realm),
    list: (pageSize) => listAccounts(realm, pageSize),
    async [Symbol.asyncDispose]() {},
  }
}
