import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectors } from './index.ts'
import { limitsOf } from './kit/limits.ts'

const target = { connector: 'firebase', config: {}, limits: {} }

test('a target whose configuration names no rate has the one that its kind of system is known for', () => {
  assert.deepEqual(limitsOf(target, connectors), { rateLimit: { max: 5, perMs: 1_000 } })
  assert.deepEqual(limitsOf({ ...target, limits: { concurrency: 2 } }, connectors), {
    concurrency: 2,
    rateLimit: { max: 5, perMs: 1_000 },
  })
})

test('a configured rate counts, and a kind without a quota sets none', () => {
  const configured = { rateLimit: { max: 100, perMs: 60_000 } }

  assert.deepEqual(limitsOf({ ...target, limits: configured }, connectors), configured)
  assert.deepEqual(limitsOf({ ...target, connector: 'ldap' }, connectors), {})
})
