/** Odoo: the users of one database, their groups and passwords, by JSON-2 (Odoo 19 and later) or JSON-RPC (until Odoo 18). */
import { createLocalCache } from '#core/cache.ts'
import { defineConnector, everyChange, type Connection, type Driver, type OpenContext } from '#connectors/kit/connector.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { bearer, fixedHeaders } from '#connectors/kit/http-authorization.ts'
import { egressOf } from '#connectors/kit/http-config.ts'
import { createHttpClient } from '#connectors/kit/http.ts'
import { createUser, modifyUser, removeUser, restoreUser } from './changes.ts'
import { testOdoo } from './check.ts'
import { OdooConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { describeUsers, readFields } from './fields.ts'
import { spellingOf } from './mapping.ts'
import { openOdoo } from './odoo.ts'
import { phrases } from './phrases.ts'
import { surveyOdoo } from './survey.ts'
import { findAccount, listAccounts, type Users } from './users.ts'

/** Each call takes one of Odoo's few workers, and those of one user's calls that meet are tried again by Odoo, slowly. */
const concurrency = 2

export const odoo = defineConnector({
  id: 'odoo',
  title: { en: 'Odoo', fr: 'Odoo' },
  phrases,
  config: OdooConfig,
  capabilities: {
    // A user that was deleted comes back under another id, and nobody can read the old password.
    undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
    idempotent: everyChange('native'),
    memberships: 'account',
    conditionalWrite: { ...everyChange('looked'), create: 'native' },
    nativeId: 'id',
    concurrency,
    // One call may take a minute, and a job reads before and after.
    deadlineMs: 120_000,
  },
  connect: (config, context) => withPlaces(connectOdoo(config, context), concurrency),
})

/** Odoo tries a call that met another one again for so long, whether or not anybody still waits for the answer. */
const retriesMs = 30_000

function connectOdoo(config: OdooConfig, context: OpenContext): Connection {
  const { target, log, cache = createLocalCache().forTarget(target, 0) } = context
  const egress = egressOf(config)
  const client = createHttpClient({
    ...{ egress, meaningOf, baseUrl: config.url },
    authorization: config.protocol === 'json-2' ? bearer(config.apiKey) : fixedHeaders(),
    headers: { 'X-Odoo-Database': config.database },
  })
  const odooFor = (signal: AbortSignal) => openOdoo({ target, config, cache, client, signal })
  return {
    settlesWithinMs: Math.max(retriesMs, config.timeoutMs),
    async open({ signal }) {
      const database = odooFor(signal)
      const fields = await readFields(database)
      const users = { ...database, log, fields, spelling: spellingOf(fields) }
      return createDriver(users, { test: () => testOdoo(database, egress), survey: () => surveyOdoo(database) })
    },
    test: ({ signal }) => testOdoo(odooFor(signal), egress),
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}

interface Asked {
  readonly test: Driver['testConnection']
  readonly survey: NonNullable<Driver['survey']>
}

function createDriver(users: Users, { test, survey }: Asked): Driver {
  return {
    spelling: users.spelling,
    find: (key) => findAccount(users, key),
    create: (draft) => createUser(users, draft),
    modify: (current, writes, secrets) => modifyUser(users, current, writes, secrets),
    remove: (current) => removeUser(users, current),
    restore: (account) => restoreUser(users, account),
    // Trying a password would count as a login of the user, or as a failed one.
    holdsSecret: async () => null,
    testConnection: test,
    survey,
    discoverSchema: async () => describeUsers(users.fields, users.config.passwordAttribute),
    list: (pageSize) => listAccounts(users, pageSize),
    async [Symbol.asyncDispose]() {},
  }
}
