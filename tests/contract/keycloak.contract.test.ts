/** Keycloak against the real one, which is opened once for all of this. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import { compensate, perform } from '#connectors/kit/session.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { keycloak } from '#connectors/keycloak/index.ts'
import { makeRealm, openKeycloak, type Keycloak, type TestRealm } from '#tests/harness/keycloak.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'
import { keycloakTraits, openKeycloakFixture } from './keycloak-fixture.ts'
import { contractSuite } from './suite.ts'

let server: Keycloak
before(async () => {
  server = await openKeycloak()
})
after(() => server[Symbol.asyncDispose]())

contractSuite({
  connector: keycloak,
  traits: keycloakTraits,
  timeoutMs: 600_000,
  open: () => openKeycloakFixture(server),
})

describe('what is particular to Keycloak', () => {
  let realm: TestRealm
  let connection: Connection
  let driver: Driver
  let count = 0
  before(async () => {
    realm = await makeRealm(server)
    const { name, clientId, clientSecret } = realm
    const config = { url: server.url, realm: name, clientId, clientSecret, roles: true, allowNetworks: ['127.0.0.1'] }
    connection = keycloak.connect(v.parse(keycloak.config, config), { target: 'sso', log: pino({ level: 'silent' }) })
    driver = await connection.open({ signal: AbortSignal.timeout(120_000) })
  })
  after(async () => {
    await connection[Symbol.asyncDispose]()
    await server.admin('DELETE', `/realms/${realm.name}`)
  })
  const person = () => {
    const username = [`ada-${++count}`]
    return { attributes: { username }, correlate: { username } }
  }

  test('roles are memberships, given and taken like groups, and put back', async () => {
    const memberships = { add: ['role:auditor', 'role:account/view-profile', 'staff'], remove: [] }
    const account = await created(driver, person(), { memberships })

    const receipt = await carryOut(
      driver,
      changeOf(account, 'membership', { memberships: { add: [], remove: ['role:auditor'] } }),
    )
    const undone = await compensate(driver, receipt)

    assert.deepEqual(account.memberships, ['/staff', 'role:account/view-profile', 'role:auditor'])
    assert.deepEqual(receipt.after?.memberships, ['/staff', 'role:account/view-profile'])
    assert.equal(undone.outcome, 'undone')
    assert.deepEqual((await driver.find({ nativeId: account.nativeId, correlate: {} }))?.memberships, account.memberships)
  })

  test('its version is told to who may see it, and its profile to everybody', async () => {
    const more = { ...server.administrator, clientRealm: 'master', allowNetworks: ['127.0.0.1'] }
    const config = v.parse(keycloak.config, { url: server.url, realm: realm.name, ...more })
    await using asAdministrator = keycloak.connect(config, { target: 'sso', log: pino({ level: 'silent' }) })
    await using seeing = await asAdministrator.open({ signal: AbortSignal.timeout(30_000) })

    const surveys = [await seeing.survey?.(), await driver.survey?.()]

    assert.match(surveys[0]?.system ?? '', /^Keycloak 26\.\d/)
    assert.equal(surveys[1]?.system, null)
    for (const survey of surveys)
      assert.deepEqual(
        survey?.facts.map(({ code }) => code),
        ['keycloak.dropsUnmanaged'],
      )
  })

  test('an attribute that the realm would drop refuses the change before anything is sent', async () => {
    const account = await created(driver, person())
    const change = changeOf(account, 'update', { attributes: desired({ shoeSize: ['42'], title: ['Countess'] }) })

    await assert.rejects(perform(driver, change, account), { code: 'config', sent: 'no', at: 'shoeSize' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })

  test('a password that the policy refuses leaves everything as it was', async () => {
    await server.admin('PUT', `/realms/${realm.name}`, { passwordPolicy: 'length(12)' })
    const account = await created(driver, person())
    const secrets = { password: 'short' }
    const change = changeOf(account, 'update', { attributes: desired({ title: ['Countess'] }), secrets })

    await assert.rejects(perform(driver, change, account), { code: 'policy' })
    await assert.rejects(perform(driver, changeFor(person(), 'create', { secrets }), null), { code: 'policy' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
    await server.admin('PUT', `/realms/${realm.name}`, { passwordPolicy: '' })
  })

  test('a password that somebody set after us is seen, and stays', async () => {
    const account = await created(driver, person(), { secrets: { password: 'First-pass-1!' } })
    const change = changeOf(account, 'password', { secrets: { password: 'Second-pass-2!' } })
    const receipt = await carryOut(driver, change)
    const path = `/realms/${realm.name}/users/${account.nativeId}/reset-password`

    await server.admin('PUT', path, { type: 'password', value: 'Theirs-pass-3!' })
    const theirs = await driver.find({ nativeId: account.nativeId, correlate: {} })
    const undone = await compensate(driver, receipt, { set: change.secrets })
    const begun = await compensate(driver, receipt, { set: change.secrets }, { begun: true })

    assert.deepEqual(undone, { outcome: 'stuck', differences: [{ item: 'password', expected: [], found: [] }] })
    assert.deepEqual([begun.outcome, 'reset' in begun && begun.reset], ['undone', ['password']])
    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), theirs)
  })
})
