/** A project of the real Auth emulator as the contract suite wants it. */
import { randomUUID } from 'node:crypto'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import type { FirebaseEmulator } from '#tests/harness/firebase.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import { openThrottlingFront } from '#tests/harness/throttling-front.ts'
import type { Fixture, Traits } from './fixture.ts'

export const firebaseTraits: Traits = {
  login: 'email',
  system: /^Firebase Auth emulator$/,
  text: 'displayName',
  empty: 'claims.title',
  multivalued: 'claims.phones',
  secret: 'password',
  mustChange: 'Firebase asks nobody for another password; applications send a link by which one is chosen.',
  disable: true,
  groups: true,
  proxied: true,
  crowds: 1_000,
  throttles: true,
  expires: 'The emulator takes one token for ever; tests beside the connector play a server whose tokens end and are refused.',
}

interface User {
  readonly localId: string
  readonly email?: string
  readonly customAttributes?: string
}

export async function openFirebaseFixture(emulator: FirebaseEmulator): Promise<Fixture> {
  const projectId = `demo-${randomUUID().slice(0, 8)}`
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: emulator.port } })
  const refusal = { error: { code: 429, message: 'RESOURCE_EXHAUSTED', status: 'RESOURCE_EXHAUSTED' } }
  const front = await openThrottlingFront({ port: emulator.port, refusal })
  const standard = {
    ...{ projectId, emulator: emulator.url, allowNetworks: ['127.0.0.1'] },
    ...{ claims: ['title'], listClaims: ['phones'], groupsClaim: 'groups', groups: ['staff', 'admins'] },
  }
  const accounts = `^/identitytoolkit.googleapis.com/v1/projects/${projectId}/accounts`
  const lookup = async (uid: string) => {
    const { users = [] } = (await emulator.admin(projectId, 'POST', '/accounts:lookup', { localId: [uid] })) as { users?: User[] }
    return users[0]
  }
  return {
    config: standard,
    proxied: {
      config: { ...standard, emulator: `http://127.0.0.1:${proxy.port}`, connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      proxy,
      requests: {
        create: isHttpRequest('POST', new RegExp(`${accounts}$`)),
        modify: isHttpRequest('POST', new RegExp(`${accounts}:update$`)),
        remove: isHttpRequest('POST', new RegExp(`${accounts}:delete$`)),
      },
    },
    broken: brokenConfigs(standard),
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const email = [`user-${n}@example.org`]
      return { attributes: { email, displayName: [name] }, correlate: { email } }
    },
    dump: () => dump(emulator, projectId),
    async crowd(group, count) {
      const customAttributes = JSON.stringify({ groups: [group] })
      const users = Array.from({ length: count }, (_, index) => ({ localId: `crowd-${index}`, customAttributes }))
      await emulator.admin(projectId, 'POST', '/accounts:batchCreate', { users })
    },
    troubles: { config: { ...standard, emulator: front.url }, throttle: front.throttle },
    async drift({ nativeId }, attribute, values) {
      const user = await lookup(nativeId)
      const claims = JSON.parse(user?.customAttributes ?? '{}') as Record<string, unknown>
      const name = attribute.replace('claims.', '')
      const { [name]: _old, ...others } = claims
      const claim = values.length === 0 ? {} : { [name]: name === 'phones' ? values : values[0] }
      const change =
        attribute === 'displayName' ? { displayName: values[0] } : { customAttributes: JSON.stringify({ ...others, ...claim }) }
      await emulator.admin(projectId, 'POST', '/accounts:update', { localId: nativeId, ...change })
    },
    // The emulator's key of an application belongs to no project in particular, so the project of the account is asked for.
    logsIn: async ({ nativeId }, password) => emulator.signsIn(projectId, (await lookup(nativeId))?.email ?? '', password),
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await emulator.clear(projectId)
    },
  }
}

/** What Firebase writes by itself. `validSince` is when sessions were ended last, `initialEmail` where a renamed user can be told of it. */
const stamped = new Set([
  ...['createdAt', 'lastLoginAt', 'lastRefreshAt', 'passwordUpdatedAt', 'validSince', 'initialEmail'],
  ...['salt', 'localId', 'passwordHash', 'customAttributes'],
])

async function dump(emulator: FirebaseEmulator, projectId: string): Promise<string> {
  const users: User[] = []
  for (let token: string | undefined = ''; token !== undefined;) {
    const path = `/accounts:batchGet?maxResults=1000&nextPageToken=${encodeURIComponent(token)}`
    const page = (await emulator.admin(projectId, 'GET', path)) as { users?: User[]; nextPageToken?: string }
    users.push(...(page.users ?? []))
    token = page.users === undefined ? undefined : page.nextPageToken
  }
  const lines = users.map((user) => {
    const kept = Object.entries(user).filter(
      ([field, value]) => !stamped.has(field) && !(field === 'disabled' && value === false),
    )
    const claims = Object.entries(JSON.parse(user.customAttributes ?? '{}') as Record<string, unknown>)
    return JSON.stringify([user.localId, kept.toSorted(byName), claims.toSorted(byName)])
  })
  return lines.toSorted().join('\n')
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) => (left < right ? -1 : 1)

function brokenConfigs(standard: Record<string, unknown>): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { emulator: 'https://no-such-host.invalid' }),
    broken('this machine, which the target does not allow', 'name', { allowNetworks: [] }),
    broken('a port nobody listens on', 'tcp', { emulator: 'http://127.0.0.1:1' }),
    broken('TLS asked of a port in clear', 'tls', { emulator: String(standard['emulator']).replace('http:', 'https:') }),
  ]
}
