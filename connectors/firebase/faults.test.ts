/** What Google answers on bad days, which an emulator never does; and the login of a service account. */
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import * as v from 'valibot'
import { createEgress } from '#core/egress.ts'
import { createLocalCache } from '#core/cache.ts'
import { testConnection } from '#connectors/kit/probe.ts'
import { credentialOf } from './credential.ts'
import { firebase } from './index.ts'

type Answer = (response: ServerResponse, path: string, body: string, authorization: string) => void

async function openServer(answer: Answer) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    calls.push(`${request.method} ${path.split('/').at(-1)}`)
    void text(request).then((body) => answer(response, path, body, String(request.headers.authorization)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ url, calls },
    async driver(settings: Record<string, unknown> = {}) {
      const config = { projectId: 'demo-bad-days', emulator: url, allowNetworks: ['127.0.0.1'], timeoutMs: 1_000, ...settings }
      const context = { target: 'app', log: pino({ level: 'silent' }) }
      return firebase.connect(v.parse(firebase.config, config), context).open({ signal: AbortSignal.timeout(10_000) })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const failing = (status: number, message: string, headers: Record<string, string> = {}): Answer =>
  function fail(response) {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify({ error: { message } }))
  }
const draft = { attributes: { email: ['ada@example.org'] }, memberships: [], enabled: true, secrets: {} }
const anybody = { nativeId: 'u-1', correlate: {} }

const days: readonly [string, Answer, object, object][] = [
  [
    'a failure of the server',
    failing(500, 'INTERNAL'),
    { code: 'unknown_outcome', sent: 'maybe' },
    { code: 'transient', vendorCode: 'HTTP 500 INTERNAL' },
  ],
  [
    'a server that is not available',
    failing(503, 'UNAVAILABLE', { 'Retry-After': '30' }),
    { code: 'throttled', retryAfterMs: 30_000 },
    { code: 'throttled', retryAfterMs: 30_000 },
  ],
  [
    'a quota that is used up',
    failing(429, 'RESOURCE_EXHAUSTED : ada@example.org', { 'Retry-After': '7' }),
    { code: 'throttled', retryAfterMs: 7_000, vendorCode: 'HTTP 429 RESOURCE_EXHAUSTED' },
    { code: 'throttled', retryAfterMs: 7_000 },
  ],
  ['a right that is missing', failing(403, 'PERMISSION_DENIED'), { code: 'denied' }, { code: 'denied' }],
  ['credentials that are refused', failing(401, 'UNAUTHENTICATED'), { code: 'auth' }, { code: 'auth' }],
  ['a project that is not there', failing(400, 'CONFIGURATION_NOT_FOUND'), { code: 'config' }, { code: 'config' }],
  [
    'a connection that is cut instead of an answer',
    (response) => response.destroy(),
    { code: 'unknown_outcome', sent: 'maybe' },
    { code: 'transient', sent: 'no' },
  ],
  [
    'an answer that is cut',
    (response) => response.writeHead(200, { 'Content-Length': '500' }).end('{', () => response.destroy()),
    { code: 'unknown_outcome', sent: 'yes' },
    { code: 'transient', sent: 'no' },
  ],
  ['silence', () => undefined, { code: 'unknown_outcome', sent: 'maybe' }, { code: 'transient', sent: 'no' }],
]

for (const [title, answer, whenWritten, whenRead] of days)
  test(`${title}: what is known of the effect is told at once, and nothing is written twice`, async () => {
    await using server = await openServer(answer)
    await using driver = await server.driver()
    const started = performance.now()

    await assert.rejects(driver.create(draft), whenWritten)
    await assert.rejects(driver.find(anybody), whenRead)

    assert.ok(performance.now() - started < 5_000)
    assert.deepEqual(server.calls, ['POST accounts', 'POST accounts:lookup'])
  })

for (const status of [401, 404, 429, 500, 503])
  test(`a change that was made and cannot be read back (${status}) is not taken for one that was refused`, async () => {
    await using server = await openServer((response, path) => {
      if (path.endsWith('/accounts')) response.end(JSON.stringify({ localId: 'u-1' }))
      else failing(status, 'USER_NOT_FOUND')(response, path, '', '')
    })
    await using driver = await server.driver()

    await assert.rejects(driver.create(draft), { code: 'unknown_outcome' })

    assert.deepEqual(server.calls, ['POST accounts', 'POST accounts:lookup'])
  })

test('messages of Firebase, which quote values, do not pass', async () => {
  await using server = await openServer(failing(400, 'WEAK_PASSWORD : s3cret of ada@example.org'))
  await using driver = await server.driver()

  await assert.rejects(driver.create({ ...draft, secrets: { password: 's3cret' } }), (error: Error) => {
    assert.doesNotMatch(JSON.stringify([error.message, error]), /s3cret|ada@/)
    return true
  })
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

function serviceAccount(url: string) {
  return JSON.stringify({
    ...{ type: 'service_account', client_email: 'gateway@demo.iam.gserviceaccount.com', private_key_id: 'k1' },
    ...{ private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), token_uri: `${url}/token` },
  })
}

test('a service account is let in by an assertion that its key signed, once for as long as the token holds', async () => {
  let assertion = ''
  await using server = await openServer((response, _path, body) => {
    assertion = new URLSearchParams(body).get('assertion') ?? ''
    response.end(JSON.stringify({ access_token: 'token-1', expires_in: 3_599 }))
  })
  await using egress = createEgress({ allow: ['127.0.0.1'] })
  const cache = createLocalCache().forTarget('app', 0)
  const authorization = credentialOf({ config: { serviceAccount: serviceAccount(server.url) }, egress, cache })
  const signal = AbortSignal.timeout(5_000)

  const both = await Promise.all([authorization.headers(signal), authorization.headers(signal)])

  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
  assert.deepEqual(both, [{ token: 'token-1' }, { token: 'token-1' }])
  assert.equal(server.calls.length, 1)
  assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
  assert.deepEqual([claims['iss'], claims['aud']], ['gateway@demo.iam.gserviceaccount.com', `${server.url}/token`])
})

/** Gives out tokens, and answers every call with one user for whoever shows one that it did not take back. */
async function openGuarded(seconds: number) {
  const [asked, takenBack] = [[] as string[], new Set<string>()]
  let tokens = 0
  const server = await openServer((response, path, _body, authorization) => {
    if (path === '/token') return response.end(JSON.stringify({ access_token: `token-${++tokens}`, expires_in: seconds }))
    asked.push(authorization)
    if (takenBack.has(authorization)) return failing(401, 'UNAUTHENTICATED')(response, path, '', '')
    return response.end(JSON.stringify({ localId: 'u-1', users: [{ localId: 'u-1', email: 'ada@example.org' }] }))
  })
  return { ...server, asked, takeBack: (token: string) => takenBack.add(`Bearer ${token}`) }
}

test('a token that is no longer accepted is renewed once, for what reads and for what writes', async () => {
  await using server = await openGuarded(3_599)
  await using driver = await server.driver({ serviceAccount: serviceAccount(server.url) })

  server.takeBack('token-1')
  const found = await driver.find(anybody)
  server.takeBack('token-2')
  const made = await driver.create({ ...draft, attributes: { ...draft.attributes, uid: ['u-1'] } })

  assert.deepEqual([found?.nativeId, made.nativeId], ['u-1', 'u-1'])
  assert.deepEqual(
    server.asked,
    ['token-1', 'token-2', 'token-2', 'token-3', 'token-3'].map((token) => `Bearer ${token}`),
  )
})

test('a token is asked for anew a minute before it ends, before anybody refuses it', async () => {
  await using server = await openGuarded(60.2)
  await using driver = await server.driver({ serviceAccount: serviceAccount(server.url) })

  await driver.find(anybody)
  await sleep(300)
  await driver.find(anybody)

  assert.deepEqual(server.asked, ['Bearer token-1', 'Bearer token-2'])
})

test('a token that is refused as often as it is renewed ends the job as a login that fails', async () => {
  await using server = await openGuarded(3_599)
  await using driver = await server.driver({ serviceAccount: serviceAccount(server.url) })
  for (const token of ['token-1', 'token-2']) server.takeBack(token)

  await assert.rejects(driver.find(anybody), { code: 'auth' })

  assert.deepEqual(server.asked, ['Bearer token-1', 'Bearer token-2'])
})

test('a key that was taken back is told as such', async () => {
  await using server = await openServer((response) => response.writeHead(400).end('{"error":"invalid_grant"}'))
  await using egress = createEgress({ allow: ['127.0.0.1'] })
  const cache = createLocalCache().forTarget('app', 0)
  const authorization = credentialOf({ config: { serviceAccount: serviceAccount(server.url) }, egress, cache })

  const refused = { code: 'auth', sent: 'no', vendorCode: 'HTTP 400 invalid_grant' }
  await assert.rejects(authorization.headers(AbortSignal.timeout(5_000)), refused)
})

test('a connection test says which step fails', async () => {
  await using server = await openServer(failing(403, 'PERMISSION_DENIED'))
  const config = { projectId: 'demo-bad-days', emulator: server.url, allowNetworks: ['127.0.0.1'] }
  const context = { target: 'app', log: pino({ level: 'silent' }) }
  await using connection = firebase.connect(v.parse(firebase.config, config), context)

  const report = await testConnection(connection, AbortSignal.timeout(5_000))

  assert.deepEqual(
    report.checks.map(({ check, ok }) => [check, ok]),
    [...['name', 'tcp', 'login'].map((check) => [check, true]), ['rights', false]],
  )
})

test('settings that cannot work are refused with what to do', () => {
  const messages = (settings: object) =>
    v.safeParse(firebase.config, { projectId: 'demo-app', ...settings }).issues?.map(({ message }) => message) ?? []

  assert.match(messages({})[0] ?? '', /service account/)
  assert.match(messages({ serviceAccount: '{}' })[0] ?? '', /JSON file/)
  assert.match(messages({ emulator: 'http://127.0.0.1:9099', claims: ['iss'] })[0] ?? '', /for itself/)
  assert.match(messages({ emulator: 'http://127.0.0.1:9099', claims: ['a'], groupsClaim: 'a' })[0] ?? '', /one place/)
  assert.match(messages({ emulator: 'http://10.0.0.5:9099' })[0] ?? '', /https/)
})
