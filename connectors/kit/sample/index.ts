/** Sample: people of an application with a small JSON API. `connector new` copies this folder: change one file after the other to what your system says. */
import { defineConnector, everyChange, type Connection, type Driver, type OpenContext } from '#connectors/kit/connector.ts'
import { fixedHeaders } from '#connectors/kit/http-authorization.ts'
import { egressOf, httpReachSteps } from '#connectors/kit/http-config.ts'
import { createHttpClient } from '#connectors/kit/http.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import type { Phrase } from '#core/phrase.ts'
import { SampleConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { schema, spelling } from './mapping.ts'
import { createAccount, findAccount, listAccounts, modifyAccount, removeAccount, restoreAccount, type System } from './people.ts'
import { phrases } from './phrases.ts'

/** So many jobs of one process are at the system at once. */
const concurrency = 4

export const sample = defineConnector({
  id: 'sample',
  title: { en: 'Sample', fr: 'Sample' },
  phrases,
  config: SampleConfig,
  capabilities: {
    // Deleted is gone: what comes back has another id and no password. Nobody can read an old password.
    undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
    // The login is unique, and whatever is set twice is set.
    idempotent: everyChange('native'),
    memberships: 'account',
    conditionalWrite: { ...everyChange('looked'), create: 'native' },
    nativeId: 'number',
    concurrency,
    deadlineMs: 30_000,
  },
  connect: (config, context) => withPlaces(connectSample(config, context), concurrency),
})

function connectSample(config: SampleConfig, _context: OpenContext): Connection {
  const egress = egressOf(config)
  const client = createHttpClient({
    egress,
    authorization: fixedHeaders({ 'X-Api-Key': config.key }),
    meaningOf,
    baseUrl: config.url,
  })
  const systemFor = (signal: AbortSignal): System => ({ call: (call) => client.call({ ...call, signal }) })
  const test = (signal: AbortSignal) =>
    inSteps([...httpReachSteps(egress, config.url), { check: 'login', run: () => tryList(systemFor(signal)) }])
  return {
    settlesWithinMs: config.timeoutMs,
    open: async ({ signal }) => createDriver(systemFor(signal), () => test(signal)),
    test: ({ signal }) => test(signal),
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}

async function tryList(system: System): Promise<Phrase> {
  for await (const _page of listAccounts(system, 1)) break
  return phrases.listed
}

function createDriver(system: System, testConnection: Driver['testConnection']): Driver {
  return {
    spelling,
    find: (key) => findAccount(system, key),
    create: (draft) => createAccount(system, draft),
    modify: (current, writes, secrets) => modifyAccount(system, current, writes, secrets),
    remove: (current) => removeAccount(system, current),
    restore: (account) => restoreAccount(system, account),
    // The system has no way to try a password.
    holdsSecret: async () => null,
    testConnection,
    discoverSchema: async () => schema,
    list: (pageSize) => listAccounts(system, pageSize),
    async [Symbol.asyncDispose]() {},
  }
}
