/**
 * The connection to PostgreSQL. Two handles on one server: `sql` for the ledger's hot statements, `db` (drizzle) for
 * everything that is read or configured; drizzle changes its driver's type parsers, so it has a small pool of its own.
 */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { GatewayError } from './errors.ts'

export type Sql = postgres.Sql<{ bigint: number }>
export type Tx = postgres.TransactionSql<{ bigint: number }>

/** Rows as one JSON parameter, to be unfolded by `jsonb_to_recordset`: one statement for any number of rows. */
export function asRows(sql: Pick<Sql, 'json'> | Pick<Tx, 'json'>, rows: readonly object[]): postgres.Parameter {
  return sql.json(rows as never)
}

export interface Database extends AsyncDisposable {
  readonly sql: Sql
  readonly db: PostgresJsDatabase
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolSize?: number
  /** Shown in pg_stat_activity. */
  readonly name: string
}

const oldestVersion = 15

/**
 * Every statement of the ledger finds its rows by key. While a table is young the planner knows nothing of it and would read it
 * whole, again and again: measured, that was a third of PostgreSQL's time (docs/scaling.md).
 */
const byKey = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', jit: 'off' }

/** Connects, and checks the server's version. Throws `config` when it is too old, `unavailable` when it cannot be reached. */
export async function openDatabase({ url, poolSize = 8, name }: DatabaseOptions): Promise<Database> {
  const connection = { search_path: 'passerelle,public', application_name: name }
  const sql = postgres(url, {
    max: poolSize,
    onnotice: () => {},
    connect_timeout: 10,
    connection: { ...connection, ...byKey },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  })
  const reading = postgres(url, { max: 4, onnotice: () => {}, connect_timeout: 10, connection })
  const database: Database = {
    sql,
    db: drizzle(reading),
    async [Symbol.asyncDispose]() {
      await Promise.all([sql.end({ timeout: 5 }), reading.end({ timeout: 5 })])
    },
  }
  try {
    const [row] = await sql<{ version: number }[]>`select current_setting('server_version_num')::int / 10000 as version`
    if ((row?.version ?? 0) < oldestVersion)
      throw new GatewayError('config', `PostgreSQL ${row?.version} is too old: Passerelle needs ${oldestVersion} or later`)
  } catch (cause) {
    await database[Symbol.asyncDispose]()
    if (cause instanceof GatewayError) throw cause
    throw new GatewayError('unavailable', 'PostgreSQL cannot be reached', {
      cause,
      hint: 'check DATABASE_URL and that the server runs',
    })
  }
  return database
}
