/**
 * Starting and stopping the real servers that tests run against. A server of a test must never outlive it, even when the
 * test is killed: where setpriv(1) is present the kernel itself signals the server when its parent dies.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'

/** A server program of this machine, or an error that names the Debian package to install. Newest versioned folder first. */
export function findBinary(name: string, aptPackage: string, folders: readonly string[] = []): string {
  const candidates = [...folders, ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const found = candidates.map((folder) => join(folder, name)).find(isExecutable)
  if (found === undefined) throw new Error(`${name} not found: apt-get install ${aptPackage}`)
  return found
}

/** The folders `/usr/lib/<product>/<version>/bin`, newest version first. */
export function versionedFolders(root: string): string[] {
  try {
    const versions = readdirSync(root).toSorted((left, right) => Number.parseFloat(right) - Number.parseFloat(left))
    return versions.map((version) => join(root, version, 'bin'))
  } catch {
    return []
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The account a server runs as; null = the one that runs the tests. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
}

/** The system account `name`, when the tests run as root and the server refuses to. */
export function unprivileged(name: string): RunAs | null {
  if (userInfo().uid !== 0) return null
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name)
  if (entry === undefined)
    throw new Error(`the system account ${name} is missing; it comes with the Debian package of the server`)
  return { uid: Number(entry[2]), gid: Number(entry[3]) }
}

/** A private folder that is removed when the server is closed. */
export function temporaryFolder(prefix: string, owner: RunAs | null): string {
  const folder = mkdtempSync(join(tmpdir(), `passerelle-${prefix}-`))
  if (owner !== null) chownSync(folder, owner.uid, owner.gid)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}

/** Runs a preparing program to its end; throws with what it printed. */
export function runOnce(command: readonly string[], runAs: RunAs | null): void {
  const [program, ...parameters] = wrapped(command, runAs, null)
  const done = spawnSync(program, parameters, { encoding: 'utf8', cwd: '/', env: serverEnvironment() })
  if (done.status !== 0) throw new Error(`${command[0]} failed (${done.status ?? done.signal}): ${done.stderr}${done.stdout}`)
}

function wrapped(command: readonly string[], runAs: RunAs | null, deathSignal: string | null): [string, ...string[]] {
  const flags = [
    ...(runAs === null ? [] : [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups']),
    ...(deathSignal === null ? [] : ['--pdeathsig', deathSignal]),
  ]
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find(isExecutable)
  if (setpriv === undefined && runAs !== null) throw new Error('setpriv not found: apt-get install util-linux')
  const [program, ...parameters] = command as [string, ...string[]]
  return setpriv === undefined || flags.length === 0
    ? [program, ...parameters]
    : [setpriv, ...flags, '--', program, ...parameters]
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: tmpdir(), LC_ALL: 'C.UTF-8', TZ: 'UTC' }
}

export interface DaemonOptions {
  readonly command: readonly string[]
  readonly runAs?: RunAs | null
  /** Beside what every server gets. */
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds until it must be ready; 30 s by default. */
  readonly withinMs?: number
  /** Signal the kernel sends when the test process dies; it must end the server at once. */
  readonly deathSignal: 'QUIT' | 'KILL'
  /** Resolves once the server can be used, throws while it cannot; tried until it resolves. */
  readonly ready: () => Promise<void>
}

export interface Daemon {
  readonly pid: number
  /** Sends the signal and waits until the process is gone; a process that ignores it for 20 s is killed. */
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Starts a server and waits until it is ready; throws with its last output when it ends or is not ready in time. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { command, runAs = null, env = {}, withinMs = 30_000, deathSignal, ready } = options
  const [program, ...parameters] = wrapped(command, runAs, deathSignal)
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { ...serverEnvironment(), ...env },
  })
  const output = lastOutput(child)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('error', () => undefined)
  // A test that forgets to close its server must end all the same.
  child.unref()
  try {
    await becomesReady(child, ready, withinMs)
  } catch (cause) {
    child.kill('SIGKILL')
    throw new Error(`${command[0]} did not start:\n${output()}`, { cause })
  }
  return { pid: child.pid ?? 0, stop: (signal) => stopped(child, ended, signal) }
}

function lastOutput(child: ChildProcess): () => string {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(text)
      if (lines.length > 40) lines.shift()
    })
    // The pipes of a server that nobody closed must not keep the test process alive.
    ;(stream as unknown as { unref?: () => void } | null)?.unref?.()
  }
  return () => lines.join('')
}

async function becomesReady(child: ChildProcess, ready: () => Promise<void>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) throw new Error('the server ended')
    try {
      return await ready()
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`the server was not ready within ${withinMs / 1_000} s`, { cause })
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

async function stopped(child: ChildProcess, ended: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  child.kill(signal)
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(patience)
}

/** Resolves when something listens on the loopback port. */
export function listening(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => socket.destroy() && resolve())
    socket.once('error', reject)
  })
}

/** A loopback port that was free a moment ago. */
export function freeLoopbackPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
