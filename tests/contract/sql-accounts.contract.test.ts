/** What is particular to the accounts of a database server: sessions, groups that are accounts too, what must not be touched. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import pg from 'pg'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Attributes } from '#core/values.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import { sql } from '#connectors/sql/index.ts'
import { openMariadb, type TestMariadb } from '#tests/harness/mariadb.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
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

describe('accounts of PostgreSQL', { timeout: 60_000 }, () => {
  let server: TestPostgres
  let connection: Connection
  let driver: Driver
  const settings = () => ({
    dialect: 'postgres',
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
  })
  const query = (text: string) => server.query('postgres', text)
  before(async () => {
    server = await openPostgres()
    connection = connect(settings())
    driver = await open(connection)
    await query(
      `CREATE ROLE staff; CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'maker'; CREATE ROLE member; GRANT staff TO member`,
    )
  })
  after(async () => {
    await driver[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('who is disabled is out at once, and in again with the same password when enabled', async () => {
    const account = await created(driver, person(), { secrets })
    const login = { host: server.host, port: server.port, user: account.label, database: 'postgres', password: secrets.password }
    const session = new pg.Client(login)
    const ended = new Promise((resolve) => session.on('error', resolve))
    await session.connect()

    await carryOut(driver, changeOf(account, 'disable'))
    await ended
    const refused = new pg.Client(login).connect()
    await assert.rejects(refused, { code: '28000' })
    await carryOut(driver, changeOf(account, 'enable'))

    const back = new pg.Client(login)
    await back.connect()
    await back.end()
  })

  test('a group is no account: it is neither listed nor found by its name, nor taken over', async () => {
    const found = await driver.find({ nativeId: null, correlate: { name: ['staff'] } })
    const names: string[] = []
    for await (const page of driver.list(100)) names.push(...page.map(({ label }) => label))

    assert.equal(found, null)
    assert.deepEqual(
      ['staff', 'postgres', 'pg_read_all_data', 'member'].map((name) => names.includes(name)),
      [false, false, false, true],
    )
    const change = changeFor({ attributes: { name: ['staff'] }, correlate: { name: ['staff'] } }, 'create')
    await assert.rejects(perform(driver, change, null), { code: 'exists' })
  })

  test('nobody is put into a role that may do everything', async () => {
    const account = await created(driver, person())

    const change = changeOf(account, 'membership', { memberships: { add: ['postgres'], remove: [] } })

    await assert.rejects(carryOut(driver, change), { code: 'not_found', hint: /accounts\.groups/ })
  })

  test('superusers, and the role that the gateway logs in with, are not changed', async () => {
    const [{ oid } = {}] = await query(`SELECT oid::text FROM pg_roles WHERE rolname = 'postgres'`)
    const postgres = await driver.find({ nativeId: String(oid), correlate: {} })
    assert.ok(postgres !== null)

    await assert.rejects(perform(driver, changeOf(postgres, 'disable'), postgres), { code: 'policy', sent: 'no' })
    await assert.rejects(perform(driver, changeOf(postgres, 'delete'), postgres), { code: 'policy', sent: 'no' })
  })

  test('a role that owns something, or has members, is not removed, and nothing of it is lost', async () => {
    const owner = await created(driver, person())
    const group = await created(driver, person())
    await query(`CREATE TABLE owned (); ALTER TABLE owned OWNER TO "${owner.label}"; GRANT "${group.label}" TO member`)

    await assert.rejects(perform(driver, changeOf(owner, 'delete'), owner), { code: 'policy' })
    await assert.rejects(perform(driver, changeOf(group, 'delete'), group), { code: 'policy' })

    assert.deepEqual([await again(driver, owner), await again(driver, group)], [owner, group])
  })

  test('what a role has that rules never gave it comes back after an undone deletion: settings of a database, rights to put others in', async () => {
    const account = await created(driver, person(), { secrets })
    await query(
      `ALTER ROLE "${account.label}" IN DATABASE postgres SET search_path TO 'a', 'B c'; ALTER ROLE "${account.label}" SET work_mem TO '8MB'`,
    )
    await query(`GRANT staff TO "${account.label}" WITH ADMIN OPTION`)
    const full = await again(driver, account)

    const undone = await compensate(driver, await carryOut(driver, changeOf(account, 'delete')))

    assert.ok(undone.outcome === 'undone')
    const back = await driver.find({ nativeId: undone.nativeId, correlate: {} })
    assert.deepEqual(undone.remains, [])
    assert.deepEqual({ ...back, nativeId: '' }, { ...full, nativeId: '' })
    assert.deepEqual([back?.attributes['settings.search_path@postgres'], back?.attributes['adminOf']], [['a, "B c"'], ['staff']])
  })

  test('a name that PostgreSQL would cut is refused, and so is a setting that the target does not name', async () => {
    const long = changeFor(person({ name: ['é'.repeat(32)] }), 'create')
    const setting = changeFor(person({ 'settings.role': ['postgres'] }), 'create')
    const power = changeFor(person({ superuser: [true] }), 'create')

    await assert.rejects(perform(driver, long, null), { code: 'invalid', sent: 'no', at: 'name' })
    await assert.rejects(perform(driver, setting, null), { code: 'config', sent: 'no', at: 'settings.role' })
    await assert.rejects(perform(driver, power, null), { code: 'invalid', sent: 'no', at: 'superuser' })
  })

  test('a password in the form that a new name destroys is not lost by one', async () => {
    const account = await created(driver, person())
    await query(`SET password_encryption = 'md5'; ALTER ROLE "${account.label}" PASSWORD 'Old-pass-1!'`)
    const [now, rename] = [
      await again(driver, account),
      changeOf(account, 'update', { attributes: desired(person().attributes) }),
    ]
    assert.ok(now !== null)

    await assert.rejects(perform(driver, rename, now), { code: 'policy', sent: 'no', at: 'name' })
    const { after: renamed } = await carryOut(driver, { ...rename, secrets })

    assert.equal(await driver.holdsSecret(now, 'password', 'Old-pass-1!'), false)
    assert.ok(renamed !== null && (await driver.holdsSecret(renamed, 'password', secrets.password)))
  })

  test('without the right to read verifiers all goes on, and an undo says that the new password stays', async () => {
    await using limited = connect({ ...settings(), user: 'maker', password: 'maker' })
    await using maker = await open(limited)
    const account = await created(maker, person(), { memberships: { add: ['staff'], remove: [] }, secrets })

    const undone = await compensate(
      maker,
      await carryOut(maker, changeOf(account, 'password', { secrets: { password: 'Second-pass-2!' } })),
    )

    assert.deepEqual([undone.outcome, 'remains' in undone && undone.remains], ['kept', ['password']])
    assert.equal(await driver.holdsSecret(account, 'password', 'Second-pass-2!'), true)
    assert.equal((await carryOut(maker, changeOf(account, 'delete'))).disposition, 'deleted')
  })

  test('a role that somebody else is changing is waited for, and given up with nothing changed', async () => {
    const account = await created(driver, person())
    await using hurried = connect({ ...settings(), statementTimeoutMs: 300 })
    await using waiting = await open(hurried)
    await using rival = await server.hold('postgres', 'SELECT FROM pg_authid WHERE oid = $1 FOR UPDATE', [account.nativeId])

    await assert.rejects(perform(waiting, changeOf(account, 'disable'), account), { code: 'transient', sent: 'no' })
    await rival[Symbol.asyncDispose]()

    assert.deepEqual(await again(driver, account), account)
  })
})

describe('accounts of MariaDB', { timeout: 60_000 }, () => {
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
      `CREATE ROLE staff; CREATE ROLE admins; CREATE ROLE almighty; GRANT SUPER ON *.* TO almighty; CREATE TABLE t (a int, \`b\`\`b\` int)`,
    )
  })
  after(async () => {
    await driver[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('who is disabled is out at once, and in again with the same password when enabled', async () => {
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
    const power = changeOf(account, 'membership', { memberships: { add: ['almighty'], remove: [] } })
    await assert.rejects(carryOut(driver, power), { code: 'not_found', hint: /accounts\.groups/ })
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

  test('a name that MariaDB would spoil is refused before anything is sent', async () => {
    for (const name of ['🦊', 'ends in a space ', 'x'.repeat(129), '']) {
      const change = changeFor({ attributes: { name: [name] }, correlate: { name: ['x'] } }, 'create')
      await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: 'name' })
    }
  })
})
