/** What tests of users of MySQL and of MariaDB work with: a server, a gateway's driver on it, and people. */
import type { ConnectionOptions } from 'mysql2/promise'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Attributes } from '#core/values.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { sql } from '#connectors/sql/index.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import type { Sample } from './fixture.ts'

export const secrets = { password: 'First-pass-1!' }

export interface UsersBench extends AsyncDisposable {
  readonly driver: Driver
  /** Lines of the log, warnings and worse. */
  readonly told: string[]
  query(text: string): Promise<readonly Record<string, unknown>[]>
  /** The gateway on the same server, with other settings. */
  connect(more: Record<string, unknown>): Connection
  /** A new one every time. */
  person(more?: Attributes): Sample
  /** How the account itself logs in. */
  loginOf(account: Account, password?: string): ConnectionOptions
}

/** Two roles, one that may do everything, one that leads to it, and a table; `more` SQL beside. */
export async function openUsersBench(opening: Promise<TestMysql>, more = ''): Promise<UsersBench> {
  const server = await opening
  const { host, port, user, password } = server
  const told: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void told.push(line) })
  const connect = (settings: Record<string, unknown>) => {
    const config = { mode: 'accounts', dialect: 'mysql', host, port, user, password, database: 'test', ...settings }
    return sql.connect(v.parse(sql.config, config), { target: 'database', log })
  }
  await server.query(
    'test',
    `CREATE ROLE staff; CREATE ROLE admins; CREATE ROLE almighty; GRANT SUPER ON *.* TO almighty; CREATE ROLE indirectly; GRANT almighty TO indirectly;
     CREATE TABLE t (a int, \`b\`\`b\` int); ${more}`,
  )
  const connection = connect({})
  const driver = await openDriver(connection)
  let count = 0
  return {
    driver,
    told,
    connect,
    query: (text) => server.query('test', text),
    person(attributes = {}) {
      const name = [`ada-${++count}`]
      return { attributes: { name, ...attributes }, correlate: { name } }
    },
    loginOf: (account, secret = secrets.password) => ({ host, port, user: nameOf(account), password: secret }),
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

export const openDriver = (to: Connection) => to.open({ signal: AbortSignal.timeout(60_000) })
export const again = (driver: Driver, { nativeId }: Account) => driver.find({ nativeId, correlate: {} })
export const nameOf = (account: Account) => String(account.attributes['name']?.[0])
/** As it stands in a statement. */
export const textOf = (account: Account) => `'${nameOf(account)}'@'%'`
export const joining = (add: readonly string[], remove: readonly string[] = []) => ({ memberships: { add, remove } })
