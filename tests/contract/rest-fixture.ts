/** An API of people as the contract suite wants it, and the configuration that describes it. */
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import { openRestServer, type TestRestServer } from '#tests/harness/rest-server.ts'
import type { Fixture, Traits } from './fixture.ts'

export const restTraits: Traits = {
  login: 'login',
  text: 'displayName',
  empty: 'title',
  multivalued: 'mails',
  secret: 'password',
  mustChange: 'What is described has one call that sets a password, and it is the same for all.',
  disable: true,
  groups: true,
  proxied: true,
  crowds: 1_000,
  throttles: true,
  expires: true,
}

const values = {
  login: '{{attributes.login}}',
  displayName: '{{attributes.displayName}}',
  title: '{{attributes.title}}',
  mails: '{{attributes.mails[]}}',
}
const duplicate = { status: 400, at: '/error/code', equals: 'DUPLICATE', code: 'exists' }
const weak = { status: 400, at: '/error/code', equals: 'WEAK', code: 'policy' }

/** What an administrator would write for this API. */
export function describeApi({ url, key }: Pick<TestRestServer, 'url' | 'key'>) {
  const one = '/people/{{id}}'
  return {
    ...{ url, login: 'header', tokenHeader: 'X-Api-Key', token: key, allowNetworks: ['127.0.0.1'] },
    account: {
      ...{ id: '/number', label: 'login' },
      enabled: { at: '/state', whenEnabled: 'active', whenDisabled: 'locked' },
      attributes: {
        ...{ login: '/login', displayName: '/profile/displayName', title: '/profile/title', mails: '/profile/mails' },
      },
      memberships: { at: '/teams', name: '/team' },
    },
    operations: {
      lookup: { method: 'GET', path: '/people', query: { login: '{{correlate.login}}' }, result: '/items' },
      get: { method: 'GET', path: one, result: '/data' },
      list: { method: 'GET', path: '/people', query: { page: '{{page}}', size: '{{pageSize}}' }, result: '/items' },
      create: {
        ...{ method: 'POST', path: '/people', result: '/data', success: [201], errors: [duplicate, weak] },
        body: { ...values, password: '{{secret}}' },
      },
      update: { method: 'PATCH', path: one, body: values, partial: true, errors: [duplicate] },
      enable: { method: 'PUT', path: `${one}/state`, body: { state: 'active' } },
      disable: { method: 'PUT', path: `${one}/state`, body: { state: 'locked' } },
      delete: { method: 'DELETE', path: one },
      setPassword: { method: 'PUT', path: `${one}/password`, body: { password: '{{secret}}' }, errors: [weak] },
      addMembership: { method: 'PUT', path: `${one}/teams/{{group}}` },
      removeMembership: { method: 'DELETE', path: `${one}/teams/{{group}}` },
    },
    paging: { by: 'page', first: 0 },
  }
}

type Described = ReturnType<typeof describeApi>

/** @param without what of the description the API has not */
export async function openRestFixture(without: (described: Described) => object = (described) => described): Promise<Fixture> {
  const server = await openRestServer()
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: server.port } })
  const { tokenUrl, clientId, clientSecret } = server
  const standard = {
    ...without(describeApi(server)),
    url: server.url,
    login: 'client_credentials',
    tokenUrl,
    clientId,
    clientSecret,
  }
  return {
    config: standard,
    proxied: {
      config: {
        ...standard,
        ...{ url: `http://127.0.0.1:${proxy.port}`, tokenUrl: `http://127.0.0.1:${proxy.port}/token` },
        ...{ connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      },
      proxy,
      requests: {
        create: isHttpRequest('POST', /^\/people$/),
        modify: isHttpRequest('PATCH', /^\/people\/\d+$/),
        remove: isHttpRequest('DELETE', /^\/people\/\d+$/),
      },
    },
    broken: brokenConfigs(standard),
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const login = `${name}-${n}`
      return { attributes: { login: [login], displayName: [name] }, correlate: { login: [login] } }
    },
    async dump() {
      const lines = [...server.people.values()].map(({ number: _number, teams, profile, ...person }) =>
        JSON.stringify([
          person,
          Object.entries(profile).toSorted(([left], [right]) => left.localeCompare(right)),
          teams.map(({ team }) => team).toSorted(),
        ]),
      )
      return lines.toSorted().join('\n')
    },
    async crowd(team, count) {
      for (let number = 1_000_000; number < 1_000_000 + count; number++) {
        const member = { number, login: `crowd-${number}`, profile: {}, state: 'active', teams: [{ team }] }
        server.people.set(String(number), member)
      }
    },
    async drift({ nativeId }, attribute, written) {
      const person = server.people.get(nativeId)
      if (person === undefined) throw new Error('nobody to change')
      const { [attribute]: _replaced, ...profile } = person.profile
      const value = attribute === 'mails' ? written : written[0]
      server.people.set(nativeId, { ...person, profile: value === undefined ? profile : { ...profile, [attribute]: value } })
    },
    troubles: { throttle: server.throttle, expireSessions: async () => server.expireTokens() },
    logsIn: async ({ nativeId }, password) => server.people.get(nativeId)?.password === password,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function brokenConfigs(standard: Record<string, unknown> & { readonly url: string }): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { url: 'https://no-such-host.invalid' }),
    broken('this machine, which the target does not allow', 'name', { allowNetworks: [] }),
    broken('a port nobody listens on', 'tcp', { url: 'http://127.0.0.1:1' }),
    broken('TLS asked of a port in clear', 'tls', { url: standard.url.replace('http:', 'https:') }),
    broken('a wrong key', 'login', { login: 'header', token: 'wrong-secret' }),
    broken('a wrong client secret', 'login', { clientSecret: 'wrong-secret' }),
  ]
}
