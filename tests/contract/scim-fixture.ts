/** A SCIM server as the contract suite wants it. */
import { randomUUID } from 'node:crypto'
import type { Values } from '#core/values.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import { openScimServer, type ScimQuirks, type TestScimServer } from '#tests/harness/scim-server.ts'
import type { Fixture, Traits } from './fixture.ts'

export const scimTraits: Traits = {
  login: 'userName',
  text: 'displayName',
  empty: 'title',
  multivalued: 'emails.work',
  secret: 'password',
  mustChange: 'The schema of users (RFC 7643) has no such mark.',
  disable: true,
  groups: true,
  proxied: true,
  crowds: 1_000,
  throttles: true,
  expires: true,
}

export interface ScimFixtureOptions extends Partial<ScimQuirks> {
  readonly config?: Readonly<Record<string, unknown>>
}

export async function openScimFixture({ config = {}, ...quirks }: ScimFixtureOptions = {}): Promise<Fixture> {
  const server = await openScimServer(quirks)
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: server.port } })
  const standard = {
    ...{ url: server.url, login: 'client_credentials', tokenUrl: server.tokenUrl },
    ...{ clientId: server.clientId, clientSecret: server.clientSecret, allowNetworks: ['127.0.0.1'] },
    ...config,
  }
  const onUser = /^\/scim\/v2\/Users\/[^/]+$/
  return {
    config: standard,
    proxied: {
      config: {
        ...standard,
        ...{ url: `http://127.0.0.1:${proxy.port}/scim/v2`, tokenUrl: `http://127.0.0.1:${proxy.port}/token` },
        ...{ connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      },
      proxy,
      requests: {
        create: isHttpRequest('POST', /^\/scim\/v2\/Users$/),
        modify: isHttpRequest(quirks.patch === false ? 'PUT' : 'PATCH', onUser),
        remove: isHttpRequest('DELETE', onUser),
      },
    },
    broken: brokenConfigs(server, standard),
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const userName = `${name}-${n}`
      const attributes = {
        ...{ userName: [userName], externalId: [`hr-${n}`], displayName: [name], 'name.familyName': [name] },
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department': ['R&D'],
      }
      return { attributes, correlate: { userName: [userName] } }
    },
    dump: async () => dump(server),
    async crowd(group, count) {
      const [id, found] = [...server.groups].find(([, { displayName }]) => displayName === group) ?? []
      if (id === undefined || found === undefined) throw new Error('there is no such group')
      const members = Array.from({ length: count }, (_, index) => ({ value: `crowd-${index}`, type: 'User' }))
      server.groups.set(id, {
        ...found,
        members: [...(found['members'] as unknown[]), ...members],
        version: `W/"${randomUUID()}"`,
      })
    },
    drift: async (account, attribute, values) => drift(server, account.nativeId, attribute, values),
    troubles: {
      throttle: server.throttle,
      expireSessions: async () => server.expireTokens(),
    },
    logsIn: async (account, password) => server.users.get(account.nativeId)?.['password'] === password,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function drift({ users }: TestScimServer, id: string, attribute: string, values: Values): void {
  const user = users.get(id)
  if (user === undefined) throw new Error('nobody to change')
  const [name = '', type] = attribute.split('.')
  const value = type === undefined ? values[0] : values.map((one) => ({ value: one, type }))
  users.set(id, JSON.parse(JSON.stringify({ ...user, [name]: value, version: `W/"${crypto.randomUUID()}"` })) as typeof user)
}

/** Users by their names, without ids and versions, with the names of their groups. */
function dump({ users, groups }: TestScimServer): string {
  const lines = [...users.values()].map(({ id, version: _version, schemas: _schemas, ...user }) => {
    const mine = [...groups.values()].filter(({ members }) => (members as { value: unknown }[]).some(({ value }) => value === id))
    const sorted = Object.entries(user).toSorted(([left], [right]) => (left < right ? -1 : 1))
    return JSON.stringify([sorted, mine.map(({ displayName }) => displayName)])
  })
  return lines.toSorted().join('\n')
}

function brokenConfigs(server: TestScimServer, standard: Record<string, unknown>): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { url: 'https://no-such-host.invalid/scim/v2' }),
    broken('this machine, which the target does not allow', 'name', { allowNetworks: [] }),
    broken('a port nobody listens on', 'tcp', { url: 'http://127.0.0.1:1/scim/v2' }),
    broken('TLS asked of a port in clear', 'tls', { url: server.url.replace('http:', 'https:') }),
    broken('a wrong client secret', 'login', { clientSecret: 'wrong-secret' }),
    broken('a wrong token', 'login', { login: 'bearer', token: 'wrong-secret' }),
    broken('a token without rights', 'rights', { login: 'bearer', token: server.powerless }),
  ]
}
