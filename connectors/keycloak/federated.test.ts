/** Users of another directory, as Keycloak answers for them; the real one shows them only while that directory is there. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import { keycloak } from './index.ts'

test('a user of another directory is found, and changed only where the target says so', async () => {
  const writes: string[] = []
  const user = { id: 'u-1', username: 'ada', enabled: true, federationLink: 'headquarters' }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (request.method !== 'GET' && !path.endsWith('/token')) writes.push(`${request.method} ${path}`)
    const answer = path.endsWith('/token') ? { access_token: 't', expires_in: 60 } : path.endsWith('/u-1') ? user : []
    response.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const open = async (federatedUsers: boolean) => {
    const settings = { url, realm: 'r', clientId: 'c', clientSecret: 's', allowNetworks: ['127.0.0.1'], federatedUsers }
    const connection = keycloak.connect(v.parse(keycloak.config, settings), { target: 'sso', log: pino({ level: 'silent' }) })
    return connection.open({ signal: AbortSignal.timeout(10_000) })
  }
  const refusing = await open(false)
  const account = await refusing.find({ nativeId: 'u-1', correlate: {} })
  assert.ok(account !== null)
  const disable = { attributes: [], enabled: { before: true, after: false }, memberships: { add: [], remove: [] }, secrets: [] }

  await assert.rejects(refusing.modify(account, disable, {}), { code: 'denied', sent: 'no' })
  await assert.rejects(refusing.remove(account), { code: 'denied', sent: 'no' })
  assert.deepEqual(writes, [])
  await (await open(true)).modify(account, disable, {})

  assert.deepEqual(writes, ['PUT /admin/realms/r/users/u-1', 'POST /admin/realms/r/users/u-1/logout'])
  server.closeAllConnections()
  server.close()
})
