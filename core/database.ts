/**
 * The connection to PostgreSQL: `sql` for the ledger's hot statements, `writingSteps` and `writingRequests` for its writers, and `readings` for what people look at, which
 * the server reads by drizzle. That changes its driver's type parsers, and so has a small pool of its own; nothing of it is loaded here.
 */
import type postgres from 'postgres'
import { toDatabaseAddress } from './database-url.ts'
import { GatewayError } from './errors.ts'
import { learnSql, openLastingSql, type LastingSql } from './lasting-sql.ts'
import type { Transact } from './transact.ts'
import { openNotifications } from './notifications.ts'

export type Sql = postgres.Sql<{ bigint: number }>
export type Tx = postgres.TransactionSql<{ bigint: number }>

/** Rows as one JSON parameter, to be unfolded by `jsonb_to_recordset`: one statement for any number of rows. */
export function asRows(sql: Pick<Sql, 'json'> | Pick<Tx, 'json'>, rows: readonly object[]): postgres.Parameter {
  return sql.json(rows as never)
}

export interface Database extends AsyncDisposable {
  readonly sql: Sql
  readonly transact: Transact
  /** Each of the ledger's writers has one transaction at a time, and so one connection, whose backend keeps its plans and caches warm. */
  readonly writingSteps: Transact
  readonly writingRequests: Transact
  /** Connects when it is first used: workers never do. */
  readonly readings: LastingSql
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolSize?: number
  /** Shown in pg_stat_activity. */
  readonly name: string
  /** Milliseconds after which the server ends a transaction in which nothing happens. */
  readonly idleInTransactionMs?: number
}

/**
 * A process that is frozen in the middle of a transaction (a stopped machine, a full swap) keeps its locks, and the audit chain's head is one
 * of them: everybody would wait for it. More than a relay waits for the queue to take its flows.
 */
const idleInTransaction = 10_000

const oldestVersion = 15

/**
 * Every statement of the ledger finds its rows by key. While a table is young the planner knows nothing of it and would read it
 * whole, again and again: measured, that was a third of PostgreSQL's time (docs/scaling.md).
 */
const byKey = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  // Rows come as one parameter, so that a plan never depends on its value: planning once for each connection is enough.
  plan_cache_mode: 'force_generic_plan',
}

/** Connects, and checks the server's version. Throws `config` when it is too old, `unavailable` when it cannot be reached or has no connection left. */
export async function openDatabase({
  url: address,
  poolSize = 4,
  name,
  idleInTransactionMs = idleInTransaction,
}: DatabaseOptions): Promise<Database> {
  const connection = {
    search_path: 'passerelle,public',
    application_name: name,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  }
  const { url, options } = toDatabaseAddress(address)
  const common = { ...options, onnotice: () => {}, connect_timeout: 5, connection }
  const types = { bigint: { to: 20, from: [20], parse: Number, serialize: String } }
  const [byKeys, plain] = await reach(() =>
    Promise.all([learnSql(url, { ...common, connection: { ...connection, ...byKey }, types }), learnSql(url, common)]),
  )
  const notifications = openNotifications(url, common, () => {
    for (const pool of [main, steps, requests, reader]) pool.abandon()
  })
  const own = { listen: notifications.listen as Sql['listen'] }
  const main = openLastingSql(byKeys, poolSize, own)
  const steps = openLastingSql(byKeys, 1, own)
  const requests = openLastingSql(byKeys, 1, own)
  const reader = openLastingSql(plain, 4)
  const database: Database = {
    sql: main.sql,
    transact: main.transact,
    writingSteps: steps.transact,
    writingRequests: requests.transact,
    readings: reader,
    async [Symbol.asyncDispose]() {
      await Promise.all([notifications, main, steps, requests, reader].map((pool) => pool.end()))
    },
  }
  try {
    await reach(() => requireVersion(main.sql))
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
  return database
}

async function requireVersion(sql: Sql): Promise<void> {
  const [row] = await sql<{ version: number }[]>`select current_setting('server_version_num')::int / 10000 as version`
  if ((row?.version ?? 0) < oldestVersion)
    throw new GatewayError('config', `PostgreSQL ${row?.version} is too old: Passerelle needs ${oldestVersion} or later`)
}

/** SQLSTATE: max_connections, or the limit of a role or a database. */
const tooManyConnections = '53300'

async function reach<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause
    if ((cause as { code?: unknown } | null)?.code === tooManyConnections)
      throw new GatewayError('unavailable', 'PostgreSQL runs, and has no connection left for this process', {
        cause,
        vendorCode: `SQLSTATE ${tooManyConnections}`,
        hint: 'raise max_connections (or the CONNECTION LIMIT of the role or the database), end what holds connections (pg_stat_activity says who), or run fewer workers; docs/scaling.md has the sum',
      })
    throw new GatewayError('unavailable', 'PostgreSQL cannot be reached', {
      cause,
      hint: 'check DATABASE_URL and that the server runs',
    })
  }
}
