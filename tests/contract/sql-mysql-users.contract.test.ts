/** What is particular to users of MySQL: sessions, roles that count or not, its hashes, rights of their own, what must not be touched. */
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
import { isSha2Of } from '#connectors/sql/mysql-users/password.ts'
import { openMysql } from '#tests/harness/mysql.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'

const told: string[] = []
const log = pino({ level: 'warn' }, { write: (line: string) => void told.push(line) })

let server: TestMysql
let connection: Connection
let driver: Driver
let count = 0
before(async () => {
  server = await openMysql()
  connection = connect({})
  driver = await open(connection)
  await query(
    `CREATE ROLE staff, admins, almighty, 'ops'@'localhost'; GRANT SUPER ON *.* TO almighty; CREATE ROLE indirectly; GRANT almighty TO indirectly; CREATE TABLE t (a int, \`b\`\`b\` int); GRANT SELECT ON test.t TO staff`,
  )
})
after(async () => {
  await driver[Symbol.asyncDispose]()
  await connection[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

function connect(more: Record<string, unknown>): Connection {
  const { host, port, user, password } = server
  const config = { mode: 'accounts', dialect: 'mysql', host, port, user, password, database: 'test', ...more }
  return sql.connect(v.parse(sql.config, config), { target: 'database', log })
}
const open = (to: Connection) => to.open({ signal: AbortSignal.timeout(60_000) })
const query = (text: string) => server.query('test', text)
const again = (on: Driver, { nativeId }: Account) => on.find({ nativeId, correlate: {} })
const secrets = { password: 'First-pass-1!' }
const person = (more: Attributes = {}) => {
  const name = [`ada-${++count}`]
  return { attributes: { name, ...more }, correlate: { name } }
}
const nameOf = (account: Account) => String(account.attributes['name']?.[0])
const textOf = (account: Account) => `'${nameOf(account)}'@'%'`
const loginOf = (account: Account, password = secrets.password) => ({
  ...{ host: server.host, port: server.port, user: nameOf(account), password },
})
const joining = (add: readonly string[], remove: readonly string[] = []) => ({ memberships: { add, remove } })
/** All that the server itself says of a user, without times; what was said of it and taken back leaves an empty object. */
const shown = async (account: Account) => {
  const rows = await query(`SELECT * FROM mysql.user WHERE User = '${nameOf(account)}'`)
  return JSON.stringify([
    await query(`SHOW GRANTS FOR ${textOf(account)}`),
    rows.map(({ password_last_changed: _stamp, User_attributes: said, ...row }) => [
      row,
      said === '{"metadata": {}}' ? null : said,
    ]),
    await query(`SELECT * FROM mysql.default_roles WHERE USER = '${nameOf(account)}'`),
  ])
}

test('who is disabled is out at once, and in again with the same password when enabled', { timeout: 20_000 }, async () => {
  const account = await created(driver, person(), { secrets })
  const session = await mysql.createConnection(loginOf(account))
  const ended = new Promise((resolve) => session.once('error', resolve))

  await carryOut(driver, changeOf(account, 'disable'))
  await ended
  await assert.rejects(mysql.createConnection(loginOf(account)), { errno: 3118 })
  await carryOut(driver, changeOf(account, 'enable'))

  await (await mysql.createConnection(loginOf(account))).end()
})

test('sessions that may be those of another user of the same name are left, and the log says so', async () => {
  const account = await created(driver, person(), { secrets })
  await query(`CREATE USER '${nameOf(account)}'@'127.0.0._' IDENTIFIED BY 'Other-pass-1!'`)
  const other = await mysql.createConnection(loginOf(account, 'Other-pass-1!'))
  told.length = 0

  await carryOut(driver, changeOf(account, 'disable'))

  await other.query('SELECT 1')
  await other.end()
  assert.match(told.join(''), /"code":"ambiguous".*could not be ended/)
})

test('a gateway that may not see the sessions of others disables all the same, and the log says what it could not do', async () => {
  await query(`CREATE USER gate@'127.0.0.1' IDENTIFIED BY 'Gate-pass-1!'; GRANT CREATE USER, ROLE_ADMIN ON *.* TO gate@'127.0.0.1';
    GRANT SELECT ON mysql.* TO gate@'127.0.0.1'; GRANT SELECT ON test.* TO gate@'127.0.0.1'`)
  await using modest = connect({ user: 'gate', password: 'Gate-pass-1!' })
  await using gate = await open(modest)
  const report = await gate.testConnection()
  const account = await created(gate, person(), { secrets, ...joining(['staff']) })
  told.length = 0

  await carryOut(gate, changeOf(account, 'disable'))

  const self = await gate.find({ nativeId: 'gate@127.0.0.1', correlate: {} })
  assert.ok(report.ok && self !== null)
  await assert.rejects(perform(gate, changeOf(self, 'disable'), self), { code: 'policy', sent: 'no' })
  assert.equal((await again(gate, account))?.enabled, false)
  assert.match(told.join(''), /"code":"denied".*could not be ended/)
})

test('passwords are hashed as the server does it, whatever their length, and let in', async () => {
  for (const password of [
    'x',
    'Zoë Åström 李小龙 🦊',
    'a'.repeat(31),
    'b'.repeat(32),
    'c'.repeat(33),
    'd'.repeat(200),
    `q'"\\;`,
  ]) {
    await query(`CREATE USER hashed IDENTIFIED BY ${mysql.escape(password)}`)
    const [row] = await query(`SELECT authentication_string AS hash FROM mysql.user WHERE User = 'hashed'`)
    const account = await created(driver, person(), { secrets: { password } })

    assert.equal(await isSha2Of(String(row?.['hash']), password), true)
    await (await mysql.createConnection(loginOf(account, password))).end()
    await query('DROP USER hashed')
  }
})

test('a user without a password is let in by none, not by every one', async () => {
  const account = await created(driver, person())

  for (const password of ['', 'nobody']) await assert.rejects(mysql.createConnection(loginOf(account, password)), { errno: 1045 })
})

test('a role that is given counts from login on, and does so again after an undone departure', async () => {
  const account = await created(driver, person(), { secrets, ...joining(['staff']) })
  const seen = async () => {
    const session = await mysql.createConnection({ ...loginOf(account), database: 'test' })
    await session.query('SELECT * FROM t')
    await session.end()
  }
  await seen()
  const before = await shown(account)

  const left = await carryOut(driver, changeOf(account, 'membership', joining([], ['staff'])))
  await assert.rejects(seen)
  await compensate(driver, left)

  await seen()
  assert.equal(await shown(account), before)
})

test('a role of one host alone is named with it', async () => {
  const account = await created(driver, person(), joining(['ops@localhost', 'staff@%']))

  assert.deepEqual(account.memberships, ['ops@localhost', 'staff'])
})

test('a user that the settings name as a group is one, and no account', async () => {
  await query(`CREATE USER team IDENTIFIED BY 'Team-pass-1!'`)
  await using named = connect({ accounts: { groups: ['team', 'staff@%'] } })
  await using other = await open(named)

  const account = await created(other, person(), joining(['team', 'staff']))

  assert.deepEqual(account.memberships, ['staff', 'team'])
  assert.equal(await other.find({ nativeId: 'team@%', correlate: {} }), null)
  assert.ok((await driver.find({ nativeId: null, correlate: { name: ['team'] } })) !== null)
})

test('everything that the server knows of a user comes back after an undone deletion', async () => {
  const limits = {
    failedLoginAttempts: [3],
    passwordLockDays: [-1],
    passwordHistory: [2],
    passwordReuseDays: [9],
    comment: ['🦊 "x\\y"'],
  }
  const account = await created(driver, person({ ...limits, passwordRequireCurrent: [false] }), { secrets })
  const to = textOf(account)
  await query(
    `GRANT SELECT, INSERT ON test.* TO ${to} WITH GRANT OPTION; GRANT SELECT (\`b\`\`b\`), UPDATE ON test.t TO ${to}; GRANT PROCESS, BACKUP_ADMIN ON *.* TO ${to}`,
  )
  await query(`GRANT admins TO ${to} WITH ADMIN OPTION; GRANT staff TO ${to}; SET DEFAULT ROLE admins TO ${to}`)
  await query(`ALTER USER ${to} ATTRIBUTE '{"badge": [1, "é"]}'; ALTER USER ${to} ACCOUNT LOCK; ALTER USER ${to} PASSWORD EXPIRE`)
  const [full, before] = [await again(driver, account), await shown(account)]

  const undone = await compensate(driver, await carryOut(driver, changeOf(account, 'delete')))

  assert.deepEqual([undone.outcome, 'remains' in undone && undone.remains], ['undone', []])
  assert.deepEqual(await again(driver, account), full)
  assert.equal(await shown(account), before)
  assert.deepEqual([full?.attributes['optionalRoles'], full?.attributes['privileges']?.length], [['staff'], 6])
})

test('a password that had to be changed has to be changed again after an undone new one', async () => {
  const account = await created(driver, person(), { secrets })
  await query(`ALTER USER ${textOf(account)} PASSWORD EXPIRE`)
  const [expired, before] = [await again(driver, account), await shown(account)]
  assert.ok(expired !== null)

  const receipt = await carryOut(driver, changeOf(expired, 'password', { secrets: { password: 'Second-pass-2!' } }))
  await (await mysql.createConnection(loginOf(account, 'Second-pass-2!'))).end()
  await compensate(driver, receipt, expired.secrets)

  assert.equal(await shown(account), before)
})

test('what no undo could give back keeps a user from being removed', async () => {
  const [routine, second] = [await created(driver, person()), await created(driver, person(), { secrets })]
  await query(`CREATE PROCEDURE p() SELECT 1; GRANT EXECUTE ON PROCEDURE test.p TO ${textOf(routine)}`)
  await query(`ALTER USER ${textOf(second)} IDENTIFIED BY 'Second-pass-2!' RETAIN CURRENT PASSWORD`)

  for (const account of [routine, second]) {
    const now = await again(driver, account)
    await assert.rejects(perform(driver, changeOf(account, 'delete'), now), { code: 'policy', sent: 'no' })
    assert.deepEqual(await again(driver, account), now)
  }
})

test('users who may do everything, and the one that the gateway logs in with, are not changed; nor is anybody made such', async () => {
  const account = await created(driver, person())
  const immune = await created(driver, person())
  await query(`GRANT SYSTEM_USER ON *.* TO ${textOf(immune)}`)
  const find = (nativeId: string) => driver.find({ nativeId, correlate: {} })

  for (const nativeId of ['root@localhost', 'passerelle@127.0.0.1', immune.nativeId]) {
    const mighty = await find(nativeId)
    assert.ok(mighty !== null)
    await assert.rejects(perform(driver, changeOf(mighty, 'disable'), mighty), { code: 'policy', sent: 'no' })
  }
  for (const role of ['almighty', 'indirectly'])
    await assert.rejects(carryOut(driver, changeOf(account, 'membership', joining([role]))), {
      code: 'not_found',
      hint: /accounts\.groups/,
    })
  const listed = (await Array.fromAsync(driver.list(5))).flat().map(({ nativeId }) => nativeId)
  assert.ok(listed.includes(account.nativeId))
  assert.deepEqual(
    listed.filter((id) => /^(root|mysql\.|staff|almighty|passerelle)/.test(id) || id === immune.nativeId),
    [],
  )
})

test('a change of several statements whose last is refused leaves nothing of the first', async () => {
  const account = await created(driver, person(), { secrets, ...joining(['admins']) })
  await query(`CREATE ROLE circle; GRANT ${textOf(account)} TO circle`)
  const before = await shown(account)
  const change = changeOf(account, 'update', {
    attributes: desired({ maxUserConnections: [7], comment: ['New'] }),
    ...joining(['staff', 'circle'], ['admins']),
    secrets: { password: 'Second-pass-2!' },
  })

  await assert.rejects(perform(driver, change, account), { code: 'invalid' })

  assert.equal(await shown(account), before)
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
  const account = await created(driver, person({ host: ['LocalHost'] }))

  assert.equal(account.nativeId, `${nameOf(account)}@localhost`)
  const change = changeFor(person({ host: ['10.0.0.1 '] }), 'create')
  await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: 'host' })
})

test('a name that MySQL would spoil is refused before anything is sent', async () => {
  for (const name of ['🦊', 'ends in a space ', ' begins with one', 'x'.repeat(33), '']) {
    const change = changeFor({ attributes: { name: [name] }, correlate: { name: ['x'] } }, 'create')
    await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: 'name' })
  }
})

test('a number that MySQL would keep as another is refused before anything is sent', async () => {
  for (const wrong of [{ passwordHistory: [70_000] }, { passwordLockDays: [-2] }, { maxUserConnections: [0] }]) {
    const change = changeFor(person(wrong), 'create')
    await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: Object.keys(wrong)[0] })
  }
})
