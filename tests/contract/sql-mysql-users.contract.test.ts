/** What users of MySQL have alone: roles that count or not, its hashes, sessions that tell little, what else it keeps of a user. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import mysql from 'mysql2/promise'
import type { Account } from '#core/account.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import { isSha2Of } from '#connectors/sql/mysql-users/password.ts'
import { openMysql } from '#tests/harness/mysql.ts'
import { carryOut, changeFor, changeOf, created, desired } from './bench.ts'
import { again, joining, nameOf, openDriver, openUsersBench, secrets, textOf, type UsersBench } from './sql-users-bench.ts'

let bench: UsersBench
before(async () => {
  bench = await openUsersBench(openMysql(), `CREATE ROLE 'ops'@'localhost'; GRANT SELECT ON test.t TO staff`)
})
after(() => bench[Symbol.asyncDispose]())

/** All that the server itself says of a user, without times; what was said of it and taken back leaves an empty object. */
const shown = async (account: Account) => {
  const { query } = bench
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

test('sessions that may be those of another user of the same name are left, and the log says so', async () => {
  const { driver, told, query, person, loginOf } = bench
  const account = await created(driver, person(), { secrets })
  await query(`CREATE USER '${nameOf(account)}'@'127.0.0._' IDENTIFIED BY 'Other-pass-1!'`)
  const other = await mysql.createConnection(loginOf(account, 'Other-pass-1!'))
  told.length = 0

  await carryOut(driver, changeOf(account, 'disable'))

  await other.query('SELECT 1')
  await other.end()
  assert.match(told.join(''), /"code":"ambiguous".*could not be ended/)
})

test('a gateway without the right to see or end sessions disables all the same, and the log says what it could not do', async () => {
  const { driver, told, connect, query, person, loginOf } = bench
  await query(`CREATE USER gate@'127.0.0.1' IDENTIFIED BY 'Gate-pass-1!'; GRANT CREATE USER, ROLE_ADMIN ON *.* TO gate@'127.0.0.1';
    GRANT SELECT ON mysql.* TO gate@'127.0.0.1'; GRANT SELECT ON test.* TO gate@'127.0.0.1'`)
  const warned: string[] = []
  for (const right of ['', 'PROCESS', 'CONNECTION_ADMIN']) {
    if (right !== '') await query(`GRANT ${right} ON *.* TO gate@'127.0.0.1'`)
    await using modest = connect({ user: 'gate', password: 'Gate-pass-1!' })
    await using gate = await openDriver(modest)
    assert.ok((await gate.testConnection()).ok)
    const account = await created(gate, person(), { secrets, ...joining(['staff']) })
    const session = await mysql.createConnection(loginOf(account))
    session.on('error', () => undefined)
    told.length = 0

    await carryOut(gate, changeOf(account, 'disable'))

    assert.equal((await again(driver, account))?.enabled, false)
    warned.push(/"code":"(\w+)".*could not be ended/.exec(told.join(''))?.[1] ?? 'ended')
    session.destroy()
  }

  assert.deepEqual(warned, ['denied', 'denied', 'ended'])
})

test('the account that the gateway logs in with is not changed, however little it may do', async () => {
  const { connect, query } = bench
  await query(`CREATE USER small@'127.0.0.1' IDENTIFIED BY 'Gate-pass-1!'; GRANT CREATE USER ON *.* TO small@'127.0.0.1';
    GRANT SELECT ON mysql.* TO small@'127.0.0.1'; GRANT SELECT ON test.* TO small@'127.0.0.1'`)
  await using connection = connect({ user: 'small', password: 'Gate-pass-1!' })
  await using driver = await openDriver(connection)
  const self = await driver.find({ nativeId: 'small@127.0.0.1', correlate: {} })
  assert.ok(self !== null)

  await assert.rejects(perform(driver, changeOf(self, 'disable'), self), { code: 'policy', sent: 'no' })
})

test('passwords are hashed as the server does it, whatever their length, and let in', async () => {
  const { driver, query, person, loginOf } = bench
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

test('a role that is given counts from login on, and does so again after an undone departure', async () => {
  const { driver, person, loginOf } = bench
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
  const { driver, person } = bench
  const account = await created(driver, person(), joining(['ops@localhost', 'staff@%']))

  assert.deepEqual(account.memberships, ['ops@localhost', 'staff'])
})

test('a user that the settings name as a group is one, and no account', async () => {
  const { driver, connect, query, person } = bench
  await query(`CREATE USER team IDENTIFIED BY 'Team-pass-1!'`)
  await using named = connect({ accounts: { groups: ['team', 'staff@%'] } })
  await using other = await openDriver(named)

  const account = await created(other, person(), joining(['team', 'staff']))

  assert.deepEqual(account.memberships, ['staff', 'team'])
  assert.equal(await other.find({ nativeId: 'team@%', correlate: {} }), null)
  assert.ok((await driver.find({ nativeId: null, correlate: { name: ['team'] } })) !== null)
})

test('everything that the server knows of a user comes back after an undone deletion', async () => {
  const { driver, query, person } = bench
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
  const { driver, query, person, loginOf } = bench
  const account = await created(driver, person(), { secrets })
  await query(`ALTER USER ${textOf(account)} PASSWORD EXPIRE`)
  const [expired, before] = [await again(driver, account), await shown(account)]
  assert.ok(expired !== null)

  const receipt = await carryOut(driver, changeOf(expired, 'password', { secrets: { password: 'Second-pass-2!' } }))
  await (await mysql.createConnection(loginOf(account, 'Second-pass-2!'))).end()
  await compensate(driver, receipt, expired.secrets)

  assert.equal(await shown(account), before)
})

test('a second password, which no undo could give back, keeps a user from being removed', async () => {
  const { driver, query, person } = bench
  const account = await created(driver, person(), { secrets })
  await query(`ALTER USER ${textOf(account)} IDENTIFIED BY 'Second-pass-2!' RETAIN CURRENT PASSWORD`)
  const now = await again(driver, account)

  await assert.rejects(perform(driver, changeOf(account, 'delete'), now), { code: 'policy', sent: 'no' })

  assert.deepEqual(await again(driver, account), now)
})

test('who holds SYSTEM_USER is not changed, and no account', async () => {
  const { driver, query, person } = bench
  const account = await created(driver, person())
  await query(`GRANT SYSTEM_USER ON *.* TO ${textOf(account)}`)
  const immune = await again(driver, account)
  assert.ok(immune !== null)

  await assert.rejects(perform(driver, changeOf(immune, 'disable'), immune), { code: 'policy', sent: 'no' })

  assert.equal(await driver.find({ nativeId: null, correlate: { name: [nameOf(account)] } }), null)
})

test('a change of several statements whose last is refused leaves nothing of the first', async () => {
  const { driver, query, person } = bench
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

test('a number or a name that MySQL would keep as another is refused before anything is sent', async () => {
  const { driver, person } = bench
  for (const wrong of [
    { passwordHistory: [70_000] },
    { passwordLockDays: [-2] },
    { failedLoginAttempts: [0] },
    { name: [' begins with a space'] },
  ]) {
    const change = changeFor(person(wrong), 'create')
    await assert.rejects(perform(driver, change, null), { code: 'invalid', sent: 'no', at: Object.keys(wrong)[0] })
  }
})
