import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ensureServers, missingPackages } from './install-servers.mjs'

test('a missing server that cannot be installed stops the run with the command to type', () => {
  const stopped = () => ensureServers({ path: '/nowhere', isRoot: false })

  assert.throws(stopped, /sudo sh -c 'apt-get update && apt-get install --yes --no-install-recommends .*redis-server/)
})

test('a server is missing only when none of its programs is found', () => {
  const missing = missingPackages('/nowhere')

  assert.ok(missing.includes('redis-server'))
  assert.ok(!missingPackages().includes('redis-server'))
})
