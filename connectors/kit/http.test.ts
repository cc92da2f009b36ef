import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import { createLocalCache } from '#core/cache.ts'
import { createEgress, type Egress } from '#core/egress.ts'
import { isGatewayError } from '#core/errors.ts'
import { basic, bearer, clientCredentials, fixedHeaders, type Authorization } from './http-authorization.ts'
import { createHttpClient, path, retryAfter, type HttpCall, type HttpClientOptions } from './http.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

let handle: Handler
let url: string
let egress: Egress
const seen: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = []
const server = createServer((request, response) => {
  void text(request).then((body) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
    handle(request, response)
  })
})

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  egress = createEgress({ allow: ['127.0.0.1'], timeoutMs: 2_000 })
})
after(async () => {
  await egress[Symbol.asyncDispose]()
  server.close()
})
beforeEach(() => {
  seen.length = 0
  handle = (_request, response) => response.end('{"ok":true}')
})

const signal = AbortSignal.timeout(60_000)
const client = (more: Partial<HttpClientOptions> = {}) =>
  createHttpClient({ baseUrl: `${url}/api/`, egress, authorization: fixedHeaders(), ...more })
const call = (more: Partial<HttpCall> = {}): HttpCall => ({ doing: 'testing', method: 'GET', path: '/things', signal, ...more })
const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end(body)

async function failure(more: Partial<HttpCall> = {}, options: Partial<HttpClientOptions> = {}) {
  try {
    await client(options).call(call(more))
  } catch (error) {
    if (isGatewayError(error)) return error
    throw error
  }
  throw new Error('the call succeeded')
}

test('values stay in their places: one segment of the path, one parameter, one part of the body', async () => {
  await client().call(
    call({
      method: 'POST',
      path: path`/users/${'../admin?x=1#é/%2e'}/keys/${7}`,
      query: { filter: 'a&b=c +', none: undefined, count: 2 },
      json: { name: '"},{' },
    }),
  )
  await client().call(call({ method: 'PUT', form: { 'a&b': 'c=d' } }))

  assert.equal(seen[0]?.line, 'POST /api/users/..%2Fadmin%3Fx%3D1%23%C3%A9%2F%252e/keys/7?filter=a%26b%3Dc+%2B&count=2')
  assert.deepEqual([seen[0]?.body, seen[0]?.headers['content-type']], ['{"name":"\\"},{"}', 'application/json'])
  assert.deepEqual([seen[1]?.body, seen[1]?.headers['content-type']], ['a%26b=c%3Dd', 'application/x-www-form-urlencoded'])
  for (const value of ['..', '.', '', '\ud800']) assert.throws(() => path`/users/${value}`, { code: 'invalid', sent: 'no' })
})

test('every status has a meaning, and what a failed write may have done is not guessed', async () => {
  const expected: Record<number, [string, string]> = {
    301: ['config', 'config'],
    302: ['config', 'unknown_outcome'],
    303: ['config', 'unknown_outcome'],
    307: ['config', 'config'],
    400: ['invalid', 'invalid'],
    401: ['auth', 'auth'],
    403: ['denied', 'denied'],
    404: ['not_found', 'not_found'],
    405: ['unsupported', 'unsupported'],
    409: ['exists', 'exists'],
    410: ['not_found', 'not_found'],
    412: ['stale', 'stale'],
    418: ['invalid', 'invalid'],
    422: ['invalid', 'invalid'],
    429: ['throttled', 'throttled'],
    500: ['transient', 'unknown_outcome'],
    502: ['transient', 'unknown_outcome'],
    503: ['transient', 'transient'],
    504: ['transient', 'unknown_outcome'],
  }
  for (const [status, codes] of Object.entries(expected)) {
    handle = answering(Number(status), { Location: '/elsewhere' }, 'Jane Doe exists already')

    const read = await failure()
    const write = await failure({ method: 'POST' })

    assert.deepEqual([status, read.code, write.code], [status, ...codes])
    assert.deepEqual([write.vendorCode, write.sent], [`HTTP ${status}`, 'yes'])
    assert.doesNotMatch(write.message, /Jane/)
  }
})

test('a search by POST is a read', async () => {
  handle = answering(500)

  assert.equal((await failure({ method: 'POST', effect: 'read' })).code, 'transient')
})

test('a system that asks for patience says for how long: seconds, or until a date', async () => {
  handle = answering(429, { 'Retry-After': '7' })
  const busy = await failure()
  handle = answering(503, { 'Retry-After': '3' })
  const away = await failure()

  assert.deepEqual([busy.code, busy.retryAfterMs, away.code, away.retryAfterMs], ['throttled', 7_000, 'throttled', 3_000])
  assert.equal(retryAfter('Fri, 27 Nov 2026 12:00:30 GMT', Date.UTC(2026, 10, 27, 12, 0, 0)), 30_000)
  assert.deepEqual([retryAfter('soon'), retryAfter(undefined), retryAfter('Fri, 27 Nov 2020 12:00:30 GMT')], [null, null, 0])
})

