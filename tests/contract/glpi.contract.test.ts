/** GLPI against a server of its documented behaviour. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import * as v from 'valibot'
import { glpi } from '#connectors/glpi/index.ts'
import { createSession } from '#connectors/glpi/server.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { egressOf } from '#connectors/kit/http-config.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import type { Account } from '#core/account.ts'
import type { Attributes } from '#core/values.ts'
import { openGlpi, type TestGlpi } from '#tests/harness/glpi.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'
import { glpiTraits, openGlpiFixture } from './glpi-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({ connector: glpi, traits: glpiTraits, open: openGlpiFixture })

function connect({ url, userToken, appToken }: TestGlpi, settings: Record<string, unknown> = {}): Connection {
  const config = { url, userToken, appToken, profiles: true, allowNetworks: ['127.0.0.1'], ...settings }
  return glpi.connect(v.parse(glpi.config, config), { target: 'helpdesk', log: pino({ level: 'silent' }) })
}

describe('what is particular to GLPI', () => {
  let server: TestGlpi
  let connection: Connection
  let driver: Driver
  let count = 0
  before(async () => {
    server = await openGlpi()
    connection = connect(server)
    driver = await connection.open({ signal: AbortSignal.timeout(60_000) })
  })
  after(async () => {
    await connection[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const person = (more: Attributes = {}) => {
    const name = [`ada-${++count}`]
    return { attributes: { name, ...more }, correlate: { name } }
  }
  const rowOf = ({ nativeId }: Account) => server.tables.User.get(Number(nativeId))

  test('who is deleted is in the trash, and comes back whole: the same id, password, addresses and groups', async () => {
    const memberships = { add: ['head office > IT', 'profile:Technician'], remove: [] }
    const attributes = { emails: ['ada@example.org', 'lovelace@example.org'] }
    const account = await created(driver, person(attributes), { memberships, secrets: { password: 'First-pass-1!' } })

    const receipt = await carryOut(driver, changeOf(account, 'delete'))
    const inTrash = rowOf(account)?.['is_deleted']
    const undone = await compensate(driver, receipt)

    assert.equal(inTrash, 1)
    assert.deepEqual([undone.outcome, 'remains' in undone && undone.remains], ['undone', []])
    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
    assert.ok(server.signsIn(Number(account.nativeId), 'First-pass-1!'))
    assert.ok(server.calls.includes(`DELETE /User/${account.nativeId}`))
  })

  test('a new user whose login is in the trash is that user, without the groups and addresses of before', async () => {
    const somebody = person({ emails: ['old@example.org'] })
    const memberships = { add: ['admins', 'profile:Technician'], remove: [] }
    const old = await created(driver, somebody, { memberships })
    await driver.remove(old)

    const { attributes, correlate } = somebody
    const account = await created(driver, { attributes: { ...attributes, emails: ['new@example.org'] }, correlate })

    assert.equal(account.nativeId, old.nativeId)
    assert.deepEqual([account.memberships, account.attributes['emails']], [[], ['new@example.org']])
  })

  test('where the target may not, a login in the trash refuses the creation and says what to do', async () => {
    await using strict = connect(server, { restoreTrashed: false })
    await using refusing = await strict.open({ signal: AbortSignal.timeout(10_000) })
    const somebody = person()
    const old = await created(driver, somebody)
    await driver.remove(old)

    await assert.rejects(perform(refusing, changeFor(somebody, 'create'), null), { code: 'exists', hint: /trash|Purge/ })

    assert.equal(rowOf(old)?.['is_deleted'], 1)
  })

  test('a password that GLPI would leave out refuses the change, and no user without a password stays', async () => {
    const account = await created(driver, person(), { secrets: { password: 'First-pass-1!' } })
    const before = rowOf(account)
    const secrets = { password: 'short' }
    const change = changeOf(account, 'update', { attributes: desired({ realname: ['Lovelace'] }), secrets })
    const newcomer = person()

    await assert.rejects(perform(driver, change, account), { code: 'policy' })
    await assert.rejects(perform(driver, changeFor(newcomer, 'create', { secrets }), null), { code: 'policy' })

    assert.deepEqual({ ...rowOf(account), realname: '' }, { ...before, realname: '' })
    assert.ok(server.signsIn(Number(account.nativeId), 'First-pass-1!'))
    assert.equal(await driver.find({ nativeId: null, correlate: newcomer.correlate }), null)
  })

  test('a login that somebody takes while it is being given is told, and nothing of the change stays', async () => {
    const account = await created(driver, person({ realname: ['Lovelace'] }))
    const before = rowOf(account)
    // The look for the login comes first; the thief is quicker than the change that follows it.
    server.watchers.push((call) => {
      if (call.startsWith('PUT')) server.tables.User.set(900_000, { id: 900_000, name: 'taken', is_active: 1, is_deleted: 0 })
    })
    const change = changeOf(account, 'update', { attributes: desired({ name: ['taken'], realname: ['Byron'] }) })

    await assert.rejects(perform(driver, change, account), { code: 'exists' })
    server.watchers.length = 0

    assert.deepEqual(rowOf(account), before)
    server.tables.User.delete(900_000)
  })

  test('one of several addresses is taken away, and the default one stays', async () => {
    const account = await created(driver, person({ emails: ['a@example.org', 'b@example.org', 'c@example.org'] }))

    const { after: found } = await carryOut(
      driver,
      changeOf(account, 'update', { attributes: desired({ emails: ['a@example.org', 'c@example.org', 'D@Example.org '] }) }),
    )

    const rows = [...server.tables.UserEmail.values()].filter((row) => row['users_id'] === Number(account.nativeId))
    assert.deepEqual(found?.attributes['emails'], ['a@example.org', 'c@example.org', 'd@example.org'])
    assert.deepEqual(
      rows.filter((row) => row['is_default'] === 1).map(({ email }) => email),
      ['a@example.org'],
    )
  })

  test('users are found by an address too, and by nothing that only looks like it', async () => {
    const account = await created(driver, person({ emails: ['find.me@example.org'] }))

    const found = await driver.find({ nativeId: null, correlate: { emails: ['Find.Me@example.org'] } })
    const part = await driver.find({ nativeId: null, correlate: { emails: ['me@example.org'] } })
    const wildcard = await driver.find({ nativeId: null, correlate: { emails: ['%@example.org'] } })

    assert.deepEqual([found?.nativeId, part, wildcard], [account.nativeId, null, null])
  })

  test('the profile that GLPI gives by itself is no membership, and stays', async () => {
    const account = await created(driver, person(), { memberships: { add: ['profile:Technician'], remove: [] } })

    await carryOut(driver, changeOf(account, 'disable', { memberships: { add: [], remove: [], all: true } }))

    const rows = [...server.tables.Profile_User.values()].filter((row) => row['users_id'] === Number(account.nativeId))
    assert.deepEqual(account.memberships, ['profile:Technician'])
    assert.deepEqual(
      rows.map((row) => row['is_dynamic']),
      [1],
    )
  })

  test('a login that GLPI would leave out is refused before anything is sent', async () => {
    const account = await created(driver, person())
    const change = changeOf(account, 'update', { attributes: desired({ name: ['a/b'] }) })

    await assert.rejects(perform(driver, change, account), { code: 'invalid', sent: 'no', at: 'name' })
  })
})

test('one session serves all jobs of a connection, and is ended with it', async () => {
  await using server = await openGlpi()
  const connection = connect(server)
  const jobs = await Promise.all([1, 2, 3].map(() => connection.open({ signal: AbortSignal.timeout(10_000) })))
  await Promise.all(jobs.map((job) => job.find({ nativeId: '1', correlate: {} })))
  const opened = server.sessions.size

  for (const job of jobs) await job[Symbol.asyncDispose]()
  const between = server.sessions.size
  await connection[Symbol.asyncDispose]()

  assert.deepEqual([opened, between, server.sessions.size], [1, 1, 0])
})

test('a session is ended soon after the last job, and not between two; one that GLPI refused is replaced', async () => {
  await using server = await openGlpi()
  const { url, userToken, appToken, sessions } = server
  const config = v.parse(glpi.config, { url, userToken, appToken, allowNetworks: ['127.0.0.1'] })
  await using egress = egressOf(config)
  await using session = createSession(config, egress, 200)
  const headers = () => session.authorization.headers(AbortSignal.timeout(10_000))
  const [first, second] = [session.hold(), session.hold()]
  const used = await headers()

  first[Symbol.dispose]()
  await delay(300)
  const between = sessions.size
  second[Symbol.dispose]()
  const third = session.hold()
  await delay(300)
  const kept = sessions.size
  sessions.clear()
  await session.authorization.renew(used, AbortSignal.timeout(10_000))
  await headers()
  const renewed = sessions.size
  third[Symbol.dispose]()
  await delay(400)

  assert.deepEqual([between, kept, renewed, sessions.size], [1, 1, 1, 0])
})

test('a list that ends with a full page ends there', async () => {
  await using server = await openGlpi()
  await using connection = connect(server)
  await using driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
  for (const name of ['ada', 'bob']) await created(driver, { attributes: { name: [name] }, correlate: { name: [name] } })
  const pagesOf = async (size: number) => {
    const pages = []
    for await (const page of driver.list(size)) pages.push(page.length)
    return pages
  }
  const [all = 0] = await pagesOf(1_000)

  assert.deepEqual(await pagesOf(all), [all])
  assert.equal((await pagesOf(1)).length, all)
})
