/**
 * SQL databases in two modes: the accounts of an application that keeps its users in a table of PostgreSQL, MySQL or MariaDB, and
 * the accounts of the database itself, which are roles of PostgreSQL and users of MySQL or MariaDB.
 */
import { defineConnector, type Connection, type Driver, type OpenContext } from '#connectors/kit/connector.ts'
import { createPool } from '#connectors/kit/pool.ts'
import { createAccountOpener, testAccounts } from './accounts/open.ts'
import { addressOf, isTableConfig, SqlConfig, tlsOf } from './config.ts'
import { isAlive } from './connection.ts'
import { openConversation, type Conversation } from './conversation.ts'
import type { ConnectOptions, Dialect, SqlConnection } from './dialect.ts'
import { ConnectionLost } from './errors.ts'
import { mysqlDialect } from './mysql.ts'
import { phrases } from './phrases.ts'
import { postgres } from './postgres.ts'
import { testTables } from './tables/check.ts'
import { createTableOpener } from './tables/open.ts'
import { capabilities, capabilitiesOf } from './capabilities.ts'

export const sql = defineConnector({
  id: 'sql',
  title: { en: 'SQL database', fr: 'Base de données SQL' },
  phrases,
  config: SqlConfig,
  capabilities,
  capabilitiesOf,
  connect: (config, context) => connectSql(config, context),
})

const commitMs = 1_000

function connectSql(config: SqlConfig, { target, log }: OpenContext): Connection {
  const dialect: Dialect = config.dialect === 'postgres' ? postgres : mysqlDialect
  const pool = createPool({
    open: (signal) => connectUnlessAborted(dialect, optionsOf(config), signal),
    isAlive,
    close: (connection) => connection.close(),
    size: config.poolSize,
    idleMs: 30_000,
  })
  const driverOn: (conversation: Conversation) => Promise<Driver> = isTableConfig(config)
    ? createTableOpener({ target, config, dialect })
    : createAccountOpener({ target, config, dialect, log })

  return {
    // The server ends a statement by itself at its timeout; the commit that may follow needs a moment more.
    settlesWithinMs: config.statementTimeoutMs + commitMs,
    async open({ signal }) {
      const conversation = await openConversation({
        pool,
        dialect,
        target,
        signal,
        statementTimeoutMs: config.statementTimeoutMs,
      })
      try {
        return await driverOn(conversation)
      } catch (error) {
        await conversation[Symbol.asyncDispose]()
        throw error
      }
    },
    test: () => (isTableConfig(config) ? testTables(target, dialect, config) : testAccounts(target, dialect, config)),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

function optionsOf(config: SqlConfig): ConnectOptions {
  const { connectTimeoutMs, statementTimeoutMs } = config
  return { ...addressOf(config), tls: tlsOf(config), connectTimeoutMs, statementTimeoutMs }
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
