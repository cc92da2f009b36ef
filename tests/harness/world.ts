/**
 * A world for tests: a real PostgreSQL, a real Redis (or none), real targets, and the gateway's own processes between them.
 * What it does not hide: the processes can be killed, the servers stopped.
 */
import { execFile, fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve as fromRoot } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { randomBytes } from 'node:crypto'
import { parse, stringify } from 'yaml'
import { nodeFlags } from '#server/standalone/processes.ts'
import { adminPassword, createClient, type WorldClient } from './client.ts'
import { freeLoopbackPort } from './daemon.ts'
import { openPostgres, type TestPostgres } from './postgres.ts'
import { openRedis, type TestRedis } from './redis.ts'

/** As in the configuration: `{ directory: { connector: 'sql', config: {…} } }`. */
export type Targets = Readonly<Record<string, unknown>>

/** The configuration as code, as far as a test says something about it. */
export interface WorldConfiguration {
  readonly targets: Targets
  /** The rule set of the sources, as a document or as a text. */
  readonly ruleSet: unknown
  /** Its tests beside it, in the same forms. */
  readonly cases?: unknown
  /** What holds for it, such as `{ fourEyes: true }`. */
  readonly policy?: object
  /** More entries of `ruleSets`, such as `{ name: 'written-by-people' }`. */
  readonly moreRuleSets?: readonly unknown[]
  /** Besides the source `test`, which has an API key and HTTP Basic, and `other`, which has an API key. */
  readonly sources?: Readonly<Record<string, unknown>>
  /** Lookup tables, as the configuration holds them. */
  readonly lookups?: Readonly<Record<string, unknown>>
}

export interface WorldOptions {
  readonly engine: 'redis' | 'postgres'
  /** Targets in the world's own PostgreSQL are made once it runs. */
  readonly targets: Targets | ((postgres: TestPostgres) => Promise<Targets>)
  readonly ruleSet: WorldConfiguration['ruleSet']
  readonly cases?: WorldConfiguration['cases']
  readonly policy?: WorldConfiguration['policy']
  readonly moreRuleSets?: WorldConfiguration['moreRuleSets']
  readonly sources?: WorldConfiguration['sources']
  readonly lookups?: WorldConfiguration['lookups']
  readonly workers?: number
  /** A Redis that the test opened itself, such as one behind Sentinel or a Cluster; only with `engine: 'redis'`. */
  readonly redisUrl?: string
  readonly variables?: Readonly<Record<string, string>>
  /** The modules that are run; the benchmark has its own. */
  readonly server?: string
  readonly worker?: string
  /** PostgreSQL with fsync and Redis with an append-only file, for numbers. */
  readonly durable?: boolean
  /** Settings of PostgreSQL, such as `{ shared_preload_libraries: 'pg_stat_statements' }`. */
  readonly postgresSettings?: Readonly<Record<string, string>>
  /** The gateway reaches its PostgreSQL by a Unix socket. */
  readonly postgresSocket?: boolean
  /** PostgreSQL's data lie on a disk of their own of so many megabytes. */
  readonly postgresDiskMegabytes?: number
}

export interface WorldProcess {
  readonly child: ChildProcess
  kill(signal?: NodeJS.Signals): Promise<void>
  /** SIGSTOP: it keeps its connections and locks, and does nothing. */
  freeze(): void
  /** Resolves when it has stopped, by itself (`CRASH_AT=freeze:…`) or not. */
  frozen(withinMs?: number): Promise<void>
  thaw(): void
  /** Resolves when it has died by itself (`CRASH_AT=…`); throws when it has not in time. */
  died(withinMs?: number): Promise<void>
  /** Everything it has printed. */
  log(): string
}

export interface WorldServer extends WorldProcess, WorldClient {}

