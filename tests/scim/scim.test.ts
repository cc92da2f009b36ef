/** What is particular to SCIM: values with types, servers that fail instead of answering, and how often one is asked. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { perform } from '#connectors/kit/session.ts'
import { scim } from '#connectors/scim/index.ts'
import { changeFor, changeOf, created, desired } from '#tests/contract/bench.ts'
import { openScimServer, type TestScimServer } from '#tests/harness/scim-server.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const signal = AbortSignal.timeout(60_000)
let server: TestScimServer
let connection: Connection
let driver: Driver
let count = 0

before(async () => {
  server = await openScimServer()
  connection = connect()
  driver = await connection.open({ signal })
})
after(async () => {
  await connection[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  server.calls.length = 0
})

function connect(more: Record<string, unknown> = {}): Connection {
  const config = { url: server.url, token: server.token, allowNetworks: ['127.0.0.1'], ...more }
  return scim.connect(v.parse(scim.config, config), { target: 'app', log: pino({ level: 'silent' }) })
}

function person(more: Record<string, readonly string[]> = {}) {
  const userName = `ada-${++count}`
  const attributes = { userName: [userName], externalId: [`hr-${count}`], ...more }
  return { attributes, correlate: { externalId: [`hr-${count}`] } }
}

const update = (account: Account, attributes: Record<string, readonly (string | boolean)[]>) =>
  perform(driver, changeOf(account, 'update', { attributes: desired(attributes) }), account)

describe('values with types', () => {
  test('each type is an attribute of its own, and what an element says besides stays with it', async () => {
    const account = await created(
      driver,
      person({ 'emails.work': ['ada@work'], 'emails.home': ['ada@home'], phoneNumbers: ['1'] }),
    )
    const user = server.users.get(account.nativeId) ?? {}
    server.users.set(account.nativeId, {
      ...user,
      emails: [
        { value: 'ada@work', type: 'work', display: 'Ada', primary: true },
        { value: 'ada@home', type: 'home' },
      ],
    })
    const current = await driver.find({ nativeId: account.nativeId, correlate: {} })
    assert.ok(current !== null)

    await update(current, { 'emails.home': ['ada@new'], 'emails.other': ['ada@other'] })

    assert.deepEqual(server.users.get(account.nativeId)?.['emails'], [
      { value: 'ada@work', type: 'work', display: 'Ada', primary: true },
      { value: 'ada@new', type: 'home' },
      { value: 'ada@other', type: 'other' },
    ])
    assert.deepEqual(current.attributes['emails.work.primary'], [true])
    assert.deepEqual(current.attributes['phoneNumbers'], ['1'])
  })

  test('parts of an address, and of an extension, are written and cleared one by one', async () => {
    const account = await created(
      driver,
      person({ 'addresses.work.locality': ['Paris'], 'addresses.work.country': ['FR'], [`${enterprise}:manager.value`]: ['42'] }),
    )

    const { after } = await update(account, { 'addresses.work.locality': [], [`${enterprise}:department`]: ['R&D'] })

    assert.deepEqual(server.users.get(account.nativeId)?.['addresses'], [{ country: 'FR', type: 'work' }])
    assert.deepEqual(after?.attributes[`${enterprise}:manager.value`], ['42'])
    assert.deepEqual(after?.attributes[`${enterprise}:department`], ['R&D'])
  })

  test('a name that the server does not know is refused before anything is sent', async () => {
    const account = await created(driver, person())
    server.calls.length = 0

    for (const name of ['nickname2', 'name.unknown', 'emails.work.unknown', 'id', 'groups', 'meta', `${enterprise}:unknown`])
      await assert.rejects(update(account, { [name]: ['x'] }), { code: 'config' }, name)

    assert.deepEqual(server.calls, [])
  })
})

describe('a creation that the server fails at', () => {
  test('met somebody else when their user stands there', async () => {
    const one = person()
    server.failNextCreation(() => {
      server.users.set('theirs', {
        ...{ id: 'theirs', userName: one.attributes.userName[0], externalId: 'other' },
        version: 'W/"1"',
      })
    })

    await assert.rejects(perform(driver, changeFor(one, 'create'), null), { code: 'exists' })
  })

  test('is open when nobody stands there, or one just like ours', async () => {
    const [one, other] = [person(), person()]
    server.failNextCreation(() => {})
    await assert.rejects(perform(driver, changeFor(one, 'create'), null), { code: 'unknown_outcome' })

    server.failNextCreation(() => {
      const { userName, externalId } = other.attributes
      server.users.set('like', { ...{ id: 'like', userName: userName[0], externalId: externalId[0] }, version: 'W/"1"' })
    })
    await assert.rejects(perform(driver, changeFor(other, 'create'), null), { code: 'unknown_outcome' })
  })
})

describe('how often the server is asked', () => {
  test('a user is found in one call, a group once for everybody, and its thousand members never', async () => {
    const staff = [...server.groups.values()].find(({ displayName }) => displayName === 'staff')
    if (staff !== undefined) staff['members'] = Array.from({ length: 1_000 }, (_none, index) => ({ value: `m-${index}` }))
    const memberships = { add: ['staff'], remove: [] }
    const first = await created(driver, person(), { memberships })
    await created(driver, person(), { memberships })
    const lookups = server.calls.filter((call) => call.includes('/Groups?'))

    server.calls.length = 0
    const found = await driver.find({ nativeId: first.nativeId, correlate: {} })

    assert.deepEqual(lookups, ['GET /Groups?filter=displayName+eq+"staff"&count=10&excludedAttributes=members'])
    assert.deepEqual(server.calls, [`GET /Users/${first.nativeId}`])
    assert.deepEqual(found?.memberships, ['staff'])
  })

  test('a group that was made anew under its name is found again', async () => {
    const account = await created(driver, person())
    const add = changeOf(account, 'membership', { memberships: { add: ['admins'], remove: [] } })
    await perform(driver, add, account)
    const admins = [...server.groups.values()].find(({ displayName }) => displayName === 'admins')
    server.groups.delete(String(admins?.['id']))
    server.groups.set('new', { id: 'new', displayName: 'admins', members: [], version: 'W/"1"' })
    const alone = await driver.find({ nativeId: account.nativeId, correlate: {} })
    assert.ok(alone !== null)

    await assert.rejects(perform(driver, add, alone), { code: 'not_found' })
    await perform(driver, add, alone)

    assert.deepEqual(server.groups.get('new')?.['members'], [{ value: account.nativeId }])
  })

  test('the schema is asked for once, also by the next job', async () => {
    await using other = connect()
    for (let job = 0; job < 3; job++) await other.open({ signal })

    assert.equal(server.calls.filter((call) => call.startsWith('GET /Schemas')).length, 1)
  })
})

test('a lookup cannot become a part of a filter', async () => {
  const evil = 'x" or userName pr or userName eq "x'

  assert.equal(await driver.find({ nativeId: null, correlate: { userName: [evil] } }), null)
  assert.match(
    server.calls.at(-1) ?? '',
    /filter=userName\+eq\+"x\\" or userName pr or userName eq \\"x"|filter=userName\+eq\+"x\\"\+or/,
  )
})
