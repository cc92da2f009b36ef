/** Firebase Authentication: the users of one project, their custom claims as attributes and groups, by Google's own SDK. */
import { createLocalCache } from '#core/cache.ts'
import type { Phrase } from '#core/phrase.ts'
import {
  defineConnector,
  everyChange,
  type Capabilities,
  type Connection,
  type Driver,
  type OpenContext,
} from '#connectors/kit/connector.ts'
import { withPlaces } from '#connectors/kit/places.ts'
import { egressOf, httpReachSteps } from '#connectors/kit/http-config.ts'
import { lackingWithout } from '#connectors/kit/lacks.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import { createUser, modifyUser, removeUser, restoreUser } from './changes.ts'
import { FirebaseConfig, serviceUrl } from './config.ts'
import { credentialOf } from './credential.ts'
import { createLock } from './lock.ts'
import { spelling } from './mapping.ts'
import { phrases } from './phrases.ts'
import { createSdk, type Project } from './project.ts'
import { describeUsers } from './schema.ts'
import { findAccount, listAccounts } from './users.ts'

const capabilities: Capabilities = {
  // A user that was deleted comes back without its password, and nobody can read the old one.
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
  // A uid that we choose makes even a creation meet itself.
  idempotent: everyChange('native'),
  memberships: 'account',
  conditionalWrite: { ...everyChange('looked'), create: 'native' },
  nativeId: 'uid',
  concurrency: 4,
  // Google's quota is ten updates a second, and ten deletions; a change makes two updates at most, or three when it disables and strips.
  rate: { max: 5, perMs: 1_000 },
  deadlineMs: 30_000,
}

export const firebase = defineConnector({
  id: 'firebase',
  title: { en: 'Firebase Authentication', fr: 'Firebase Authentication' },
  phrases,
  config: FirebaseConfig,
  capabilities,
  capabilitiesOf: lackingWithout(capabilities, { memberships: 'groupsClaim' }),
  connect: (config, context) => withPlaces(connectFirebase(config, context), capabilities.concurrency),
})

function connectFirebase(
  config: FirebaseConfig,
  { target, cache = createLocalCache().forTarget(target, 0) }: OpenContext,
): Connection {
  const url = serviceUrl(config)
  const egress = egressOf({ ...config, url })
  const authorization = credentialOf({ config, egress, cache })
  const sdk = createSdk({ config, egress, authorization })
  const lock = createLock()
  const projectFor = (signal: AbortSignal): Project => ({
    ...{ target, config, lock },
    call: (what, use) => sdk.call({ ...what, signal }, use),
  })
  const test = (signal: AbortSignal) =>
    inSteps([
      ...httpReachSteps(egress, url),
      {
        check: 'login',
        run: async () => {
          await authorization.headers(signal)
          return config.emulator === null ? phrases.letIn : phrases.emulator
        },
      },
      { check: 'rights', run: () => checkRights(projectFor(signal)) },
    ])
  return {
    settlesWithinMs: config.timeoutMs,
    open: async ({ signal }) => createDriver(projectFor(signal), () => test(signal)),
    test: ({ signal }) => test(signal),
    async [Symbol.asyncDispose]() {
      await sdk[Symbol.asyncDispose]()
      await egress[Symbol.asyncDispose]()
    },
  }
}

async function checkRights({ call }: Project): Promise<Phrase> {
  await call({ doing: 'reading a user', effect: 'read' }, (auth) => auth.listUsers(1))
  return phrases.canRead
}

function createDriver(project: Project, testConnection: Driver['testConnection']): Driver {
  return {
    spelling,
    find: (key) => findAccount(project, key),
    create: (draft) => createUser(project, draft),
    modify: (current, writes, secrets) => modifyUser(project, current, writes, secrets),
    remove: (current) => removeUser(project, current),
    restore: (account) => restoreUser(project, account),
    // Trying a password needs the key of an application, and counts as a failed login where it is wrong.
    holdsSecret: async () => null,
    testConnection,
    discoverSchema: async () => describeUsers(project.config),
    // Google says nothing of its service that would depend on a project; that it is no emulator is what people want to see.
    survey: async () => ({
      system: project.config.emulator === null ? 'Firebase Authentication' : 'Firebase Auth emulator',
      facts: project.config.emulator === null ? [] : [phrases.notReal],
      ...{ narrows: {}, secretEndsAt: null },
    }),
    list: (pageSize) => listAccounts(project, pageSize),
    async [Symbol.asyncDispose]() {},
  }
}
