/** The system as the contract suite wants it: a server, a way to look at it, and a way to change it behind the gateway's back. */
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isHttpRequest } from '#tests/harness/http-requests.ts'
import { openRestServer } from '#tests/harness/rest-server.ts'
import type { Fixture, Traits } from './fixture.ts'

export const sampleTraits: Traits = {
  login: 'login',
  text: 'displayName',
  empty: 'title',
  multivalued: 'mails',
  secret: 'password',
  mustChange: 'The system has no such mark.',
  disable: true,
  groups: true,
  proxied: true,
  throttles: true,
  // What the tests cannot do has its reason in a sentence.
  expires: 'Its key goes with every call: one that is no longer accepted is renewed by nobody but a person.',
}

export async function openSampleFixture(): Promise<Fixture> {
  const server = await openRestServer()
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: server.port } })
  const standard = { url: server.url, key: server.key, allowNetworks: ['127.0.0.1'] }
  return {
    config: standard,
    proxied: {
      config: { ...standard, url: `http://127.0.0.1:${proxy.port}`, connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      proxy,
      requests: {
        create: isHttpRequest('POST', /^\/people$/),
        modify: isHttpRequest('PATCH', /^\/people\/\d+$/),
        remove: isHttpRequest('DELETE', /^\/people\/\d+$/),
      },
    },
    broken: [
      { title: 'an unknown host', check: 'name', config: { ...standard, url: 'https://no-such-host.invalid' } },
      { title: 'a port nobody listens on', check: 'tcp', config: { ...standard, url: 'http://127.0.0.1:1' } },
      {
        title: 'TLS asked of a port in clear',
        check: 'tls',
        config: { ...standard, url: server.url.replace('http:', 'https:') },
      },
      { title: 'a wrong key', check: 'login', config: { ...standard, key: 'wrong-secret' } },
    ],
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const login = `${name}-${n}`
      return { attributes: { login: [login], displayName: [name] }, correlate: { login: [login] } }
    },
    async dump() {
      const lines = [...server.people.values()].map(({ number: _number, teams, profile, ...person }) => {
        const filled = Object.entries(profile).toSorted(([left], [right]) => left.localeCompare(right))
        return JSON.stringify([person, filled, teams.map(({ team }) => team).toSorted()])
      })
      return lines.toSorted().join('\n')
    },
    troubles: { throttle: server.throttle },
    async drift({ nativeId }, attribute, written) {
      const person = server.people.get(nativeId)
      if (person === undefined) throw new Error('nobody to change')
      const { [attribute]: _replaced, ...profile } = person.profile
      const value = attribute === 'mails' ? written : written[0]
      server.people.set(nativeId, { ...person, profile: value === undefined ? profile : { ...profile, [attribute]: value } })
    },
    logsIn: async ({ nativeId }, password) => server.people.get(nativeId)?.password === password,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
