import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResultCodeError } from 'ldapts'
import type { Attempt } from '#connectors/kit/ldap/network-error.ts'
import { toGatewayError } from './errors.ts'

class Answer extends ResultCodeError {
  constructor(code: number, message = '') {
    super(code, message)
  }
}

const write: Attempt = { doing: 'changing the entry', kind: 'write' }
const bind: Attempt = { doing: 'logging in', kind: 'bind' }
const password: Attempt = { doing: 'setting the password', kind: 'password' }

test('every result code that directories send has its meaning', () => {
  const codes: Record<string, number[]> = {
    transient: [3, 11, 51, 52],
    exists: [68],
    not_found: [32],
    invalid: [17, 18, 19, 21, 34, 64, 65, 66, 67, 69, 71],
    already: [16, 20],
    denied: [8, 50, 53],
    config: [4, 7, 10, 13, 48],
    unsupported: [2, 12],
    stale: [122],
    internal: [1, 80, 4_096],
  }

  for (const [code, numbers] of Object.entries(codes))
    for (const number of numbers) {
      const error = toGatewayError(new Answer(number), write)
      assert.deepEqual([error.code, error.sent, error.vendorCode], [code, 'yes', `LDAP ${number}`])
    }
})

test('a refused login is auth, whether the server says 49 or 53', () => {
  assert.equal(toGatewayError(new Answer(49), bind).code, 'auth')
  assert.equal(toGatewayError(new Answer(53), bind).code, 'auth')
  assert.equal(toGatewayError(new Answer(49), bind).sent, 'no')
})

test('a value that is not unique is exists; a password against the policy is policy, with the reason', () => {
  assert.equal(toGatewayError(new Answer(19, 'non-unique attributes found with (|(mail=a@b))'), write).code, 'exists')
  assert.equal(toGatewayError(new Answer(19), password).code, 'policy')
  assert.match(toGatewayError(new Answer(19), { ...password, policyError: 8 }).message, /used before/)
})

test("of the server's text only names of attributes and classes pass", () => {
  const naming = toGatewayError(new Answer(65, "object class 'inetOrgPerson' requires attribute 'sn'"), write)
  const quoting = toGatewayError(new Answer(19, 'non-unique attributes found with (|(mail=ada@example.org))'), write)

  assert.match(naming.message, /requires attribute 'sn'/)
  assert.doesNotMatch(quoting.message, /ada/)
  assert.equal(quoting.cause, undefined)
})

test('an answer that never came leaves a write unknown and a read harmless', () => {
  const lost = [
    'ModifyRequest: Operation timed out',
    'Connection closed before message response was received. Message type: ModifyRequest (0x66)',
    'Socket error. Message type: AddRequest (0x68)\nread ECONNRESET',
  ]

  for (const message of lost) {
    const unknown = toGatewayError(new Error(message), write)
    assert.deepEqual([unknown.code, unknown.sent], ['unknown_outcome', 'maybe'])
    const read = toGatewayError(new Error(message), { ...write, kind: 'read' })
    assert.deepEqual([read.code, read.sent], ['transient', 'no'])
  }
})

test('what was never sent is known to be so', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })

  assert.deepEqual(
    [toGatewayError(refused, { doing: 'connecting', kind: 'connect' }).code, toGatewayError(refused, write).code],
    ['transient', 'unknown_outcome'],
  )
  assert.equal(toGatewayError(untrusted, { doing: 'connecting', kind: 'connect' }).code, 'config')
  assert.equal(toGatewayError(new Error('Socket connection not established'), write).sent, 'no')
})
