/** A real PostgreSQL of its own for a test file: a fresh cluster in a temporary folder, on a free loopback port. */
import { appendFileSync, chownSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import {
  findBinary,
  freeLoopbackPort,
  removeFolder,
  runOnce,
  startDaemon,
  temporaryFolder,
  unprivileged,
  versionedFolders,
  type Daemon,
  type RunAs,
} from './daemon.ts'
import { fromTemplate } from './template.ts'

export interface TestPostgresOptions {
  /** Real fsync and synchronous commit, for benchmarks; off by default because tests do not survive power cuts. */
  readonly durable?: boolean
  /** More settings of postgresql.conf, such as `{ log_statement: 'all' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** The data lies on a disk of its own of so many megabytes, which can be filled. Only as root, who may mount one. */
  readonly diskMegabytes?: number
  /** Clients of the gateway come by a Unix socket in the cluster's folder: `urlOf` names it. */
  readonly socket?: boolean
  /** Starts with a copy of this folder: the `dataFolder` of another one, which was stopped. */
  readonly copyOf?: string
}

export interface TestPostgres extends AsyncDisposable {
  /** The server's process; undefined while it is stopped. */
  readonly pid: number | undefined
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Connects as the superuser to the database `postgres`. */
  readonly url: string
  /** Its files. */
  readonly dataFolder: string
  /** The URL of another database, for the same superuser. */
  urlOf(database: string): string
  /** Makes an empty database, or a clone of `template`; resolves with its URL. */
  createDatabase(name: string, template?: string): Promise<string>
  /** Runs SQL (several statements when there are no values) as the superuser; resolves with the rows of the last one. */
  query(database: string, text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /** Runs SQL in a transaction that stays open, with its locks, until it is disposed (twice does no harm). */
  hold(database: string, text: string, values?: readonly unknown[]): Promise<AsyncDisposable>
  /** All rows of all user tables as one canonical text: equal texts mean equal contents. */
  dump(database: string): Promise<string>
  /** immediate = as if the power failed; fast = connections are cut, what was committed is written. */
  stop(mode: 'immediate' | 'fast'): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Takes all room of the disk of its own. */
  fillDisk(): void
  /** Gives the room back. */
  freeDisk(): void
}

const user = 'postgres'
const password = 'only-for-tests'
const host = '127.0.0.1'

/** Opens a PostgreSQL; ready in about a second. Throws, naming the package, when the programs are missing. */
export async function openPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const folders = versionedFolders('/usr/lib/postgresql')
  const initdb = findBinary('initdb', 'postgresql', folders)
  const postgres = findBinary('postgres', 'postgresql', folders)
  const runAs = unprivileged('postgres')
  const folder = temporaryFolder('postgres', runAs)
  const hasDisk = options.diskMegabytes !== undefined
  if (hasDisk) runOnce(['mount', '-t', 'tmpfs', '-o', `size=${options.diskMegabytes}m,mode=0755`, 'passerelle', folder], null)
  if (hasDisk && runAs !== null) chownSync(folder, runAs.uid, runAs.gid)
  const dataFolder = join(folder, 'data')
  if (options.copyOf === undefined) initialise(initdb, folder, runAs, options)
  else runOnce(['cp', '--archive', '--no-target-directory', options.copyOf, dataFolder], null)
  const filler = join(folder, 'filler')
  const port = await freeLoopbackPort()
  const socket = options.socket === true ? folder : ''
  const command = [postgres, '-D', dataFolder, '-p', String(port), ...settingsOf(options, socket)]
  const where = socket === '' ? '' : `?host=${encodeURIComponent(socket)}`
  const urlOf = (database: string) => `postgres://${user}:${password}@${host}:${port}/${encodeURIComponent(database)}${where}`
  const start = () =>
    startDaemon({ command, runAs, deathSignal: 'QUIT', ready: () => query(urlOf('postgres'), 'SELECT 1').then(() => undefined) })
  let daemon: Daemon | null = await start()
  const stop = async (mode: 'immediate' | 'fast') => {
    await daemon?.stop(mode === 'immediate' ? 'SIGQUIT' : 'SIGINT')
    daemon = null
  }
  return {
    get pid() {
      return daemon?.pid
    },
    host,
    port,
    user,
    password,
    url: urlOf('postgres'),
    dataFolder,
    urlOf,
    async createDatabase(name, template) {
      const from = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`
      await query(urlOf('postgres'), `CREATE DATABASE ${pg.escapeIdentifier(name)}${from}`)
      return urlOf(name)
    },
    query: (database, text, values) => query(urlOf(database), text, values),
    hold: (database, text, values) => hold(urlOf(database), text, values),
    dump: (database) => withClient(urlOf(database), dump),
    stop,
    start: async () => {
      daemon ??= await start()
    },
    fillDisk: () => fill(filler),
    freeDisk: () => rmSync(filler, { force: true }),
    [Symbol.asyncDispose]: async () => {
      await stop('immediate')
      if (hasDisk) runOnce(['umount', folder], null)
      removeFolder(folder)
    },
  }
}

/** Writes until there is no room. */
function fill(file: string): void {
  const chunk = Buffer.alloc(256 * 1024)
  for (const size of [chunk.length, 4096])
    try {
      for (;;) appendFileSync(file, chunk.subarray(0, size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
}

function initialise(initdb: string, folder: string, runAs: RunAs | null, { durable = false }: TestPostgresOptions): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (runAs !== null) chownSync(passwordFile, runAs.uid, runAs.gid)
  const flags = [
    '--no-sync',
    // Little to write for each cluster; and with it a checkpoint each 64 MB, which is nothing for what is measured.
    ...(durable ? [] : ['--wal-segsize=1']),
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--auth=scram-sha-256',
    `--username=${user}`,
  ]
  const data = join(folder, 'data')
  fromTemplate(data, [initdb, ...flags, password], () =>
    runOnce([initdb, '-D', data, ...flags, `--pwfile=${passwordFile}`], runAs),
  )
}

function settingsOf({ durable = false, settings = {} }: TestPostgresOptions, socketFolder: string): string[] {
  // synchronous_commit stays on: without fsync it costs nothing, and an immediate stop must not lose what was committed.
  const fast = { fsync: 'off', full_page_writes: 'off' }
  const all = {
    listen_addresses: host,
    unix_socket_directories: socketFolder,
    max_connections: '200',
    timezone: 'UTC',
    ...(durable ? {} : fast),
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  // A server that is stopped while this client is idle must not end the test process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

function query(url: string, text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
  return withClient(url, async (client) => {
    const results: pg.QueryResult | pg.QueryResult[] = await client.query(text, values === undefined ? undefined : [...values])
    return (Array.isArray(results) ? results.at(-1)?.rows : results.rows) ?? []
  })
}

async function hold(url: string, text: string, values: readonly unknown[] = []): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN')
  await client.query(text, [...values])
  let ended: Promise<void> | null = null
  return { [Symbol.asyncDispose]: () => (ended ??= client.end()) }
}

async function dump(client: pg.Client): Promise<string> {
  const tables = await client.query<{ name: string; columns: string }>(
    `SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      GROUP BY c.oid ORDER BY c.oid::regclass::text COLLATE "C"`,
  )
  const parts: string[] = []
  for (const { name, columns } of tables.rows) {
    const rows = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t ORDER BY t::text COLLATE "C"`)
    parts.push(`${name} (${columns ?? ''})`, ...rows.rows.map(({ row }) => `  ${row}`))
  }
  return parts.join('\n')
}
