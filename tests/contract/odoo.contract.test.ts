/** Odoo against the real one, which is opened once for both of its protocols. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import { toLoggedError } from '#core/log.ts'
import type { Attributes } from '#core/values.ts'
import type { Connection, Driver, Survey } from '#connectors/kit/connector.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import { odoo } from '#connectors/odoo/index.ts'
import { openOdoo, type TestOdoo } from '#tests/harness/odoo.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'
import { configOf, odooTraits, openOdooFixture } from './odoo-fixture.ts'
import { contractSuite } from './suite.ts'

let server: TestOdoo
let connection: Connection
let driver: Driver
before(async () => {
  server = await openOdoo()
  connection = connect({})
  driver = await connection.open({ signal: AbortSignal.timeout(290_000) })
})
after(async () => {
  await connection[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

for (const protocol of ['json-2', 'json-rpc'] as const)
  contractSuite({
    connector: odoo,
    title: `odoo by ${protocol}`,
    traits: odooTraits,
    timeoutMs: 240_000,
    open: () => openOdooFixture(server, protocol),
  })

let count = 0
const connect = (settings: Record<string, unknown>) =>
  odoo.connect(v.parse(odoo.config, { ...configOf(server, 'json-2'), ...settings }), {
    ...{ target: 'erp', log: pino({ level: 'silent' }) },
  })
const person = (more: Attributes = {}) => {
  const login = [`ada-${++count}`]
  return { attributes: { login, name: ['Ada'], ...more }, correlate: { login } }
}
const numberOf = async (sql: string, values: readonly unknown[] = []) => Number((await server.query(sql, values))[0]?.['count'])
const contactOf = async ({ nativeId }: Account) =>
  Number((await server.query('SELECT partner_id AS id FROM res_users WHERE id = $1', [nativeId]))[0]?.['id'])
const contacts = (id: number) => numberOf('SELECT count(*) FROM res_partner WHERE id = $1', [id])
const codeOf = (error: unknown) => (error as { code?: unknown }).code

describe('users of Odoo, and the contacts that they are', () => {
  test('no mail leaves because a user is made', async () => {
    // What is sent is not kept, and what could not be sent neither: the numbers that were given away tell.
    const mails = () => numberOf('SELECT last_value + is_called::int AS count FROM mail_mail_id_seq')
    const before = await mails()

    await created(driver, person({ email: ['ada@example.org'] }))

    assert.equal(await mails(), before)
  })

  test('an archived user of the same login is found, adopted and works again', async () => {
    const somebody = person()
    const old = await created(driver, somebody)
    await carryOut(driver, changeOf(old, 'disable'))

    const receipt = await carryOut(driver, changeFor(somebody, 'create'))

    assert.deepEqual([receipt.disposition, receipt.nativeId, receipt.after?.enabled], ['adopted', old.nativeId, true])
  })

  test('the contact that came with a user goes with it; one that documents refer to stays, and the user is gone all the same', async () => {
    const [alone, referred] = [await created(driver, person()), await created(driver, person())]
    const [ofAlone, ofReferred] = [await contactOf(alone), await contactOf(referred)]
    await server.query(`INSERT INTO mail_push_device (partner_id, endpoint, keys) VALUES ($1, 'there', 'none')`, [ofReferred])

    await driver.remove(alone)
    await driver.remove(referred)

    assert.deepEqual([await contacts(ofAlone), await contacts(ofReferred)], [0, 1])
    assert.equal(await driver.find({ nativeId: referred.nativeId, correlate: {} }), null)
  })

  test('a contact that was there before its user stays when the user goes', async () => {
    const [contact] = (await server.call('res.partner', 'create', { vals_list: [{ name: 'Customer' }] })) as [number]
    await server.query(`UPDATE res_partner SET create_date = create_date - interval '1 day' WHERE id = $1`, [contact])
    const vals = { login: 'customer', partner_id: contact }
    await server.call('res.users', 'create', { vals_list: [vals], context: { no_reset_password: true } })
    const account = await driver.find({ nativeId: null, correlate: { login: ['customer'] } })
    assert.ok(account !== null)

    await driver.remove(account)

    assert.equal(await contacts(contact), 1)
  })

  test('a user that documents refer to is not deleted, and the refusal says what to do', async () => {
    const account = await created(driver, person())
    const [job] = await server.query('SELECT min(id) AS id, min(user_id) AS user FROM ir_cron')
    await server.query('UPDATE ir_cron SET user_id = $1 WHERE id = $2', [account.nativeId, job?.['id']])

    await assert.rejects(carryOut(driver, changeOf(account, 'delete')), { code: 'policy', hint: /Disable/ })

    await server.query('UPDATE ir_cron SET user_id = $1 WHERE id = $2', [job?.['user'], job?.['id']])
    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })
})

describe('changes of users of Odoo', () => {
  test('a password that the policy refuses leaves everything as it was', async () => {
    const account = await created(driver, person(), { secrets: { password: 'First-pass-1!' } })
    const newcomer = person()
    const secrets = { password: 'short' }
    const change = changeOf(account, 'update', { attributes: desired({ function: ['Countess'] }), secrets })

    await assert.rejects(perform(driver, change, account), { code: 'policy' })
    await assert.rejects(perform(driver, changeFor(newcomer, 'create', { secrets }), null), { code: 'policy' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
    assert.equal(await driver.find({ nativeId: null, correlate: newcomer.correlate }), null)
    assert.ok(await server.logsIn(account.label, 'First-pass-1!'))
  })

  test('what kind of user somebody is can be said, changed and put back, and is no membership', async () => {
    const account = await created(driver, person({ user_type: ['portal'] }))
    const change = changeOf(account, 'update', { attributes: desired({ user_type: ['internal'] }) })

    const receipt = await carryOut(driver, change)
    const undone = await compensate(driver, receipt)

    assert.deepEqual([account.memberships, receipt.after?.attributes['user_type']], [[], ['internal']])
    assert.equal(undone.outcome, 'undone')
    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
    await assert.rejects(created(driver, person({ user_type: ['robot'] })), { code: 'invalid', sent: 'no', at: 'user_type' })
  })

  test('of a list of records, only what the rules put there is taken away', async () => {
    const categories = ['ours', 'theirs'].map((name) => ({ name }))
    const [ours = 0, theirs = 0] = (await server.call('res.partner.category', 'create', { vals_list: categories })) as number[]
    const account = await created(driver, person({ category_id: [ours] }))
    await server.call('res.users', 'write', { ids: [Number(account.nativeId)], vals: { category_id: [[4, theirs]] } })
    const merge = (values: readonly number[]) => desired({ category_id: values }, { multivalued: 'merge' })

    const { after: merged } = await carryOut(driver, changeOf(account, 'update', { attributes: merge([ours]) }))
    const replaced = await carryOut(driver, changeOf(account, 'update', { attributes: desired({ category_id: [String(ours)] }) }))

    assert.deepEqual(merged?.attributes['category_id'], [ours, theirs])
    assert.deepEqual(replaced.after?.attributes['category_id'], [ours])
  })

  test('a group that went away since its id was kept refuses the change, and nothing of it stays', async () => {
    const [group] = (await server.call('res.groups', 'create', { vals_list: [{ name: 'Short-lived' }] })) as [number]
    await created(driver, person(), { memberships: { add: ['Short-lived'], remove: [] } })
    const account = await created(driver, person())
    await server.call('res.groups', 'unlink', { ids: [group] })
    const change = changeOf(account, 'update', {
      ...{ attributes: desired({ function: ['Countess'] }), memberships: { add: ['Short-lived'], remove: [] } },
    })

    await assert.rejects(perform(driver, change, account), { code: 'not_found' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })

  test('a field that users do not have refuses the change before it is sent', async () => {
    const account = await created(driver, person())
    const change = changeOf(account, 'update', { attributes: desired({ shoe_size: ['42'], function: ['Countess'] }) })

    await assert.rejects(perform(driver, change, account), { code: 'config', sent: 'no', at: 'shoe_size' })

    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })

  for (const protocol of ['json-2', 'json-rpc'] as const)
    test(`what Odoo says by ${protocol} of a failure, its traceback and the values in it, goes nowhere`, async () => {
      const { key, login } = server.reader
      await using limited = connect({ ...configOf(server, protocol), apiKey: key, ...(protocol === 'json-rpc' ? { login } : {}) })
      await using reading = await limited.open({ signal: AbortSignal.timeout(30_000) })
      const [account, other] = [await created(driver, person()), await created(driver, person())]
      const taken = changeOf(account, 'update', { attributes: desired({ login: [other.label] }) })

      const refused = await perform(driver, taken, account).catch((error: unknown) => error)
      const denied = await perform(reading, changeFor(person(), 'create'), null).catch((error: unknown) => error)

      assert.deepEqual([codeOf(refused), codeOf(denied)], ['exists', 'denied'])
      assert.doesNotMatch(JSON.stringify([refused, denied].map(toLoggedError)), /Traceback|\.py|ada-/)
    })
})

describe('the key of the gateway', () => {
  const endIn = (days: number | null) =>
    server.query(
      `UPDATE res_users_apikeys SET expiration_date = (now() AT TIME ZONE 'UTC') + $1::int * interval '1 day' WHERE id = (
         SELECT min(k.id) FROM res_users_apikeys k JOIN res_users u ON u.id = k.user_id WHERE u.login = $2) RETURNING expiration_date`,
      [days, server.gateway.login],
    )
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const codes = (survey: Survey | undefined) => survey?.facts.map(({ code }) => code)

  for (const protocol of ['json-2', 'json-rpc'] as const)
    test(`its end is told by ${protocol}, of several keys the first; none where it has none`, async () => {
      await using asked = connect(configOf(server, protocol))
      await using asking = await asked.open({ signal: AbortSignal.timeout(60_000) })
      await endIn(10)
      const ending = await asking.survey?.()
      const { checks } = await asking.testConnection()
      const more = `INSERT INTO res_users_apikeys (name, user_id, scope, expiration_date, index, key)
        SELECT 'another', user_id, scope, (now() AT TIME ZONE 'UTC') + interval '5 days', 'abcdef01', key FROM res_users_apikeys
         WHERE user_id = (SELECT id FROM res_users WHERE login = $1) RETURNING id`
      const [another] = await server.query(more, [server.gateway.login])
      const ofTwo = await asking.survey?.()
      await server.query('DELETE FROM res_users_apikeys WHERE id = $1', [another?.['id']])
      await endIn(null)
      const endless = await asking.survey?.()
      await endIn(1_000)

      const by = protocol === 'json-2' ? 'odoo.byJson2' : 'odoo.byJsonRpc'
      assert.deepEqual([ending?.secretEndsAt?.slice(0, 10), codes(ending)], [day(10), [by]])
      assert.equal(checks.find(({ check }) => check === 'login')?.message, `Odoo knows the key, which ends on ${day(10)}`)
      assert.deepEqual([ofTwo?.secretEndsAt?.slice(0, 10), codes(ofTwo)], [day(5), [by, 'odoo.oneOfSeveral']])
      assert.deepEqual([endless?.secretEndsAt, codes(endless)], [null, [by, 'odoo.endUnknown']])
    })
})
