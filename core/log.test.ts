import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from './errors.ts'
import { toLoggedError } from './log.ts'

const canary = 'canary-7431'

function vendorError(): Error {
  return Object.assign(new Error(`Key (mail)=(${canary}) already exists`), {
    code: '23505',
    detail: canary,
    parameters: [canary],
    query: canary,
  })
}

test('of a foreign error only class, code and places in the code are logged', () => {
  const logged = toLoggedError(vendorError())

  assert.deepEqual([logged['kind'], logged['code']], ['Error', '23505'])
  assert.ok(Array.isArray(logged['frames']) && logged['frames'].length > 0)
  assert.equal(JSON.stringify(logged).includes(canary), false)
})

test('an error of ours is logged with its words, its cause without', () => {
  const logged = toLoggedError(
    new GatewayError('exists', 'directory: it exists', { cause: vendorError(), hint: 'rename it', vendorCode: 'SQLSTATE 23505' }),
  )

  assert.deepEqual(
    [logged['code'], logged['message'], logged['hint'], logged['vendorCode']],
    ['exists', 'directory: it exists', 'rename it', 'SQLSTATE 23505'],
  )
  assert.equal(JSON.stringify(logged).includes(canary), false)
})

test('a message of several lines does not pass for a place in the code', () => {
  const error = new Error(`first\n    at ${canary} (file.ts:1:1)`)

  assert.equal(JSON.stringify(toLoggedError(error)).includes(canary), false)
})

test('what is thrown and is no error is logged by its type', () => {
  assert.deepEqual([toLoggedError(canary), toLoggedError(null)], [{ kind: 'string' }, { kind: 'object' }])
})