export interface World extends WorldClient, AsyncDisposable {
  readonly apiKey: string
  readonly postgres: TestPostgres
  readonly redis: TestRedis | null
  readonly databaseUrl: string
  readonly folder: string
  readonly targets: Targets
  /** What the processes were started with. */
  readonly variables: Readonly<Record<string, string>>
  readonly server: WorldProcess
  readonly workers: WorldProcess[]
  /** @param module another version's, instead of the world's */
  startWorker(variables?: Readonly<Record<string, string>>, module?: string): Promise<WorldProcess>
  /** One more server, on a port of its own; the world's calls go to the first. */
  startServer(variables?: Readonly<Record<string, string>>, module?: string): Promise<WorldServer>
  /** Writes the configuration's files anew; `cli('apply')` applies them. What is left out stays as the world was opened with. */
  configure(configuration: Partial<WorldConfiguration>): void
  /** The command line, as an operator types it. */
  cli(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>
  /** Rows of the gateway's own database. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
}

export { type Answer, type WorldClient } from './client.ts'
/** The API key of the source `other`. */
export const otherApiKey = `other_${'x'.repeat(40)}`
const root = fileURLToPath(new URL('../../', import.meta.url))
const database = 'passerelle'

export async function openWorld(options: WorldOptions): Promise<World> {
  const stack = new AsyncDisposableStack()
  try {
    const folder = mkdtempSync(join(tmpdir(), 'passerelle-world-'))
    stack.defer(() => rmSync(folder, { recursive: true, force: true }))
    const durable = options.durable === true
    const [postgres, redis, port] = await Promise.all([
      openPostgres({
        durable,
        settings: options.postgresSettings ?? {},
        socket: options.postgresSocket === true,
        ...(options.postgresDiskMegabytes === undefined ? {} : { diskMegabytes: options.postgresDiskMegabytes }),
      }),
      options.engine === 'redis' && options.redisUrl === undefined
        ? openRedis({ appendonly: durable, appendfsync: 'everysec' })
        : null,
      freeLoopbackPort(),
    ])
    stack.use(postgres)
    if (redis !== null) stack.use(redis)
    const redisUrl = options.redisUrl ?? redis?.url
    const [databaseUrl, targets] = await Promise.all([
      postgres.createDatabase(database),
      typeof options.targets === 'function' ? options.targets(postgres) : options.targets,
    ])
    const { ruleSet, cases, policy = {}, moreRuleSets = [], sources = {}, lookups = {} } = options
    const configuration: WorldConfiguration = { targets, ruleSet, cases, policy, moreRuleSets, sources, lookups }
    const apiKey = `psk_${randomBytes(32).toString('base64url')}`
    const variables: Record<string, string> = {
      PATH: process.env.PATH ?? '',
      ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      DATABASE_URL: databaseUrl,
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
      HOST: '127.0.0.1',
      PORT: String(port),
      PASSERELLE_KEY: randomBytes(32).toString('base64'),
      PASSERELLE_CONFIG: writeConfiguration(folder, configuration),
      ADMIN_PASSWORD: adminPassword,
      TEST_API_KEY: apiKey,
      OTHER_API_KEY: otherApiKey,
      PASSERELLE_DATA: folder,
      LOG_LEVEL: 'debug',
      WORKER_LEASE_SECONDS: '3',
      // One process is what a test can kill at one place; those about isolation say otherwise.
      WORKER_ISOLATION: 'none',
      ...options.variables,
    }
    mkdirSync(join(folder, 'log'))
    const server = await startProcess(options.server ?? 'server/main.ts', variables, join(folder, 'log', 'server.log'))
    stack.defer(() => server.kill('SIGTERM'))
    const servers: WorldProcess[] = []
    stack.defer(() => Promise.all(servers.map((other) => other.kill('SIGTERM'))).then(() => undefined))
    const startServer = async (more: Readonly<Record<string, string>> = {}, module = options.server ?? 'server/main.ts') => {
      const PORT = String(await freeLoopbackPort())
      const log = join(folder, 'log', `server-${servers.length + 1}.log`)
      const other = await startProcess(module, { ...variables, PORT, ...more }, log)
      servers.push(other)
      return { ...other, ...createClient(`http://127.0.0.1:${PORT}`, apiKey) }
    }
    const workers: WorldProcess[] = []
    stack.defer(() => Promise.all(workers.map((worker) => worker.kill('SIGTERM'))).then(() => undefined))
    const startWorker = async (more: Readonly<Record<string, string>> = {}, module = options.worker ?? 'workers/main.ts') => {
      const log = join(folder, 'log', `worker-${workers.length}.log`)
      const worker = await startProcess(module, { ...variables, ...more }, log)
      workers.push(worker)
      return worker
    }
    for (let count = options.workers ?? 1; count > 0; count--) await startWorker()
    return {
      apiKey,
      postgres,
      redis,
      databaseUrl,
      folder,
      targets,
      variables,
      server,
      workers,
      startWorker,
      startServer,
      ...createClient(`http://127.0.0.1:${port}`, apiKey),
      configure: (changed) => void writeConfiguration(folder, { ...configuration, ...changed }),
      cli: (...args) => runCli(args, variables),
      query: (text, values) => postgres.query(database, text, values),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function writeConfiguration(folder: string, configuration: WorldConfiguration): string {
  const { targets, ruleSet, cases, policy, moreRuleSets = [], sources: others, lookups = {} } = configuration
  writeFileSync(join(folder, 'rules.yaml'), toText(ruleSet))
  if (cases === undefined) rmSync(join(folder, 'rules.cases.yaml'), { force: true })
  else writeFileSync(join(folder, 'rules.cases.yaml'), toText(cases))
  const file = join(folder, 'passerelle.yaml')
  const { name } = parse(toText(ruleSet)) as { name: string }
  const sources = {
    test: {
      ruleSet: name,
      credentials: [{ apiKey: '${TEST_API_KEY}' }, { basic: { user: 'midpoint', password: 'basic-password' } }],
    },
    other: { ruleSet: name, credentials: [{ apiKey: '${OTHER_API_KEY}' }] },
    ...others,
  }
  const ruleSets = [{ file: 'rules.yaml', ...policy }, ...moreRuleSets]
  writeFileSync(file, stringify({ sources, targets, ruleSets, lookups }, { aliasDuplicateObjects: false }))
  return file
}

function toText(document: unknown): string {
  return typeof document === 'string' ? document : stringify(document, { aliasDuplicateObjects: false })
}

function runCli(args: readonly string[], env: Readonly<Record<string, string>>): ReturnType<World['cli']> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['server/cli/main.ts', ...args], { cwd: root, env: { ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: out + err }),
    )
  })
}

async function startProcess(module: string, variables: Readonly<Record<string, string>>, logFile: string): Promise<WorldProcess> {
  const out = openSync(logFile, 'a')
  const child = fork(fromRoot(root, module), [], {
    cwd: root,
    env: { ...variables },
    execArgv: [...nodeFlags],
    stdio: ['ignore', out, out, 'ipc'],
  })
  const log = () => readFileSync(logFile, 'utf8')
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = new Promise<void>((resolve) => child.on('message', (message) => message === 'ready' && resolve()))
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`${module} ended before it was ready:\n${log().slice(-4000)}`)
    }),
  ])
  return { child, log, ...fates(module, child, ended) }
}

function fates(module: string, child: ChildProcess, ended: Promise<void>): Omit<WorldProcess, 'child' | 'log'> {
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const isStopped = () => /^State:\s+T/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
  const until = async (isSo: () => boolean, what: string, withinMs: number) => {
    for (const end = Date.now() + withinMs; !isSo(); await delay(10))
      if (isGone() || Date.now() > end) throw new Error(`${module} ${isGone() ? 'ended before it' : 'never'} ${what}`)
  }
  return {
    async kill(signal = 'SIGKILL') {
      if (!isGone()) {
        child.kill(signal)
        // What is frozen hears of its end when it is thawed.
        if (signal !== 'SIGKILL') child.kill('SIGCONT')
      }
      await ended
    },
    freeze: () => void child.kill('SIGSTOP'),
    frozen: (withinMs = 30_000) => until(isStopped, 'froze', withinMs),
    thaw: () => void child.kill('SIGCONT'),
    async died(withinMs = 30_000) {
      await Promise.race([ended, delay(withinMs, undefined, { ref: false })])
      if (child.signalCode !== 'SIGKILL')
        throw new Error(`${module} did not die (${child.exitCode ?? child.signalCode ?? 'it lives'})`)
    },
  }
}
