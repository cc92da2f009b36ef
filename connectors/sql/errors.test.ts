import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breaksConnection, ConnectionLost, isTlsError, toGatewayError } from './errors.ts'

const expected: readonly (readonly [object, string])[] = [
  [{ code: '23505' }, 'exists'],
  [{ code: 'ER_WHATEVER', errno: 1062 }, 'exists'],
  [{ code: '23503' }, 'invalid'],
  [{ code: '22001' }, 'invalid'],
  [{ errno: 1406 }, 'invalid'],
  [{ errno: 1452 }, 'invalid'],
  [{ errno: 4025 }, 'invalid'],
  [{ errno: 4027 }, 'invalid'],
  [{ errno: 3523 }, 'not_found'],
  [{ errno: 3530 }, 'not_found'],
  [{ code: '28P01' }, 'auth'],
  [{ errno: 1045 }, 'auth'],
  [{ code: '42501' }, 'denied'],
  [{ errno: 1142 }, 'denied'],
  [{ code: '42P01' }, 'config'],
  [{ errno: 1146 }, 'config'],
  [{ code: '40001' }, 'transient'],
  [{ code: '40P01' }, 'transient'],
  [{ errno: 1213 }, 'transient'],
  [{ code: '53300' }, 'transient'],
  [{ code: '57014' }, 'unknown_outcome'],
  [{ errno: 1969 }, 'unknown_outcome'],
  [{ errno: 3024 }, 'unknown_outcome'],
  [{ errno: 4031 }, 'unknown_outcome'],
  [{ code: '57P01' }, 'unknown_outcome'],
  [{ code: 'ECONNRESET', errno: -104 }, 'unknown_outcome'],
  [{ code: 'PROTOCOL_CONNECTION_LOST', fatal: true }, 'unknown_outcome'],
  [new ConnectionLost('deadline'), 'unknown_outcome'],
  [new Error('Connection terminated unexpectedly'), 'unknown_outcome'],
  [{ code: 'P0001' }, 'policy'],
  [{ errno: 3628 }, 'policy'],
  [{ errno: 3638 }, 'policy'],
  [new Error('something else'), 'internal'],
]

test('the statement that makes a change last turns each vendor error into one of our codes', () => {
  const codes = expected.map(([error]) => toGatewayError(error, 'commit', 'crm').code)

  assert.deepEqual(
    codes,
    expected.map(([, code]) => code),
  )
})

test('a connection that is lost before the commit leaves nothing behind, so the change may be tried again', () => {
  for (const phase of ['connect', 'read', 'write'] as const) {
    const error = toGatewayError({ code: 'ECONNRESET', errno: -104 }, phase, 'crm')

    assert.deepEqual([error.code, error.sent], ['transient', 'no'])
  }
})

test('a lost commit is unknown and may have been done', () => {
  const error = toGatewayError(new ConnectionLost('closed'), 'commit', 'crm')

  assert.deepEqual([error.code, error.sent], ['unknown_outcome', 'maybe'])
})

test('a refused connection was never sent', () => {
  const error = toGatewayError({ code: 'ECONNREFUSED', errno: -111 }, 'connect', 'crm')

  assert.deepEqual([error.code, error.sent, error.vendorCode], ['transient', 'no', 'ECONNREFUSED'])
})

test('nothing of a row travels with an error, only the name of the constraint', () => {
  const secret = 'zoe@example.org'
  const vendorError = Object.assign(new Error(`duplicate key ${secret}`), {
    code: '23505',
    detail: `Key (email)=(${secret}) already exists.`,
    constraint: 'person_email_key',
  })

  const error = toGatewayError(vendorError, 'write', 'crm')

  assert.match(error.message, /person_email_key/)
  assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`, /zoe@example/)
})

test('the name of a key in a MySQL message is kept, the value before it is not, whatever the value says', () => {
  const named = toGatewayError({ errno: 1062, message: `Duplicate entry 'zoe' for key 'login'' for key 'email'` }, 'write', 'crm')

  assert.match(named.message, /\(key email\)$/)
  assert.doesNotMatch(named.message, /zoe|login/)
})

test('a connection is kept after an error of the statement and dropped after an error of the session', () => {
  const keeps = [{ code: '23505' }, { errno: 1062 }, { code: '57014' }, { errno: 1205 }]
  const breaks = [{ code: '57P01' }, { code: '25P03' }, { code: 'ECONNRESET', errno: -104 }, { errno: 1053 }, new Error('closed')]

  assert.deepEqual(keeps.map(breaksConnection), [false, false, false, false])
  assert.deepEqual(breaks.map(breaksConnection), [true, true, true, true, true])
})

test('an untrusted certificate is told apart from a refused login', () => {
  assert.equal(isTlsError({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), true)
  assert.equal(isTlsError({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), true)
  assert.equal(isTlsError(new Error('The server does not support SSL connections')), true)
  assert.equal(isTlsError({ code: '28P01' }), false)
})
