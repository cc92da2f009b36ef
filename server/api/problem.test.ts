import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { pino } from 'pino'
import { GatewayError, type ErrorCode } from '#core/errors.ts'
import { toLoggedError } from '#core/log.ts'
import { createErrorHandler, statusOf, toProblemDetails } from './problem.ts'
import type { ProblemDetails } from './types.ts'

/** An app that throws, with what it logged. */
function throwing(error: Error) {
  const lines: string[] = []
  const sink = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const app = new Hono().all('/', () => {
    throw error
  })
  app.onError(createErrorHandler(pino({ serializers: { err: toLoggedError } }, sink)))
  return { app, lines }
}

async function answerTo(error: Error) {
  const { app, lines } = throwing(error)
  const response = await app.request('/')
  return { response, body: (await response.json()) as ProblemDetails, lines }
}

test('each code has its status, and one that nobody expects outside is a 500', () => {
  const codes: Partial<Record<ErrorCode, number>> = {
    bad_request: 400,
    unauthenticated: 401,
    forbidden: 403,
    missing: 404,
    conflict: 409,
    too_large: 413,
    unsupported_media_type: 415,
    idempotency_mismatch: 422,
    rule_failed: 422,
    not_understood: 422,
    throttled: 429,
    unavailable: 503,
    internal: 500,
    config: 500,
  }

  for (const [code, status] of Object.entries(codes))
    assert.equal(toProblemDetails(new GatewayError(code as ErrorCode, 'x')).status, status, code)
})

test('a request that a target refused is a conflict when the account exists, else unprocessable', () => {
  assert.deepEqual([statusOf('exists'), statusOf('invalid'), statusOf('transient')], [409, 422, 422])
})

test('an error of ours keeps its words, its place and its hint', async () => {
  const { response, body } = await answerTo(
    new GatewayError('unprocessable', '/kind is missing', { at: '/kind', hint: 'send "create"' }),
  )

  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.deepEqual(body, {
    type: 'urn:passerelle:problem:unprocessable',
    title: 'The request has errors',
    status: 422,
    detail: '/kind is missing',
    code: 'unprocessable',
    hint: 'send "create"',
    errors: [{ pointer: '/kind', message: '/kind is missing' }],
  })
})

test('who is not known is told how to show it', async () => {
  const { response } = await answerTo(new GatewayError('unauthenticated', 'who are you?'))

  assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer realm="passerelle", Basic realm="passerelle"/)
})

test('any other error is a plain 500: what it says is neither answered nor logged', async () => {
  const { response, body, lines } = await answerTo(new TypeError('cannot read canary-7431'))

  assert.deepEqual([response.status, body.code], [500, 'internal'])
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /"kind":"TypeError"/)
  assert.doesNotMatch(JSON.stringify(body) + lines.join(''), /canary/)
})

test('an error of ours is nothing to log', async () => {
  assert.deepEqual((await answerTo(new GatewayError('missing', 'no such request'))).lines, [])
})

test('an error of the framework keeps its meaning', async () => {
  const [missing, malformed, broken] = await Promise.all(
    [404, 400, 503].map((status) => answerTo(new HTTPException(status as 404))),
  )

  assert.deepEqual([missing?.body.code, malformed?.body.code, broken?.body.code], ['missing', 'bad_request', 'internal'])
})

test('a refused body is read to its end; one that does not end soon costs its connection', async () => {
  const { app } = throwing(new GatewayError('too_large', 'too large'))
  const send = (bytes: number) => app.request('/', { method: 'POST', body: 'x'.repeat(bytes) })

  const [small, large] = [await send(1_000_000), await send(5_000_000)]

  assert.deepEqual([small.headers.get('connection'), large.headers.get('connection')], [null, 'close'])
})
