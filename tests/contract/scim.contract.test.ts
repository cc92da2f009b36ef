/** SCIM against a server that keeps to the RFCs, and against one that has none of what they leave open. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import { scim } from '#connectors/scim/index.ts'
import { openScimServer } from '#tests/harness/scim-server.ts'
import { carryOut, changeFor, changeOf, desired } from './bench.ts'
import { openScimFixture, scimTraits } from './scim-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({ connector: scim, traits: scimTraits, open: () => openScimFixture() })

contractSuite({
  connector: scim,
  traits: scimTraits,
  title: 'scim without PATCH, ETags, schemas and groups of users',
  open: () =>
    openScimFixture({
      ...{ patch: false, etags: false, describes: false, groupsOnUsers: false },
      config: { discover: false, update: 'put', memberships: 'groups', activeAsText: true },
    }),
})

test('an attribute that the server’s schema leaves out, or keeps by itself, is as the settings say', async () => {
  await using server = await openScimServer()
  const badge = 'urn:acme:params:scim:2.0:User:badge'
  const settings = { url: server.url, token: server.token, allowNetworks: ['127.0.0.1'] }
  const attributes = [
    { path: badge, type: 'integer' },
    { path: 'title', readOnly: true },
  ]
  const config = v.parse(scim.config, { ...settings, attributes })
  await using connection = scim.connect(config, { target: 'app', log: pino({ level: 'silent' }) })
  await using driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
  const person = { attributes: { userName: ['ada'], [badge]: [7] }, correlate: { userName: ['ada'] } }

  const { after } = await carryOut(driver, changeFor(person, 'create'))
  assert.ok(after !== null)
  const changed = await carryOut(driver, changeOf(after, 'update', { attributes: desired({ [badge]: [8] }) }))
  const titled = carryOut(driver, changeOf(after, 'update', { attributes: desired({ title: ['Countess'] }) }))
  const named = new Map((await driver.discoverSchema()).attributes.map((attribute) => [attribute.name, attribute]))

  await assert.rejects(titled, { code: 'config', sent: 'no', at: 'title' })
  assert.deepEqual([after.attributes[badge], changed.after?.attributes[badge]], [[7], [8]])
  assert.deepEqual([named.get(badge)?.type, named.get('title')?.readOnly], ['number', true])
})

test('a server that shows versions and looks at none deletes nobody whom others changed', async () => {
  await using fixture = await openScimFixture({ etags: false, idleVersions: true })
  const log = pino({ level: 'silent' })
  await using connection = scim.connect(v.parse(scim.config, fixture.config), { target: 'app', log })
  await using driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
  const { after } = await carryOut(driver, changeFor(fixture.sample(1), 'create'))
  assert.ok(after !== null)

  await fixture.drift(after, 'title', ['Theirs'])

  assert.notEqual(after.version, undefined)
  await assert.rejects(driver.remove(after), { code: 'stale' })
  assert.notEqual(await driver.find({ nativeId: after.nativeId, correlate: {} }), null)
})
