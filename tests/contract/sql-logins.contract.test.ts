/**
 * What stands behind the sentences of `loggedInByConnection` for databases: a login counts for as long as its connection lasts, the next
 * connection logs in anew, and a server that has had enough refuses connections, not calls. On every database.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { sql } from '#connectors/sql/index.ts'
import { until } from '#tests/harness/leavers.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { hasMysql, openMysql } from '#tests/harness/mysql.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import { carryOut, changeFor } from './bench.ts'

/** The gateway's account on one of the servers, and what its administrators can do to it. */
interface Server extends AsyncDisposable {
  readonly url: string
  setPassword(password: string): Promise<unknown>
  /** How many connections the account may have at once; null: as many as it likes. Counts for an account that has none yet. */
  allow(connections: number | null): Promise<unknown>
  /** Ends all connections of the account, as a server does that is started anew. */
  disconnect(): Promise<unknown>
}

const login = { user: 'gateway', password: 'First-pass-1!' }
const table = 'CREATE TABLE account (id int PRIMARY KEY, login varchar(50) NOT NULL UNIQUE)'

async function postgres(): Promise<Server> {
  const server = await openPostgres()
  const ask = (text: string) => server.query('postgres', text)
  const setPassword = (password: string) => ask(`ALTER ROLE gateway PASSWORD '${password}'`)
  await ask(`${table}; CREATE ROLE gateway LOGIN; GRANT ALL ON account TO gateway`)
  await setPassword(login.password)
  return {
    url: server.url,
    setPassword,
    allow: (connections) => ask(`ALTER ROLE gateway CONNECTION LIMIT ${connections ?? -1}`),
    disconnect: () => ask(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'gateway'`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function mysql(opening: Promise<TestMysql>): Promise<Server> {
  const server = await opening
  const ask = (text: string) => server.query('test', text)
  const setPassword = (password: string) => ask(`ALTER USER gateway@'127.0.0.1' IDENTIFIED BY '${password}'`)
  await ask(`${table}; CREATE USER gateway@'127.0.0.1'; GRANT ALL ON test.account TO gateway@'127.0.0.1'`)
  await setPassword(login.password)
  return {
    url: server.url,
    setPassword,
    allow: (connections) => ask(`ALTER USER gateway@'127.0.0.1' WITH MAX_USER_CONNECTIONS ${connections ?? 0}`),
    async disconnect() {
      const open = (await ask('SHOW PROCESSLIST')).filter(({ User }) => User === 'gateway')
      for (const { Id } of open)
        await ask(`KILL ${String(Id)}`).catch((error: unknown) => {
          // One that was refused, or closed, may end between the list and here.
          if ((error as { code?: unknown }).code !== 'ER_NO_SUCH_THREAD') throw error
        })
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const servers: readonly (readonly [string, 'postgres' | 'mysql', () => Promise<Server>])[] = [
  ['PostgreSQL', 'postgres', postgres],
  ['MariaDB', 'mysql', () => mysql(openMariadb())],
  ...(hasMysql ? [['MySQL', 'mysql', () => mysql(openMysql())] as const] : []),
]

for (const [name, dialect, openServer] of servers)
  describe(`logins of a database (${name})`, { timeout: 60_000 }, () => {
    let server: Server
    let count = 0
    before(async () => {
      server = await openServer()
    })
    after(() => server[Symbol.asyncDispose]())

    function connect(): Connection {
      const url = new URL(server.url)
      const place = { host: url.hostname, port: Number(url.port), database: url.pathname.slice(1) }
      const config = { dialect, ...place, ...login, table: 'account', key: 'id', keyFrom: 'id' }
      return sql.connect(v.parse(sql.config, config), { target: 'app', log: pino({ level: 'silent' }) })
    }
    const open = (connection: Connection): Promise<Driver> => connection.open({ signal: AbortSignal.timeout(10_000) })
    const write = async (driver: Driver): Promise<Account | null> => {
      const attributes = { id: [String(++count)], login: [`ada-${count}`] }
      const { after: made } = await carryOut(driver, changeFor({ attributes, correlate: { login: attributes.login } }, 'create'))
      return made
    }
    const serves = async (connection: Connection): Promise<boolean> => {
      await using driver = await open(connection)
      return (await write(driver)) !== null
    }

    test('a password that is changed under an open pool ends nothing that is open; only the next connection is refused', async () => {
      await using connection = connect()
      await using other = connect()
      assert.ok(await serves(connection))

      await server.setPassword('Second-pass-2!')
      const served = await serves(connection)
      await assert.rejects(open(other), { code: 'auth', sent: 'no' })
      await server.disconnect()
      await assert.rejects(serves(connection), { code: 'auth', sent: 'no' })
      await server.setPassword(login.password)

      assert.ok(served)
      assert.deepEqual([await serves(connection), await serves(other)], [true, true])
    })

    test('an account that has as many connections as it may is refused another, which passes when one of them ends', async () => {
      await using other = connect()
      await server.allow(1)
      {
        await using full = connect()
        await using driver = await open(full)

        await assert.rejects(open(other), { code: 'transient', sent: 'no' })

        assert.ok(await write(driver), 'who is in goes on')
      }

      // The server counts a connection until its thread has ended.
      await until(() =>
        serves(other).catch((error: unknown) => {
          assert.equal((error as { code?: unknown }).code, 'transient')
          return false
        }),
      )
      await server.allow(null)
    })
  })
