/** What is particular to roles of PostgreSQL: sessions, groups that are roles too, what must not be touched. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Attributes } from '#core/values.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import { sql } from '#connectors/sql/index.ts'
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
  await query(`CREATE ROLE staff; CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'maker'; CREATE ROLE member; GRANT staff TO member`)
})
after(async () => {
  await driver[Symbol.asyncDispose]()
  await connection[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

test('who is disabled is out at once, and in again with the same password when enabled', { timeout: 20_000 }, async () => {
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
  const [now, rename] = [await again(driver, account), changeOf(account, 'update', { attributes: desired(person().attributes) })]
  assert.ok(now !== null)

  await assert.rejects(perform(driver, rename, now), { code: 'policy', sent: 'no', at: 'name' })
  const { after: renamed } = await carryOut(driver, { ...rename, secrets })

  assert.equal(await driver.holdsSecret(now, 'password', 'Old-pass-1!'), false)
  assert.ok(renamed !== null && (await driver.holdsSecret(renamed, 'password', secrets.password)))
})

test('without the right to read verifiers all goes on, and after an undo nobody knows the password in force, which is told', async () => {
  await using limited = connect({ ...settings(), user: 'maker', password: 'maker' })
  await using maker = await open(limited)
  const account = await created(maker, person(), { memberships: { add: ['staff'], remove: [] }, secrets })

  const undone = await compensate(
    maker,
    await carryOut(maker, changeOf(account, 'password', { secrets: { password: 'Second-pass-2!' } })),
  )

  assert.deepEqual([undone.outcome, 'reset' in undone && undone.reset], ['undone', ['password']])
  for (const guess of ['Second-pass-2!', secrets.password])
    assert.equal(await driver.holdsSecret(account, 'password', guess), false)
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
