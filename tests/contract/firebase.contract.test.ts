/** Firebase against the real Auth emulator, which is opened once for all of this. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import { firebase } from '#connectors/firebase/index.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import type { Attributes } from '#core/values.ts'
import { openFirebaseEmulator, type FirebaseEmulator } from '#tests/harness/firebase.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'
import { firebaseTraits, openFirebaseFixture } from './firebase-fixture.ts'
import { contractSuite } from './suite.ts'

let emulator: FirebaseEmulator
before(async () => {
  emulator = await openFirebaseEmulator()
})
after(() => emulator[Symbol.asyncDispose]())

contractSuite({ connector: firebase, traits: firebaseTraits, timeoutMs: 300_000, open: () => openFirebaseFixture(emulator) })

function connect(project: string, settings: Record<string, unknown> = {}): Connection {
  const config = { projectId: project, emulator: emulator.url, allowNetworks: ['127.0.0.1'], ...settings }
  return firebase.connect(v.parse(firebase.config, config), { target: 'app', log: pino({ level: 'silent' }) })
}

describe('what is particular to Firebase', () => {
  let project: string
  let connection: Connection
  let driver: Driver
  let count = 0
  before(async () => {
    project = `demo-${randomUUID().slice(0, 8)}`
    connection = connect(project, { claims: ['title'], listClaims: ['phones'], groupsClaim: 'groups' })
    driver = await connection.open({ signal: AbortSignal.timeout(120_000) })
  })
  after(() => connection[Symbol.asyncDispose]())

  const person = (more: Attributes = {}) => {
    const email = [`ada-${++count}@example.org`]
    return { attributes: { email, ...more }, correlate: { email } }
  }
  const stored = async (uid: string) => {
    const { users } = (await emulator.admin(project, 'POST', '/accounts:lookup', { localId: [uid] })) as {
      readonly users: readonly { readonly customAttributes?: string; readonly validSince?: string }[]
    }
    return users[0]
  }
  const claimsOf = async (uid: string): Promise<unknown> => JSON.parse((await stored(uid))?.customAttributes ?? '{}')
  const setClaims = (uid: string, claims: unknown) =>
    emulator.admin(project, 'POST', '/accounts:update', { localId: uid, customAttributes: JSON.stringify(claims) })

  test('claims that others set stay, whatever they hold, and come back with a deleted user', async () => {
    const account = await created(driver, person({ 'claims.title': ['Countess'] }))
    await setClaims(account.nativeId, { title: 'Countess', plan: { tier: 2 }, level: 42 })

    const memberships = { add: ['staff'], remove: [] }
    await carryOut(driver, changeOf(account, 'membership', { memberships }))
    const change = changeOf(account, 'update', { attributes: desired({ 'claims.phones': ['1', '2'], 'claims.title': [] }) })
    await carryOut(driver, change)
    const claims = await claimsOf(account.nativeId)
    const undone = await compensate(driver, await carryOut(driver, changeOf(account, 'delete')))

    assert.deepEqual(claims, { plan: { tier: 2 }, level: 42, groups: ['staff'], phones: ['1', '2'] })
    assert.equal(undone.outcome, 'undone')
    assert.deepEqual(await claimsOf(account.nativeId), claims)
  })

  test('two changes of one user at once lose nothing of each other', async () => {
    const account = await created(driver, person())
    const add = (group: string) =>
      carryOut(driver, changeOf(account, 'membership', { memberships: { add: [group], remove: [] } }))

    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map(add))

    const made = results.filter(({ status }) => status === 'fulfilled').length
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as { code?: unknown }] : []))
    const found = await driver.find({ nativeId: account.nativeId, correlate: {} })
    assert.ok(refused.every(({ code }) => code === 'stale'))
    assert.equal(found?.memberships.length, made)
  })

  test('claims that would be larger than Firebase takes refuse the change before anything is sent', async () => {
    const account = await created(driver, person())
    const attributes = desired({ 'claims.title': ['x'.repeat(1_000)], displayName: ['Ada'] })

    await assert.rejects(perform(driver, changeOf(account, 'update', { attributes }), account), { code: 'invalid', sent: 'no' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })

  test('a claim that holds something else than the settings say is not overwritten', async () => {
    const account = await created(driver, person())
    await setClaims(account.nativeId, { title: { en: 'Countess' }, groups: 'staff' })
    const before = await driver.find({ nativeId: account.nativeId, correlate: {} })

    const attributes = desired({ 'claims.title': ['Ours'] })
    await assert.rejects(perform(driver, changeOf(account, 'update', { attributes }), before), { code: 'invalid', sent: 'no' })
    const memberships = { add: ['staff'], remove: [] }
    await assert.rejects(perform(driver, changeOf(account, 'membership', { memberships }), before), { code: 'invalid' })

    assert.deepEqual(before?.attributes['claimsAsJson.title'], ['{"en":"Countess"}'])
    assert.deepEqual(await claimsOf(account.nativeId), { title: { en: 'Countess' }, groups: 'staff' })
  })

  test('who is disabled loses the refresh tokens', async () => {
    const account = await created(driver, person())
    const before = Math.floor(Date.now() / 1_000)

    await carryOut(driver, changeOf(account, 'disable'))

    assert.ok(Number((await stored(account.nativeId))?.validSince) >= before)
  })

  test('rules may give the uid; it does not change afterwards, and without one the same person gets the same', async () => {
    const named = person({ uid: ['employee-1'] })
    const account = await created(driver, named)
    const other = person()
    const first = await created(driver, other)
    await driver.remove(first)

    const again = await created(driver, other)

    assert.equal(account.nativeId, 'employee-1')
    assert.equal(again.nativeId, first.nativeId)
    const rename = changeOf(account, 'update', { attributes: desired({ uid: ['employee-2'] }) })
    await assert.rejects(perform(driver, rename, account), { code: 'config', sent: 'no' })
  })

  test('a password that is too short leaves everything as it was, the claims too', async () => {
    const account = await created(driver, person())
    const secrets = { password: 'short' }
    const change = changeOf(account, 'update', { attributes: desired({ 'claims.title': ['Countess'] }), secrets })

    await assert.rejects(perform(driver, change, account), { code: 'policy' })
    await assert.rejects(perform(driver, changeFor(person(), 'create', { secrets }), null), { code: 'policy' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })

  test('a password that somebody set after us is seen, and stays', async () => {
    const account = await created(driver, person(), { secrets: { password: 'First-pass-1!' } })
    const change = changeOf(account, 'password', { secrets: { password: 'Second-pass-2!' } })
    const receipt = await carryOut(driver, change)

    await emulator.admin(project, 'POST', '/accounts:update', { localId: account.nativeId, password: 'Theirs-pass-3!' })
    const theirs = await driver.find({ nativeId: account.nativeId, correlate: {} })
    const undone = await compensate(driver, receipt, { set: change.secrets })

    assert.deepEqual(undone, { outcome: 'stuck', differences: [{ item: 'password', expected: [], found: [] }] })
    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), theirs)
  })
})

test('several projects in one process keep apart', async () => {
  const projects = [1, 2].map(() => connect(`demo-${randomUUID().slice(0, 8)}`))
  const [one, other] = await Promise.all(projects.map((each) => each.open({ signal: AbortSignal.timeout(10_000) })))
  assert.ok(one !== undefined && other !== undefined)
  const email = ['ada@example.org']
  const ada = { attributes: { email }, correlate: { email } }

  const [here, there] = await Promise.all([created(one, ada), created(other, ada)])
  await other.remove(there)

  assert.equal(here.nativeId, there.nativeId)
  assert.notEqual(await one.find({ nativeId: here.nativeId, correlate: {} }), null)
  for (const each of projects) await each[Symbol.asyncDispose]()
})

test('the users of a tenant are its own', async () => {
  const project = `demo-${randomUUID().slice(0, 8)}`
  const response = await fetch(`${emulator.url}/identitytoolkit.googleapis.com/v2/projects/${project}/tenants`, {
    method: 'POST',
    headers: { Authorization: 'Bearer owner', 'Content-Type': 'application/json' },
    body: JSON.stringify({ displayName: 'customers', allowPasswordSignup: true }),
  })
  const tenantId = ((await response.json()) as { readonly name: string }).name.split('/').at(-1)
  await using connection = connect(project, { tenantId })
  await using everybody = connect(project)
  const [inside, outside] = await Promise.all(
    [connection, everybody].map((each) => each.open({ signal: AbortSignal.timeout(10_000) })),
  )
  const email = ['ada@example.org']

  assert.ok(inside !== undefined && outside !== undefined)
  const account = await created(inside, { attributes: { email }, correlate: { email } })

  assert.notEqual(await inside.find({ nativeId: account.nativeId, correlate: {} }), null)
  assert.equal(await outside.find({ nativeId: account.nativeId, correlate: {} }), null)
})

test('an emulator that the environment names for all targets is refused', async () => {
  process.env['FIREBASE_AUTH_EMULATOR_HOST'] = new URL(emulator.url).host
  try {
    await using connection = connect('demo-environment')
    await using driver = await connection.open({ signal: AbortSignal.timeout(10_000) })

    await assert.rejects(driver.find({ nativeId: 'x', correlate: {} }), { code: 'config', sent: 'no' })
  } finally {
    delete process.env['FIREBASE_AUTH_EMULATOR_HOST']
  }
})
