/**
 * SQL databases in table mode: the accounts of an application that keeps its users in a table of PostgreSQL, MySQL or MariaDB.
 */
import { defineConnector, type Connection } from '#connectors/kit/connector.ts'
import { testSqlConnection } from './check.ts'
import { addressOf, SqlConfig, tlsOf } from './config.ts'
import type { Dialect } from './dialect.ts'
import { createSqlDriver } from './driver.ts'
import { openLease, type Lease } from './lease.ts'
import { mysqlDialect } from './mysql.ts'
import { openPool } from './pool.ts'
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

function connectSql(config: SqlConfig, target: string): Connection {
  const dialect: Dialect = config.dialect === 'postgres' ? postgres : mysqlDialect
  const options = {
    ...addressOf(config),
    tls: tlsOf(config),
    connectTimeoutMs: config.connectTimeoutMs,
    statementTimeoutMs: config.statementTimeoutMs,
  }
  const pool = openPool({
    target,
    size: config.poolSize,
    connect: () => dialect.connect(options),
    waitMs: config.connectTimeoutMs + config.statementTimeoutMs,
  })
  let known: { readonly table: AccountTable; readonly until: number } | null = null

  async function tableOf(lease: Lease): Promise<AccountTable> {
    if (known !== null && Date.now() < known.until) return known.table
    const table = await lease.withConnection((connection) => describeTable(dialect, connection, config))
    known = { table, until: Date.now() + descriptionMs }
    return table
  }

  return {
    async open({ signal }) {
      const lease = await openLease({ pool, begin: dialect.begin, target, signal })
      try {
        return createSqlDriver({ target, config, dialect, table: await tableOf(lease), lease })
      } catch (error) {
        await lease[Symbol.asyncDispose]()
        throw error
      }
    },
    test: () => testSqlConnection(target, dialect, config),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}
