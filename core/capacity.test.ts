import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueConnections, requireRoom } from './capacity.ts'

test('a process that may need more connections than are left is refused with the number to set', () => {
  const refused = () => requireRoom({ most: 100, reserved: 3, taken: 60 }, 'worker', 40)

  assert.throws(refused, {
    code: 'config',
    message: /allows 100 connections .* 60 are taken: this worker may need 40/,
    hint: /max_connections = 103/,
  })
})

test('a process that fits to the last connection is not', () => {
  assert.doesNotThrow(() => requireRoom({ most: 100, reserved: 3, taken: 57 }, 'worker', 40))
})

test('each worker and each job in hand has a connection, and five are to spare', () => {
  assert.equal(queueConnections(5, 20), 30)
})
