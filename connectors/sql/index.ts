/**
 * SQL databases in table mode: the accounts of an application that keeps its users in a table of PostgreSQL, MySQL or MariaDB.
 */
import { defineConnector, type Connection } from '#connectors/kit/connector.ts'
import { createPool } from '#connectors/kit/pool.ts'
import { testSqlConnection } from './check.ts'
import { addressOf, SqlConfig, tlsOf } from './config.ts'
import { isAlive } from './connection.ts'
import type { ConnectOptions, Dialect, SqlConnection } from './dialect.ts'
import { ConnectionLost } from './errors.ts'
import { createSqlDriver } from './driver.ts'
import { openConversation, type Conversation } from './conversation.ts'
import { mysqlDialect } from './mysql.ts'
import { postgres } from './postgres.ts'
import { describeTable, type AccountTable } from './table.ts'

export const sql = defineConnector({
  id: 'sql',
  title: { en: 'SQL database', fr: 'Base de données SQL' },
  config: SqlConfig,
  capabilities: {
    undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'exact', password: 'exact', membership: 'exact' },
    conditionalWrite: true,
    nativeId: 'primary key',
    concurrency: 5,
    deadlineMs: 15_000,
  },
  connect: (config, { target }) => connectSql(config, target),
})

/** The catalog is read once per connection pool, and again after so many milliseconds, so that a new column is seen. */
const descriptionMs = 300_000
const commitMs = 1_000

function connectSql(config: SqlConfig, target: string): Connection {
  const dialect: Dialect = config.dialect === 'postgres' ? postgres : mysqlDialect
  const options = {
    ...addressOf(config),
    tls: tlsOf(config),
    connectTimeoutMs: config.connectTimeoutMs,
    statementTimeoutMs: config.statementTimeoutMs,
  }
  const pool = createPool({
    open: (signal) => connectUnlessAborted(dialect, options, signal),
    isAlive,
    close: (connection) => connection.close(),
    size: config.poolSize,
    idleMs: 30_000,
  })
  let known: { readonly table: AccountTable; readonly until: number } | null = null

  async function tableOf(conversation: Conversation): Promise<AccountTable> {
    if (known !== null && Date.now() < known.until) return known.table
    const table = await conversation.withConnection((connection) => describeTable(dialect, connection, config))
    known = { table, until: Date.now() + descriptionMs }
    return table
  }

  return {
    // The server ends a statement by itself at its timeout; the commit that may follow needs a moment more.
    settlesWithinMs: config.statementTimeoutMs + commitMs,
    async open({ signal }) {
      const conversation = await openConversation({ pool, begin: dialect.begin, target, signal })
      try {
        return createSqlDriver({ target, config, dialect, table: await tableOf(conversation), conversation })
      } catch (error) {
        await conversation[Symbol.asyncDispose]()
        throw error
      }
    },
    test: () => testSqlConnection(target, dialect, config),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

/** Opens a connection unless the job ends first; one that comes too late is closed. */
async function connectUnlessAborted(dialect: Dialect, options: ConnectOptions, signal: AbortSignal): Promise<SqlConnection> {
  const opening = dialect.connect(options)
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => {
    reject(new ConnectionLost('aborted'))
    opening.then((late) => late.destroy('aborted')).catch(() => undefined)
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([opening, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
