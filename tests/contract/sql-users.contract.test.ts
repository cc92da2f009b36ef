/** What is particular to users of MariaDB: sessions, hosts, rights of their own, what must not be touched. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import mysql from 'mysql2/promise'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Attributes } from '#core/values.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import { sql } from '#connectors/sql/index.ts'
import { openMariadb, type TestMariadb } from '#tests/harness/mariadb.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'

function connect(config: Record<string, unknown>): Connection {
  const parsed = v.parse(sql.config, { mode: 'accounts', database: 'postgres', ...config })
  return sql.connect(parsed, { target: 'database', log: pino({ level: 'silent' }) })
}

const open = (connection: Connection) => connection.open({ signal: AbortSignal.timeout(60_000) })
const again = (driver: Driver, { nativeId }: Account) => driver.find({ nativeId, correlate: {} })
const secrets = { password: 'First-pass-1!' }
let count = 0
const person = (more: Attributes = {}) => {
  const name = [`ada-${++count}`]
  return { attributes: { name, ...more }, correlate: { name } }
}

let server: TestMariadb
let connection: Connection
let driver: Driver
const settings = () => ({
  dialect: 'mysql',
  host: server.host,
  port: server.port,
  user: server.user,
  password: server.password,
  database: 'test',
})
const query = (text: string) => server.query('test', text)
before(async () => {
  server = await openMariadb()
  connection = connect(settings())
  driver = await open(connection)
  await query(
    `CREATE ROLE staff; CREATE ROLE admins; CREATE ROLE almighty; GRANT SUPER ON *.* TO almighty; CREATE ROLE indirectly; GRANT almighty TO indirectly; CREATE TABLE t (a int, \`b\`\`b\` int)`,
  )
})
after(async () => {
  await driver[Symbol.asyncDispose]()
  await connection[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

test('who is disabled is out at once, and in again with the same password when enabled', { timeout: 20_000 }, async () => {
  const account = await created(driver, person(), { secrets })
  const login = {
    host: server.host,
    port: server.port,
    user: String(account.attributes['name']?.[0]),
    password: secrets.password,
  }
  const session = await mysql.createConnection(login)
  const ended = new Promise((resolve) => session.once('error', resolve))

  await carryOut(driver, changeOf(account, 'disable'))
  await ended
  await assert.rejects(mysql.createConnection(login), { errno: 4151 })
  await carryOut(driver, changeOf(account, 'enable'))

  await (await mysql.createConnection(login)).end()
})

test('a user without a password is let in by none, not by every one', async () => {
  const account = await created(driver, person())
  const login = { host: server.host, port: server.port, user: String(account.attributes['name']?.[0]) }

  await assert.rejects(mysql.createConnection(login), { errno: 1045 })
  await assert.rejects(mysql.createConnection({ ...login, password: 'invalid' }), { errno: 1045 })
})

test('rights of a user’s own, ways in, and rights to put others in come back after an undone deletion', async () => {
  const account = await created(driver, person(), { secrets })
  const to = `'${account.attributes['name']?.[0]}'@'%'`
  await query(
    `GRANT SELECT, INSERT ON test.* TO ${to} WITH GRANT OPTION; GRANT SELECT (\`b\`\`b\`), UPDATE ON test.t TO ${to}; GRANT PROCESS ON *.* TO ${to}`,
  )
  await query(`GRANT admins TO ${to} WITH ADMIN OPTION; GRANT staff TO ${to}; SET DEFAULT ROLE staff FOR ${to}`)
  await query(`ALTER USER ${to} IDENTIFIED VIA mysql_native_password USING PASSWORD('x') OR unix_socket ACCOUNT LOCK`)
  const shown = async () => JSON.stringify([await query(`SHOW GRANTS FOR ${to}`), await query(`SHOW CREATE USER ${to}`)])
  const [full, grants] = [await again(driver, account), await shown()]

  const undone = await compensate(driver, await carryOut(driver, changeOf(account, 'delete')))

  assert.deepEqual([undone.outcome, 'remains' in undone && undone.remains], ['undone', []])
  assert.deepEqual(await again(driver, account), full)
  assert.equal(await shown(), grants)
  assert.deepEqual(full?.attributes['privileges']?.length, 5)
})

test('rights that no undo could give back keep a user from being removed', async () => {
  const account = await created(driver, person())
  await query(
    `CREATE PROCEDURE p${count}() SELECT 1; GRANT EXECUTE ON PROCEDURE test.p${count} TO '${account.attributes['name']?.[0]}'@'%'`,
  )

  await assert.rejects(perform(driver, changeOf(account, 'delete'), account), { code: 'policy', sent: 'no' })

  assert.deepEqual(await again(driver, account), account)
})

test('users who may do everything, and the one that the gateway logs in with, are not changed; nor is anybody made such', async () => {
  const [root, self] = [
    await driver.find({ nativeId: 'root@localhost', correlate: {} }),
    await driver.find({ nativeId: 'passerelle@127.0.0.1', correlate: {} }),
  ]
  const account = await created(driver, person())
  assert.ok(root !== null && self !== null)

  await assert.rejects(perform(driver, changeOf(root, 'disable'), root), { code: 'policy', sent: 'no' })
  await assert.rejects(perform(driver, changeOf(self, 'disable'), self), { code: 'policy', sent: 'no' })
  for (const role of ['almighty', 'indirectly']) {
    const power = changeOf(account, 'membership', { memberships: { add: [role], remove: [] } })
    await assert.rejects(carryOut(driver, power), { code: 'not_found', hint: /accounts\.groups/ })
  }
  assert.equal(await driver.find({ nativeId: null, correlate: { name: ['root'] } }), null)
})

test('a change of several statements whose last is refused leaves nothing of the first', async () => {
  const account = await created(driver, person(), { memberships: { add: ['admins'], remove: [] }, secrets })
  const before = await query(`SHOW CREATE USER '${account.attributes['name']?.[0]}'@'%'`)
  const change = changeOf(account, 'update', {
    attributes: desired({ maxUserConnections: [7], defaultRole: ['nobody'] }),
    memberships: { add: ['staff'], remove: [] },
    secrets: { password: 'Second-pass-2!' },
  })

  await assert.rejects(perform(driver, change, account), { code: 'not_found' })

  assert.deepEqual(await query(`SHOW CREATE USER '${account.attributes['name']?.[0]}'@'%'`), before)
  assert.deepEqual(await again(driver, account), account)
})

test('the same name for two hosts is ambiguous by name, and one account by name and host', async () => {
  const { attributes, correlate } = person()
  await created(driver, { attributes, correlate })
  await created(driver, { attributes: { ...attributes, host: ['10.0.0.%'] }, correlate: { ...correlate, host: ['10.0.0.%'] } })

  const found = await driver.find({ nativeId: null, correlate: { ...correlate, host: ['10.0.0.%'] } })

  assert.equal(found?.label, `${attributes.name[0]}@10.0.0.%`)
  await assert.rejects(driver.find({ nativeId: null, correlate }), { code: 'ambiguous' })
})

test('a host is kept in small letters, and is the same host in any', async () => {
  await using usual = connect({ ...settings(), accounts: { host: 'LocalHost' } })
  await using other = await open(usual)
  const [named, standard] = [await created(driver, person({ host: ['LocalHost'] })), await created(other, person())]

  for (const { nativeId, attributes } of [named, standard]) assert.equal(nativeId, `${attributes['name']?.[0]}@localhost`)
})

test('a name that MariaDB would spoil is refused before anything is sent', async () => {
  for (const name of ['🦊', 'ends in a space ', 'x'.repeat(129), '']) {
    const change = changeFor({ attributes: { name: [name] }, correlate: { name: ['x'] } }, 'create')
    await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: 'name' })
  }
})
