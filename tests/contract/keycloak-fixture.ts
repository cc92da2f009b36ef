/** A realm of the real Keycloak as the contract suite wants it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import { makeRealm, type Keycloak, type TestRealm } from '#tests/harness/keycloak.ts'
import { openThrottlingFront } from '#tests/harness/throttling-front.ts'
import type { Fixture, Traits } from './fixture.ts'

export const keycloakTraits: Traits = {
  login: 'username',
  text: 'firstName',
  empty: 'title',
  multivalued: 'phones',
  secret: 'password',
  mustChange: true,
  disable: true,
  groups: true,
  proxied: true,
  crowds: 1_000,
  throttles: true,
  expires: true,
}

interface User {
  readonly id: string
  readonly username: string
  readonly attributes?: Readonly<Record<string, readonly string[]>>
  readonly requiredActions?: readonly string[]
}

export async function openKeycloakFixture(keycloak: Keycloak): Promise<Fixture> {
  const realm = await makeRealm(keycloak)
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: keycloak.port } })
  const front = await openThrottlingFront(keycloak)
  const standard = {
    url: keycloak.url,
    realm: realm.name,
    clientId: realm.clientId,
    clientSecret: realm.clientSecret,
    allowNetworks: ['127.0.0.1'],
  }
  const users = `/admin/realms/${realm.name}/users`
  return {
    config: standard,
    proxied: {
      config: { ...standard, url: `http://127.0.0.1:${proxy.port}`, connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      proxy,
      requests: {
        create: isHttpRequest('POST', new RegExp(`^${users}$`)),
        modify: isHttpRequest('PUT', new RegExp(`^${users}/[^/]+$`)),
        remove: isHttpRequest('DELETE', new RegExp(`^${users}/[^/]+$`)),
      },
    },
    broken: brokenConfigs(standard),
    groups: { staff: '/staff', admins: '/admins', missing: '/nobody' },
    sample(n, name = `User ${n}`) {
      const username = `${name}-${n}`.toLowerCase()
      const email = `user-${n}@example.org`
      const attributes = { username: [username], firstName: [name], lastName: ['Tester'], email: [email] }
      return { attributes, correlate: { username: [username] } }
    },
    dump: () => dump(keycloak, realm),
    async drift(account, attribute, values) {
      const path = `/realms/${realm.name}/users/${account.nativeId}`
      const user = (await keycloak.admin('GET', path)).json as User
      const change =
        attribute === 'firstName'
          ? { firstName: values[0] ?? '' }
          : { attributes: { ...user.attributes, [attribute]: values.map(String) } }
      await keycloak.admin('PUT', path, { ...user, attributes: user.attributes ?? {}, ...change })
    },
    async crowd(group, count) {
      const crowd = Array.from({ length: count }, (_, index) => ({ username: `crowd-${index}`, enabled: true, groups: [group] }))
      // Keycloak looks at all of an import again for each of its users: small ones take a fraction of the time.
      for (let at = 0; at < count; at += 50)
        await keycloak.admin('POST', `/realms/${realm.name}/partialImport`, {
          ifResourceExists: 'FAIL',
          users: crowd.slice(at, at + 50),
        })
    },
    troubles: {
      config: { ...standard, url: front.url },
      throttle: front.throttle,
      async expireSessions() {
        // Tokens of this very second would still count.
        await sleep(1_100)
        await keycloak.admin('PUT', `/realms/${realm.name}`, { notBefore: Math.floor(Date.now() / 1_000) })
      },
    },
    async logsIn(account, password) {
      const response = await fetch(`${keycloak.url}/realms/${realm.name}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'password', username: account.label, password },
          ...{ client_id: realm.clientId, client_secret: realm.clientSecret },
        }),
      })
      // Who must choose another password is told so, once the password is right.
      const { error_description: refusal } = (await response.json()) as { readonly error_description?: string }
      return response.ok || refusal === 'Account is not fully set up'
    },
    async mustChange({ nativeId }) {
      const user = (await keycloak.admin('GET', `/realms/${realm.name}/users/${nativeId}`)).json as User
      return user.requiredActions?.includes('UPDATE_PASSWORD') === true
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await keycloak.admin('DELETE', `/realms/${realm.name}`)
    },
  }
}

/** What Keycloak writes by itself; `notBefore` is when sessions were ended last. */
const stamped = new Set(['access', 'createdTimestamp', 'userProfileMetadata', 'notBefore'])

/** All users, without ids and times, with their groups and kinds of credentials. */
async function dump({ admin }: Keycloak, { name }: TestRealm): Promise<string> {
  const users = (await admin('GET', `/realms/${name}/users?max=10000&briefRepresentation=false`)).json as User[]
  const groups = await membersOf(admin, name)
  const lines = await Promise.all(
    users.map(async ({ id, ...user }) => {
      const own = groups.filter(({ members }) => members.has(id)).map(({ path }) => path)
      // Crowds have none, and a call for each of them would take long.
      const isOfCrowd = user.username.startsWith('crowd-')
      const credentials = isOfCrowd
        ? []
        : ((await admin('GET', `/realms/${name}/users/${id}/credentials`)).json as { type: string }[])
      const kept = Object.entries(user).filter(([field]) => !stamped.has(field))
      const sorted = Object.fromEntries(kept.toSorted(([left], [right]) => (left < right ? -1 : 1)))
      return JSON.stringify([sorted, own.toSorted(), credentials.map(({ type }) => type)])
    }),
  )
  return lines.toSorted().join('\n')
}

async function membersOf(admin: Keycloak['admin'], realm: string) {
  const groups = (await admin('GET', `/realms/${realm}/groups`)).json as { id: string; path: string }[]
  return Promise.all(
    groups.map(async ({ id, path }) => {
      const members = (await admin('GET', `/realms/${realm}/groups/${id}/members?max=10000&briefRepresentation=true`))
        .json as User[]
      return { path, members: new Set(members.map((member) => member.id)) }
    }),
  )
}

function brokenConfigs(standard: Record<string, unknown>): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { url: 'https://no-such-host.invalid' }),
    broken('this machine, which the target does not allow', 'name', { allowNetworks: [] }),
    broken('a port nobody listens on', 'tcp', { url: 'http://127.0.0.1:1' }),
    broken('TLS asked of a port in clear', 'tls', { url: String(standard['url']).replace('http:', 'https:') }),
    broken('a wrong secret', 'login', { clientSecret: 'wrong-secret' }),
    broken('a realm that is not there', 'login', { realm: 'nowhere' }),
    broken('a client without rights', 'rights', { clientId: 'readers' }),
    broken('an attribute that the realm would drop', 'schema', { attributes: ['title', 'unknown'] }),
  ]
}
