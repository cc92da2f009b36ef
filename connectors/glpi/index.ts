/** GLPI: its users, their e-mail addresses, groups, profiles and passwords, by the REST API that GLPI 10 and 11 share. */
import { createLocalCache } from '#core/cache.ts'
import type { Phrase } from '#core/phrase.ts'
import { defineConnector, everyChange, type Connection, type Driver, type OpenContext } from '#connectors/kit/connector.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { egressOf, httpReachSteps } from '#connectors/kit/http-config.ts'
import { createHttpClient } from '#connectors/kit/http.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import * as v from 'valibot'
import { createUser, modifyUser, removeUser, restoreUser } from './changes.ts'
import { GlpiConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { describeUsers, spelling, User } from './mapping.ts'
import { phrases } from './phrases.ts'
import { createSession, openGlpi, type Glpi } from './server.ts'
import { surveyGlpi } from './survey.ts'
import { findAccount, listAccounts } from './users.ts'

const concurrency = 4

export const glpi = defineConnector({
  id: 'glpi',
  title: { en: 'GLPI', fr: 'GLPI' },
  phrases,
  config: GlpiConfig,
  capabilities: {
    // What is deleted goes to the trash, and comes back whole. Nobody can read the old password.
    undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'exact', password: 'reset', membership: 'exact' },
    // The login is looked for before, and a profile can be given twice.
    idempotent: { ...everyChange('native'), create: 'readback', membership: 'readback' },
    memberships: 'link',
    conditionalWrite: { ...everyChange('looked'), create: 'native' },
    nativeId: 'id',
    concurrency,
    deadlineMs: 30_000,
  },
  connect: (config, context) => withPlaces(connectGlpi(config, context), concurrency),
})

function connectGlpi(config: GlpiConfig, { target, cache = createLocalCache().forTarget(target, 0) }: OpenContext): Connection {
  const egress = egressOf(config)
  const session = createSession(config, egress)
  const { authorization } = session
  const client = createHttpClient({ egress, authorization, meaningOf, baseUrl: config.url })
  const glpiFor = (signal: AbortSignal) => openGlpi({ target, config, cache, client, signal })
  const test = (signal: AbortSignal) =>
    inSteps([
      ...httpReachSteps(egress, config.url),
      {
        check: 'login',
        run: async () => {
          await authorization.headers(signal)
          return phrases.session
        },
      },
      { check: 'rights', run: () => checkRights(glpiFor(signal)) },
    ])
  return {
    settlesWithinMs: config.timeoutMs,
    async open({ signal }) {
      const held = session.hold()
      try {
        await authorization.headers(signal)
      } catch (error) {
        held[Symbol.dispose]()
        throw error
      }
      return createDriver(glpiFor(signal), () => test(signal), held)
    },
    async test({ signal }) {
      using _held = session.hold()
      return await test(signal)
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]()
      await egress[Symbol.asyncDispose]()
    },
  }
}

async function checkRights({ ask }: Glpi): Promise<Phrase> {
  const call = { doing: 'reading users', method: 'GET', path: '/User', query: { range: '0-0' } } as const
  await ask(v.array(User), call)
  return phrases.canRead
}

function createDriver(server: Glpi, testConnection: Driver['testConnection'], held: Disposable): Driver {
  return {
    spelling,
    find: (key) => findAccount(server, key),
    create: (draft) => createUser(server, draft),
    modify: (current, writes, secrets) => modifyUser(server, current, writes, secrets),
    remove: (current) => removeUser(server, current),
    restore: (account) => restoreUser(server, account),
    // Trying a password would open a session of that user.
    holdsSecret: async () => null,
    testConnection,
    discoverSchema: async () => describeUsers(server.config.passwordAttribute),
    survey: () => surveyGlpi(server),
    list: (pageSize) => listAccounts(server, pageSize),
    async [Symbol.asyncDispose]() {
      held[Symbol.dispose]()
    },
  }
}
