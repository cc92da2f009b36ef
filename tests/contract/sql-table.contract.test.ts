/** What is true of SQL targets only: keys, flags, versions, collations, locks, and connections that die. On every database. */
import { sql } from '#connectors/sql/index.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { emptyWrites } from '#connectors/kit/session.ts'
import type { Account, Writes } from '#core/account.ts'
import type { GatewayError } from '#core/errors.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { hasMysql, openMysql } from '#tests/harness/mysql.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import * as v from 'valibot'

/** The little that the servers of the harness have in common. */
interface Server extends AsyncDisposable {
  readonly url: string
  query(text: string): Promise<readonly Record<string, unknown>[]>
  restart(): Promise<void>
}

async function postgres(): Promise<Server> {
  const server = await openPostgres()
  return {
    url: server.url,
    query: (text) => server.query('postgres', text),
    restart: () => server.stop('immediate').then(() => server.start()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function mysql(opening: Promise<TestMysql>): Promise<Server> {
  const server = await opening
  return {
    url: server.url,
    query: (text) => server.query('test', text),
    restart: () => server.kill().then(() => server.start()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const servers: readonly (readonly [string, 'postgres' | 'mysql', () => Promise<Server>])[] = [
  ['PostgreSQL', 'postgres', postgres],
  ['MariaDB', 'mysql', () => mysql(openMariadb())],
  ...(hasMysql ? [['MySQL', 'mysql', () => mysql(openMysql())] as const] : []),
]

// They mostly wait, each for a server of its own.
describe('SQL tables', { concurrency: servers.length }, () => {
  for (const [name, dialect, open] of servers)
    describe(name, { timeout: 60_000, concurrency: 1 }, () => {
      let server: Server
      before(async () => {
        server = await open()
      })
      after(() => server[Symbol.asyncDispose]())
      const connect = (table: string, more: object = {}): Connection =>
        sql.connect(v.parse(sql.config, { dialect, url: server.url, table, key: 'id', ...more }), {
          target: 'app',
          log: pino({ level: 'silent' }),
        })

      keys(dialect, () => server, connect)
      flags(() => server, connect)
      versions(() => server, connect)
      values(dialect, () => server, connect)
      connections(dialect, () => server, connect)
    })
})

type Connect = (table: string, more?: object) => Connection

const never = () => new AbortController().signal

async function add(driver: Driver, attributes: Record<string, string[]>, more: object = {}): Promise<Account> {
  const { nativeId } = await driver.create({ attributes, memberships: [], enabled: true, secrets: {}, ...more })
  const account = await driver.find({ nativeId, correlate: {} })
  assert.ok(account !== null)
  return account
}

function writing(attribute: string, before: string[], after: string[]): Writes {
  return { ...emptyWrites, attributes: [{ attribute, before, after, multivalued: 'replace' }] }
}

function keys(dialect: string, server: () => Server, connect: Connect): void {
  test('a key that comes from an attribute is written by the gateway and cannot be changed afterwards', async () => {
    await server().query('CREATE TABLE keyed (id varchar(40) PRIMARY KEY, employee varchar(40), title varchar(40))')
    await using connection = connect('keyed', { keyFrom: 'employee' })
    await using driver = await connection.open({ signal: never() })

    const account = await add(driver, { employee: ['E-7'] })

    assert.equal(account.nativeId, 'E-7')
    await assert.rejects(driver.modify(account, writing('id', ['E-7'], ['E-8']), {}), { code: 'invalid' })
    await assert.rejects(add(driver, { title: ['x'] }), { code: 'invalid' })
    await assert.rejects(add(driver, { employee: ['E-7'] }), { code: 'exists' })
  })

  test('a deleted account comes back with its own key, also where the database generates keys', async () => {
    const type = dialect === 'postgres' ? 'bigint GENERATED ALWAYS AS IDENTITY' : 'bigint AUTO_INCREMENT'
    await server().query(`CREATE TABLE reborn (id ${type} PRIMARY KEY, login varchar(40) UNIQUE, level int DEFAULT 7)`)
    await using connection = connect('reborn')
    await using driver = await connection.open({ signal: never() })
    const account = await add(driver, { login: ['zoe'], level: [] })
    await driver.remove(account)

    const restored = await driver.restore(account)

    assert.equal(restored.nativeId, account.nativeId)
    assert.deepEqual(await driver.find({ nativeId: account.nativeId, correlate: {} }), account)
  })

  test('a restored account whose login somebody took meanwhile is not restored', async () => {
    await server().query('CREATE TABLE taken (id int PRIMARY KEY, login varchar(40) UNIQUE)')
    await using connection = connect('taken', { keyFrom: 'id' })
    await using driver = await connection.open({ signal: never() })
    const account = await add(driver, { id: ['1'], login: ['zoe'] })
    await driver.remove(account)
    await add(driver, { id: ['2'], login: ['zoe'] })

    await assert.rejects(driver.restore(account), { code: 'exists' })
  })
}

function flags(server: () => Server, connect: Connect): void {
  test('an account whose flag holds a third value can be disabled, and comes back from a deletion with that value', async () => {
    await server().query(
      `CREATE TABLE flagged (id int PRIMARY KEY, state varchar(10)); INSERT INTO flagged VALUES (1, 'pending')`,
    )
    await using connection = connect('flagged', {
      keyFrom: 'id',
      active: { column: 'state', whenActive: 'on', whenInactive: 'off' },
    })
    await using driver = await connection.open({ signal: never() })
    const pending = await driver.find({ nativeId: '1', correlate: {} })
    assert.ok(pending?.enabled)

    await driver.remove(pending)
    await driver.restore(pending)
    const restored = await server().query('SELECT state FROM flagged')
    await driver.modify(pending, { ...emptyWrites, enabled: { before: true, after: false } }, {})

    assert.deepEqual(
      restored.map(({ state }) => state),
      ['pending'],
    )
    assert.equal((await driver.find({ nativeId: '1', correlate: {} }))?.enabled, false)
  })

  test('a flag that is NULL for active accounts counts every time of leaving as disabled', async () => {
    await server().query(`CREATE TABLE leavers (id int PRIMARY KEY, left_at timestamp NULL);
      INSERT INTO leavers VALUES (1, NULL), (2, '2020-01-01 00:00:00')`)
    const active = { column: 'left_at', whenActive: null, whenInactive: '2026-01-01T00:00:00Z' }
    await using connection = connect('leavers', { keyFrom: 'id', active })
    await using driver = await connection.open({ signal: never() })

    const here = await driver.find({ nativeId: '1', correlate: {} })
    const gone = await driver.find({ nativeId: '2', correlate: {} })

    assert.deepEqual([here?.enabled, gone?.enabled], [true, false])
  })

  test('without an active column an account cannot be disabled, and the error says what to configure', async () => {
    await server().query('CREATE TABLE flagless (id int PRIMARY KEY, note varchar(9))')
    await using connection = connect('flagless', { keyFrom: 'id' })
    await using driver = await connection.open({ signal: never() })
    const account = await add(driver, { id: ['1'] })

    const disabling = driver.modify(account, { ...emptyWrites, enabled: { before: true, after: false } }, {})

    await assert.rejects(disabling, { code: 'unsupported', sent: 'no', hint: /Set active/ })
  })
}

function versions(server: () => Server, connect: Connect): void {
  test('a version is counted up by every change, and a change based on an older one is stale', async () => {
    await server().query(
      'CREATE TABLE versioned (id int PRIMARY KEY, name varchar(40), secret varchar(9), revision int NOT NULL)',
    )
    await using connection = connect('versioned', { keyFrom: 'id', version: 'revision', columns: ['name'] })
    await using driver = await connection.open({ signal: never() })
    const account = await add(driver, { id: ['1'], name: ['increment'] })

    await driver.modify(account, writing('name', ['increment'], ['New']), {})
    const outdated = driver.modify(account, writing('name', ['increment'], ['Newer']), {})

    await assert.rejects(outdated, { code: 'stale' })
    const rows = await server().query('SELECT name, revision FROM versioned')
    assert.deepEqual(
      rows.map(({ name, revision }) => [name, Number(revision)]),
      [['New', 1]],
    )
    assert.equal(account.attributes['secret'], undefined)
  })

  test('a column that the target does not list is neither read nor written', async () => {
    await server().query(
      `CREATE TABLE narrow (id int PRIMARY KEY, name varchar(40), salary int); INSERT INTO narrow VALUES (1, 'zoe', 9)`,
    )
    await using connection = connect('narrow', { keyFrom: 'id', columns: ['name'] })
    await using driver = await connection.open({ signal: never() })
    const account = await driver.find({ nativeId: '1', correlate: {} })

    assert.ok(account !== null)
    assert.deepEqual(Object.keys(account.attributes).toSorted(), ['id', 'name'])
    await assert.rejects(driver.modify(account, writing('salary', ['9'], ['99']), {}), { code: 'config', sent: 'no' })
    await assert.rejects(driver.find({ nativeId: null, correlate: { salary: ['9'] } }), { code: 'config' })
  })
}

function values(dialect: string, server: () => Server, connect: Connect): void {
  test('a name that differs by an accent is another person, whatever the collation says', async () => {
    const collation = dialect === 'mysql' ? 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci' : ''
    await server().query(`CREATE TABLE accents (id int PRIMARY KEY, login varchar(40) ${collation} UNIQUE);
      INSERT INTO accents VALUES (1, 'zoe')`)
    await using connection = connect('accents', { keyFrom: 'id' })
    await using driver = await connection.open({ signal: never() })

    assert.equal(await driver.find({ nativeId: null, correlate: { login: ['zoé'] } }), null)
    assert.equal((await driver.find({ nativeId: null, correlate: { login: ['zoe'] } }))?.nativeId, '1')
    const upper = await driver.find({ nativeId: null, correlate: { login: ['ZOE'] } })
    assert.equal(upper?.nativeId, dialect === 'mysql' ? '1' : undefined)
  })

  test('a text is never taken for the number 0, and large keys are not confused', async () => {
    await server().query(`CREATE TABLE numbers (id bigint PRIMARY KEY, badge int, amount decimal(30, 2));
      INSERT INTO numbers VALUES (9007199254740992, 0, 1), (9007199254740993, 1, 12345678901234567890.12)`)
    await using connection = connect('numbers', { keyFrom: 'id' })
    await using driver = await connection.open({ signal: never() })

    await assert.rejects(driver.find({ nativeId: null, correlate: { badge: ['zoe'] } }), { code: 'invalid', sent: 'no' })
    assert.deepEqual((await driver.find({ nativeId: '9007199254740993', correlate: {} }))?.attributes['badge'], [1])
    const byAmount = await driver.find({ nativeId: null, correlate: { amount: ['12345678901234567890.12'] } })
    assert.equal(byAmount?.nativeId, '9007199254740993')
    assert.equal(await driver.find({ nativeId: 'zoe', correlate: {} }), null)
    assert.equal(await driver.find({ nativeId: '9'.repeat(30), correlate: {} }), null)
  })

  test('keys that are one floating-point number are two keys', async () => {
    await server().query(`CREATE TABLE huge (id decimal(30, 0) PRIMARY KEY, name varchar(9));
      INSERT INTO huge VALUES (12345678901234567890, 'a'), (12345678901234567891, 'b')`)
    await using connection = connect('huge', { keyFrom: 'id' })
    await using driver = await connection.open({ signal: never() })

    const account = await driver.find({ nativeId: '12345678901234567891', correlate: {} })
    assert.ok(account !== null)
    await driver.remove(account)

    const rows = await server().query('SELECT name FROM huge')
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['a'],
    )
  })

  test('two rows with the correlating value are ambiguous', async () => {
    await server().query(
      `CREATE TABLE twins (id int PRIMARY KEY, mail varchar(40)); INSERT INTO twins VALUES (1, 'a@x'), (2, 'a@x')`,
    )
    await using connection = connect('twins', { keyFrom: 'id' })
    await using driver = await connection.open({ signal: never() })

    await assert.rejects(driver.find({ nativeId: null, correlate: { mail: ['a@x'] } }), { code: 'ambiguous' })
  })

  test('a membership is never there twice, although nothing in the table forbids it', async () => {
    await server().query('CREATE TABLE loose (id int PRIMARY KEY); CREATE TABLE loose_groups (person int, grp varchar(20))')
    const memberships = { table: 'loose_groups', accountColumn: 'person', groupColumn: 'grp' }
    await using connection = connect('loose', { keyFrom: 'id', memberships })
    await using driver = await connection.open({ signal: never() })
    const account = await add(driver, { id: ['1'] }, { memberships: ['staff', 'staff'] })

    await driver.modify(account, { ...emptyWrites, memberships: { add: ['staff', 'board'], remove: ['none'] } }, {})

    const rows = await server().query('SELECT grp FROM loose_groups ORDER BY grp')
    assert.deepEqual(
      rows.map(({ grp }) => grp),
      ['board', 'staff'],
    )
  })
}

function connections(dialect: string, server: () => Server, connect: Connect): void {
  const quick = { connectTimeoutMs: 2_000, statementTimeoutMs: 1_000 }

  test('a change that waits for a lock is given up by the server itself and leaves nothing', async () => {
    await server().query(`CREATE TABLE locked (id int PRIMARY KEY, name varchar(40)); INSERT INTO locked VALUES (1, 'old')`)
    await using connection = connect('locked', { keyFrom: 'id', ...quick })
    await using driver = await connection.open({ signal: never() })
    const account = await driver.find({ nativeId: '1', correlate: {} })
    assert.ok(account !== null)
    const wait = dialect === 'postgres' ? 'pg_sleep(3)' : 'SLEEP(3)'
    const holder = server().query(`BEGIN; SELECT * FROM locked WHERE id = 1 FOR UPDATE; SELECT ${wait}; COMMIT`)
    await sleep(300)

    await assert.rejects(driver.modify(account, writing('name', ['old'], ['new']), {}), { code: 'transient' })

    await holder
    await sleep(200)
    const rows = await server().query('SELECT name FROM locked')
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['old'],
    )
  })

  test('a new account that waits behind a lock is not added after the gateway gave up', async () => {
    await server().query('CREATE TABLE waiting (id int PRIMARY KEY)')
    await using connection = connect('waiting', { keyFrom: 'id', ...quick })
    await using driver = await connection.open({ signal: never() })
    const holder = server().query(
      dialect === 'postgres'
        ? 'BEGIN; LOCK TABLE waiting; SELECT pg_sleep(3); COMMIT'
        : 'LOCK TABLES waiting WRITE; SELECT SLEEP(3); UNLOCK TABLES',
    )
    await sleep(300)

    const adding = driver.create({ attributes: { id: ['1'] }, memberships: [], enabled: true, secrets: {} })

    // MariaDB may end the wait for the lock or the whole statement; both come at the same second.
    await assert.rejects(adding, (error: GatewayError) => ['unknown_outcome', 'transient'].includes(error.code))
    await holder
    await sleep(300)
    assert.deepEqual(await server().query('SELECT id FROM waiting'), [])
  })

  test('an aborted job ends its connection at once, and the server rolls back', async () => {
    await server().query(`CREATE TABLE aborted (id int PRIMARY KEY, name varchar(40)); INSERT INTO aborted VALUES (1, 'old')`)
    await using connection = connect('aborted', { keyFrom: 'id' })
    const job = new AbortController()
    await using driver = await connection.open({ signal: job.signal })
    const account = await driver.find({ nativeId: '1', correlate: {} })
    assert.ok(account !== null)
    const wait = dialect === 'postgres' ? 'pg_sleep(2)' : 'SLEEP(2)'
    const holder = server().query(`BEGIN; SELECT * FROM aborted WHERE id = 1 FOR UPDATE; SELECT ${wait}; COMMIT`)
    await sleep(300)
    const started = performance.now()

    const change = driver.modify(account, writing('name', ['old'], ['new']), {})
    setTimeout(() => job.abort(), 100)

    await assert.rejects(change, { code: 'transient', sent: 'no' })
    assert.ok(performance.now() - started < 1_000)
    await assert.rejects(driver.find({ nativeId: '1', correlate: {} }), { code: 'transient' })
    await holder
    await sleep(200)
    const rows = await server().query('SELECT name FROM aborted')
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['old'],
    )
  })

  test('a job that finds all connections in use waits for one, and gives up when it ends', async () => {
    await server().query('CREATE TABLE crowded (id int PRIMARY KEY)')
    await using connection = connect('crowded', { keyFrom: 'id', poolSize: 1 })
    const first = await connection.open({ signal: never() })

    await assert.rejects(connection.open({ signal: AbortSignal.timeout(150) }), { code: 'transient', sent: 'no' })
    const waiting = connection.open({ signal: AbortSignal.timeout(5_000) })
    await first[Symbol.asyncDispose]()

    await using second = await waiting
    assert.equal(await second.find({ nativeId: '1', correlate: {} }), null)
  })

  test('after the database was killed and started again the next job works', async () => {
    await server().query('CREATE TABLE survivor (id int PRIMARY KEY)')
    await using connection = connect('survivor', { keyFrom: 'id' })
    {
      await using driver = await connection.open({ signal: never() })
      await add(driver, { id: ['1'] })
    }

    await server().restart()

    await using driver = await connection.open({ signal: never() })
    assert.equal((await driver.find({ nativeId: '1', correlate: {} }))?.nativeId, '1')
  })

  test('a connection that breaks the moment it is handed out is replaced before the job notices', async () => {
    await server().query('CREATE TABLE handed (id int PRIMARY KEY); INSERT INTO handed VALUES (1)')
    const { hostname, port } = new URL(server().url)
    await using proxy = await openFaultProxy({ to: { host: hostname, port: Number(port) } })
    await using connection = connect('handed', { keyFrom: 'id', port: proxy.port })
    {
      await using driver = await connection.open({ signal: never() })
      await driver.find({ nativeId: '1', correlate: {} })
    }

    proxy.reset()

    await using driver = await connection.open({ signal: never() })
    assert.equal((await driver.find({ nativeId: '1', correlate: {} }))?.nativeId, '1')
  })
}
