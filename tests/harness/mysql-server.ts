/** What tests of MySQL and of MariaDB share: a server that is started, asked, dumped, killed and started again. */
import { writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { removeFolder, startDaemon, type Daemon } from './daemon.ts'

export interface TestMysql extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Connects as the administrator to the database `test`. */
  readonly url: string
  urlOf(database: string): string
  createDatabase(name: string): Promise<string>
  /** Runs SQL (several statements when there are no values) as the administrator; resolves with the rows of the last one. */
  query(database: string, text: string, values?: readonly (string | number | null)[]): Promise<readonly Record<string, unknown>[]>
  /** All rows of all tables as one canonical text: equal texts mean equal contents. */
  dump(database: string): Promise<string>
  stop(): Promise<void>
  /** SIGKILL, as if the machine died. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
}

export interface TestMysqlOptions {
  /** The server's global sql_mode, such as `NO_BACKSLASH_ESCAPES`; its own default otherwise. */
  readonly sqlMode?: string
  /** More options of the server, without the dashes, such as `{ 'lock-wait-timeout': '1' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

const user = 'passerelle'
const password = 'only-for-tests'
const host = '127.0.0.1'

/** Starts a server whose data folder is made already; it is gone with its folder. */
export async function runServer(command: readonly string[], folder: string, port: number): Promise<TestMysql> {
  const urlOf = (database: string) => `mysql://${user}:${password}@${host}:${port}/${encodeURIComponent(database)}`
  const start = () =>
    startDaemon({ command, deathSignal: 'KILL', ready: () => query(urlOf('test'), 'SELECT 1').then(() => undefined) })
  let daemon: Daemon | null = await start()
  const end = async (signal: NodeJS.Signals) => {
    await daemon?.stop(signal)
    daemon = null
  }
  return {
    host,
    port,
    user,
    password,
    url: urlOf('test'),
    urlOf,
    async createDatabase(name) {
      await query(urlOf('test'), `CREATE DATABASE ${mysql.escapeId(name, true)} CHARACTER SET utf8mb4`)
      return urlOf(name)
    },
    query: (database, text, values) => query(urlOf(database), text, values),
    dump: (database) => withConnection(urlOf(database), dump),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start: async () => {
      daemon ??= await start()
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL')
      removeFolder(folder)
    },
  }
}

export function asRoot(): string[] {
  return userInfo().uid === 0 ? ['--user=root'] : []
}

/** The options of both servers: where everything is, who the administrator is, and less care for data than outside tests. */
export function flagsOf(folder: string, port: number, more: Readonly<Record<string, string>>): string[] {
  const initFile = join(folder, 'init.sql')
  writeFileSync(
    initFile,
    `CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '${user}'@'${host}' IDENTIFIED BY '${password}';
GRANT ALL PRIVILEGES ON *.* TO '${user}'@'${host}' WITH GRANT OPTION;
`,
  )
  const all = {
    datadir: join(folder, 'data'),
    socket: join(folder, 'socket'),
    'pid-file': join(folder, 'pid'),
    'init-file': initFile,
    port: String(port),
    'bind-address': host,
    'character-set-server': 'utf8mb4',
    'innodb-flush-log-at-trx-commit': '2',
    'innodb-buffer-pool-size': '32M',
    'performance-schema': 'OFF',
    ...more,
  }
  return ['--skip-name-resolve', ...asRoot(), ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)]
}

async function withConnection<Result>(url: string, use: (connection: mysql.Connection) => Promise<Result>): Promise<Result> {
  const connection = await mysql.createConnection({
    uri: url,
    multipleStatements: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
  })
  // A server that is stopped while this connection is idle must not end the test process.
  connection.on('error', () => undefined)
  try {
    return await use(connection)
  } finally {
    connection.destroy()
  }
}

function query(
  url: string,
  text: string,
  values?: readonly (string | number | null)[],
): Promise<readonly Record<string, unknown>[]> {
  return withConnection(url, async (connection) => {
    const [rows] = values === undefined ? await connection.query(text) : await connection.execute(text, [...values])
    const last: unknown = Array.isArray(rows) && Array.isArray(rows.at(-1)) ? rows.at(-1) : rows
    return Array.isArray(last) ? (last as Record<string, unknown>[]) : []
  })
}

async function dump(connection: mysql.Connection): Promise<string> {
  const [tables] = await connection.query<mysql.RowDataPacket[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY BINARY table_name`,
  )
  const parts: string[] = []
  for (const { name } of tables as { name: string }[]) {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(`SELECT * FROM ${mysql.escapeId(name, true)}`)
    const texts = rows.map((row) =>
      JSON.stringify(row, (_key, value: unknown) => (Buffer.isBuffer(value) ? value.toString('hex') : value)),
    )
    parts.push(name, ...texts.toSorted().map((text) => `  ${text}`))
  }
  return parts.join('\n')
}
