/** What is particular to users of MySQL and of MariaDB alike: sessions, hosts, what must not be touched. Beside it, what one of them has alone. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import { compensate, perform } from '#connectors/kit/session.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import { hasMysql, openMysql } from '#tests/harness/mysql.ts'
import { carryOut, changeFor, changeOf, created } from './bench.ts'
import { again, joining, nameOf, openDriver, openUsersBench, secrets, textOf, type UsersBench } from './sql-users-bench.ts'

const servers = [
  {
    name: 'MariaDB',
    open: openMariadb,
    locked: 4151,
    nameLength: 128,
    expired: "JSON_VALUE(Priv, '$.password_last_changed') = 0 FROM mysql.global_priv",
  },
  ...(hasMysql
    ? [{ name: 'MySQL', open: openMysql, locked: 3118, nameLength: 32, expired: "password_expired = 'Y' FROM mysql.user" }]
    : []),
]

for (const { name: server, open, locked, nameLength, expired } of servers)
  describe(`users of ${server}`, { timeout: 60_000 }, () => {
    let bench: UsersBench
    before(async () => {
      bench = await openUsersBench(open())
    })
    after(() => bench[Symbol.asyncDispose]())

    test('who is disabled is out at once, and in again with the same password when enabled', { timeout: 20_000 }, async () => {
      const { driver, person, loginOf } = bench
      const account = await created(driver, person(), { secrets })
      const session = await mysql.createConnection(loginOf(account))
      const ended = new Promise((resolve) => session.once('error', resolve))

      await carryOut(driver, changeOf(account, 'disable'))
      await ended
      await assert.rejects(mysql.createConnection(loginOf(account)), { errno: locked })
      await carryOut(driver, changeOf(account, 'enable'))

      await (await mysql.createConnection(loginOf(account))).end()
    })

    test('an old password that was not kept is replaced by one that nobody knows and that expired, and all else stays', async () => {
      const { driver, person, query } = bench
      const account = await created(driver, person({ passwordLifetimeDays: [90], maxUserConnections: [3] }), { secrets })
      const set = { password: 'Second-pass-2!' }
      const receipt = await carryOut(driver, changeOf(account, 'password', { secrets: set }))
      assert.ok(receipt.before !== null)
      const { secrets: _lost, ...before } = receipt.before

      const undone = await compensate(driver, { ...receipt, before }, { set })

      const [{ secrets: _old, ...image }, { secrets: _new, ...now }] = [account, (await again(driver, account)) ?? account]
      const [row] = await query(`SELECT ${expired} WHERE User = '${nameOf(account)}'`)
      assert.deepEqual([undone.outcome, 'reset' in undone && undone.reset], ['undone', ['password']])
      for (const guess of [set.password, secrets.password])
        assert.equal(await driver.holdsSecret(account, 'password', guess), false)
      assert.deepEqual(Object.values(row ?? {}).map(Number), [1], 'it expired')
      assert.deepEqual(now, image)
    })

    test('a user without a password is let in by none, not by every one', async () => {
      const { driver, person, loginOf } = bench
      const account = await created(driver, person())

      for (const password of ['', 'invalid', 'nobody'])
        await assert.rejects(mysql.createConnection(loginOf(account, password)), { errno: 1045 })
    })

    test('rights that no undo could give back keep a user from being removed', async () => {
      const { driver, person, query } = bench
      const account = await created(driver, person())
      await query(`CREATE PROCEDURE p() SELECT 1; GRANT EXECUTE ON PROCEDURE test.p TO ${textOf(account)}`)

      await assert.rejects(perform(driver, changeOf(account, 'delete'), account), { code: 'policy', sent: 'no' })

      assert.deepEqual(await again(driver, account), account)
    })

    test('users who may do everything, and the one that the gateway logs in with, are not changed; nor is anybody made such', async () => {
      const { driver, person } = bench
      const account = await created(driver, person())

      for (const nativeId of ['root@localhost', 'passerelle@127.0.0.1']) {
        const mighty = await driver.find({ nativeId, correlate: {} })
        assert.ok(mighty !== null)
        await assert.rejects(perform(driver, changeOf(mighty, 'disable'), mighty), { code: 'policy', sent: 'no' })
      }
      for (const role of ['almighty', 'indirectly'])
        await assert.rejects(carryOut(driver, changeOf(account, 'membership', joining([role]))), {
          code: 'not_found',
          hint: /accounts\.groups/,
        })
      assert.equal(await driver.find({ nativeId: null, correlate: { name: ['root'] } }), null)
      const listed = (await Array.fromAsync(driver.list(5))).flat().map(({ nativeId }) => nativeId)
      assert.ok(listed.includes(account.nativeId))
      assert.deepEqual(
        listed.filter((id) => /^(root|mysql|mariadb|staff|almighty|passerelle)/.test(id)),
        [],
      )
    })

    test('the same name for two hosts is ambiguous by name, and one account by name and host', async () => {
      const { driver, person } = bench
      const { attributes, correlate } = person()
      await created(driver, { attributes, correlate })
      const host = ['10.0.0.%']
      await created(driver, { attributes: { ...attributes, host }, correlate: { ...correlate, host } })

      const found = await driver.find({ nativeId: null, correlate: { ...correlate, host } })

      assert.equal(found?.label, `${String(attributes['name']?.[0])}@10.0.0.%`)
      await assert.rejects(driver.find({ nativeId: null, correlate }), { code: 'ambiguous' })
    })

    test('a host is kept in small letters, and is the same host in any', async () => {
      const { driver, person } = bench
      await using usual = bench.connect({ accounts: { host: 'LocalHost' } })
      await using other = await openDriver(usual)
      const [named, standard] = [await created(driver, person({ host: ['LocalHost'] })), await created(other, person())]

      for (const { nativeId, attributes } of [named, standard]) assert.equal(nativeId, `${attributes['name']?.[0]}@localhost`)
      const wrong = changeFor(person({ host: ['10.0.0.1 '] }), 'create')
      await assert.rejects(perform(driver, wrong, null), { code: 'invalid', sent: 'no', at: 'host' })
    })

    test('a name that the server would spoil, and a limit of 0, are refused before anything is sent', async () => {
      const { driver, person } = bench
      for (const name of ['🦊', 'ends in a space ', 'x'.repeat(nameLength + 1), '']) {
        const change = changeFor({ attributes: { name: [name] }, correlate: { name: ['x'] } }, 'create')
        await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: 'name' })
      }
      const unlimited = changeFor(person({ maxUserConnections: [0] }), 'create')
      await assert.rejects(perform(driver, unlimited, null), { code: 'invalid', sent: 'no', at: 'maxUserConnections' })
    })
  })
