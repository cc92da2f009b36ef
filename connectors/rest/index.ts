/** REST: any API with JSON whose calls can be described. What is described decides what can be done, and what can be undone. */
import { createLocalCache } from '#core/cache.ts'
import type { Phrase } from '#core/phrase.ts'
import { defineConnector, type AccountSchema, type Connection, type Driver, type OpenContext } from '#connectors/kit/connector.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { egressOf, httpReachSteps } from '#connectors/kit/http-config.ts'
import { loginOf } from '#connectors/kit/http-login.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import { findAccount, listAccounts } from './accounts.ts'
import { openApi, type Api } from './api.ts'
import { capabilities, capabilitiesOf } from './capabilities.ts'
import { createAccount, modifyAccount, removeAccount, restoreAccount } from './changes.ts'
import { isReadable, RestConfig } from './config.ts'
import { spelling } from './mapping.ts'
import { phrases } from './phrases.ts'

export const rest = defineConnector({
  id: 'rest',
  title: { en: 'REST API', fr: 'API REST' },
  phrases,
  config: RestConfig,
  capabilities,
  capabilitiesOf,
  connect: (config, context) => withPlaces(connectRest(config, context), capabilities.concurrency),
})

function connectRest(config: RestConfig, { target, cache = createLocalCache().forTarget(target, 0) }: OpenContext): Connection {
  const egress = egressOf(config)
  const authorization = loginOf(config, { egress, cache })
  const apiFor = (signal: AbortSignal) => openApi({ target, config, egress, authorization, signal })
  const test = (signal: AbortSignal) =>
    inSteps([
      ...httpReachSteps(egress, config.url),
      {
        check: 'login',
        run: async () => {
          await authorization.headers(signal)
          return config.operations.list === undefined ? phrases.unproved : tryList(apiFor(signal))
        },
      },
    ])
  return {
    settlesWithinMs: config.timeoutMs,
    open: async ({ signal }) => createDriver(apiFor(signal), () => test(signal)),
    test: ({ signal }) => test(signal),
    [Symbol.asyncDispose]: () => egress[Symbol.asyncDispose](),
  }
}

async function tryList(api: Api): Promise<Phrase> {
  for await (const _page of listAccounts(api, 1)) break
  return phrases.listed
}

function createDriver(api: Api, testConnection: Driver['testConnection']): Driver {
  return {
    spelling,
    ...(isReadable(api.config.operations) ? {} : { blind: true as const }),
    find: (key) => findAccount(api, key),
    create: (draft) => createAccount(api, draft),
    modify: (current, writes, secrets) => modifyAccount(api, current, writes, secrets),
    remove: (current) => removeAccount(api, current),
    restore: (account) => restoreAccount(api, account),
    holdsSecret: async () => null,
    testConnection,
    // No survey: an API has nothing to say of itself that all would say alike; what it can is what is described.
    discoverSchema: async () => describeAccounts(api.config),
    list: (pageSize) => listAccounts(api, pageSize),
    async [Symbol.asyncDispose]() {},
  }
}

/** What the configuration says: an API has no schema that all would write. */
function describeAccounts({ account, passwordAttribute, operations }: RestConfig): AccountSchema {
  const attribute = {
    type: 'string',
    required: false,
    writeOnly: false,
    unique: false,
    maxLength: null,
    allowedValues: null,
  } as const
  const named = Object.keys(account.attributes).map((name) => ({
    ...attribute,
    name,
    multivalued: takesSeveral(operations, name),
    readOnly: account.readOnly.includes(name),
  }))
  return {
    attributes: [...named, { ...attribute, name: passwordAttribute, multivalued: false, readOnly: false, writeOnly: true }],
  }
}

const takesSeveral = (operations: RestConfig['operations'], name: string) =>
  JSON.stringify([operations.create, operations.update]).includes(`{{attributes.${name}[]}}`)
