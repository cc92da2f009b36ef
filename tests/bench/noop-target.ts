/** A target that costs nothing: it keeps what it is given, by id and by login, so that look-ups and read-backs are true. */
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { defineConnector, everyChange, type Driver } from '#connectors/kit/connector.ts'

/** Every configured target keeps its own accounts. */
export const noop = defineConnector({
  id: 'noop',
  title: { en: 'No-op', fr: 'Sans effet' },
  config: v.strictObject({}),
  capabilities: {
    ...{
      undo: everyChange('exact'),
      idempotent: everyChange('native'),
      memberships: 'account',
      conditionalWrite: everyChange('none'),
      nativeId: 'login',
    },
    ...{ concurrency: 1000, deadlineMs: 60_000 },
  },
  connect: () => {
    const accounts = new Map<string, Account>()
    const driver = createDriver(accounts)
    return { open: async () => driver, [Symbol.asyncDispose]: async () => accounts.clear() }
  },
})

function createDriver(accounts: Map<string, Account>): Driver {
  const unsupported = () => {
    throw new GatewayError('unsupported', 'the benchmark does not do this')
  }
  return {
    find: async ({ nativeId, correlate }) => accounts.get(nativeId ?? String(correlate.login?.[0])) ?? null,
    async create({ attributes, memberships, enabled }) {
      const login = String(attributes.login?.[0])
      accounts.set(login, { nativeId: login, label: login, enabled, attributes, memberships })
      return { nativeId: login, label: login }
    },
    modify: unsupported,
    remove: unsupported,
    restore: unsupported,
    holdsSecret: async () => null,
    testConnection: unsupported,
    discoverSchema: unsupported,
    list: unsupported,
    [Symbol.asyncDispose]: async () => {},
  }
}