test('a creation whose answer was cut is a creation; a read whose answer was cut is none', async () => {
  handle = (_request, response) => {
    response.writeHead(201, { 'Content-Length': '99' }).write('{"id"')
    setTimeout(() => response.destroy(), 10)
  }

  const { status, json } = await client().call(call({ method: 'POST', json: {} }))

  assert.deepEqual([status, json], [201, undefined])
  assert.equal((await failure()).code, 'transient')
})

test('a page for people instead of an answer is told as such', async () => {
  handle = answering(200, {}, '<html>Log in</html>')

  assert.equal((await failure()).code, 'config')
})

test('what a vendor means comes before what the status says, and some statuses are answers', async () => {
  handle = answering(400, {}, '{"error":"DUPLICATE"}')
  const meaningOf: HttpClientOptions['meaningOf'] = ({ json }) =>
    (json as { error?: string }).error === 'DUPLICATE'
      ? { code: 'exists', text: 'there is one already', vendorCode: 'DUPLICATE' }
      : null

  const error = await failure({}, { meaningOf })
  const { status } = await client().call(call({ also: [400] }))

  assert.deepEqual([error.code, error.vendorCode, status], ['exists', 'HTTP 400 DUPLICATE', 400])
})

test('credentials go with every call, and stay out of errors', async () => {
  const sent = async (authorization: Authorization) => {
    await client({ authorization }).call(call())
    return seen.at(-1)?.headers['authorization']
  }

  assert.equal(await sent(basic('gaë', 'pä:ss')), `Basic ${Buffer.from('gaë:pä:ss').toString('base64')}`)
  assert.equal(await sent(bearer('t0k3n')), 'Bearer t0k3n')
  handle = answering(401)
  const error = await failure({}, { authorization: bearer('t0k3n') })
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /t0k3n/)
})

/** An issuer whose tokens are `token-1`, `token-2` …, and an API that accepts those that are in force. */
function issuer(expiresIn = 60) {
  const state = { issued: 0, accepted: new Set<string>(), secret: 'client-secret' }
  handle = (request, response) => {
    const authorization = request.headers.authorization ?? ''
    if (request.url === '/token') {
      const [, secret] = Buffer.from(authorization.slice(6), 'base64').toString().split(':')
      if (secret !== encodeURIComponent(state.secret)) return response.writeHead(401).end('{"error":"invalid_client"}')
      const token = `token-${++state.issued}`
      state.accepted.add(token)
      return response.end(JSON.stringify({ access_token: token, expires_in: expiresIn }))
    }
    return response.writeHead(state.accepted.has(authorization.slice(7)) ? 200 : 401).end('{}')
  }
  const cache = createLocalCache().forTarget('t', 1)
  const authorization = (clientSecret = state.secret) =>
    clientCredentials({ egress, cache, tokenUrl: `${url}/token`, clientId: 'gate way', clientSecret })
  return { state, authorization }
}

test('an access token is asked for once and used for as long as it holds', async () => {
  const { state, authorization } = issuer()
  const api = client({ authorization: authorization() })

  await Promise.all([api.call(call()), api.call(call())])
  await client({ authorization: authorization() }).call(call())

  assert.equal(state.issued, 1)
})

test('an access token that is refused is renewed once, for a write too, and then it is the credentials that are refused', async () => {
  const { state, authorization } = issuer()
  const api = client({ authorization: authorization() })
  await api.call(call())

  state.accepted.clear()
  const { status } = await api.call(call({ method: 'POST', json: {} }))

  assert.deepEqual([status, state.issued], [200, 2])
  const accepted = state.accepted
  state.accepted = new Set()
  state.accepted.add = () => accepted
  const error = await failure({}, { authorization: authorization() })
  assert.deepEqual([error.code, state.issued], ['auth', 3])
})

test('one renewal serves all whose token was refused', async () => {
  const { state, authorization } = issuer()
  const api = client({ authorization: authorization() })
  await api.call(call())

  state.accepted.clear()
  await Promise.all(Array.from({ length: 5 }, () => api.call(call())))

  assert.equal(state.issued, 2)
})

test('a wrong client secret is told as credentials, and never shown', async () => {
  const { authorization } = issuer()

  const error = await failure({}, { authorization: authorization('wr0ng') })

  assert.deepEqual([error.code, error.sent], ['auth', 'no'])
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /wr0ng/)
})

test('an issuer that has had enough says for how long, and one that is away is tried again', async () => {
  const { authorization } = issuer()
  const answers: [number, Record<string, string>][] = [
    [429, { 'Retry-After': '7' }],
    [429, {}],
    [503, { 'Retry-After': '3' }],
    [503, {}],
    [500, {}],
  ]
  const seen = []
  for (const [status, headers] of answers) {
    handle = (_, response) => response.writeHead(status, headers).end('{}')
    const { code, sent, retryAfterMs } = await failure({}, { authorization: authorization() })
    seen.push([code, sent, retryAfterMs])
  }

  assert.deepEqual(seen, [
    ['throttled', 'no', 7_000],
    ['throttled', 'no', undefined],
    ['throttled', 'no', 3_000],
    ['transient', 'no', undefined],
    ['transient', 'no', undefined],
  ])
})
