/**
 * Starts one sandbox process behind its walls and speaks frames with it. Everything the process may do is written here: read the code
 * it needs, and nothing else.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync, realpathSync, unlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setPriority, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createFrameReader, toFrame } from './frames.ts'
import { largestAnswer } from './limits.ts'
import type { ToSandbox } from './protocol.ts'

export interface SandboxProcess {
  readonly pid: number | undefined
  send(message: ToSandbox): void
  /** The slot whose expression was begun last; null when none was. */
  lastSlot(): number | null
  /** SIGKILL; `onExit` follows. */
  kill(): void
}

export interface SandboxProcessOptions {
  readonly memoryMb: number
  /** From 0 to 19: how far it stands back behind other processes. */
  readonly niceness: number
  /** Milliseconds one expression may take by its own clock, before the parent's clock kills the process. */
  readonly expressionMs: number
  readonly onMessage: (message: unknown) => void
  /** Once. `reason` is for the log: how the process ended and the last it said. */
  readonly onExit: (reason: string) => void
}

export function startSandboxProcess(options: SandboxProcessOptions): SandboxProcess {
  const folder = import.meta.dirname
  const mark = openMark()
  const child = spawn(
    process.execPath,
    [...walls(folder, options.memoryMb), join(folder, 'child.ts'), String(options.expressionMs)],
    {
      // Not even PATH, and no working folder of ours to be curious about.
      env: {},
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe', mark.descriptor],
    },
  )
  if (options.niceness > 0 && child.pid !== undefined) setPriority(child.pid, options.niceness)
  const lastWords = createLastWords()
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('a sandbox process has pipes')
  stderr.on('data', (chunk: Buffer) => lastWords.push(chunk))
  const reader = createFrameReader(largestAnswer, options.onMessage, (reason) => {
    lastWords.push(Buffer.from(`sent ${reason}`))
    child.kill('SIGKILL')
  })
  stdout.on('data', (chunk: Buffer) => reader.push(chunk))
  // A process that dies while we write to it says EPIPE here; its end is reported by `close`.
  stdin.on('error', () => undefined)
  child.on('error', (error) => lastWords.push(Buffer.from(error.message)))
  child.on('close', (code, signal) => {
    options.onExit(`${signal ?? `exit code ${code}`}${lastWords.text()}`)
    closeSync(mark.descriptor)
  })
  return {
    pid: child.pid,
    send: (message) => void stdin.write(toFrame(message)),
    lastSlot: () => mark.read(),
    kill: () => void child.kill('SIGKILL'),
  }
}

/**
 * Node's permission model (https://nodejs.org/api/permissions.html): without an --allow flag there is no network, file, child process,
 * worker, addon, WASI or inspector. Code from text is forbidden too, because that is how JSONata was broken out of before.
 */
export function walls(folder: string, memoryMb: number): string[] {
  const rules = dirname(folder)
  const readable = [
    rules,
    join(dirname(rules), 'package.json'),
    join(dirname(rules), 'core', 'phrase.ts'),
    ...['jsonata', 're2js', 'libphonenumber-js'].flatMap(libraryFolders),
  ]
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    // Without it Node would examine every folder on the way to a library.
    '--preserve-symlinks',
    '--disallow-code-generation-from-strings',
    '--disable-proto=delete',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${memoryMb}`,
    '--max-semi-space-size=8',
  ]
}

/** Where a library is looked for and where it really is: node_modules may be a link, and both are read on the way. */
function libraryFolders(name: string): string[] {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? []
  const folder = places.map((place) => join(place, name)).find((place) => existsSync(join(place, 'package.json')))
  return folder === undefined ? [] : [...new Set([folder, realpathSync(folder)])]
}

/** A file without a name, in which the process leaves the number of the expression it runs (see `child.ts`). */
function openMark(): { readonly descriptor: number; read(): number | null } {
  const path = join(tmpdir(), `passerelle-sandbox-${randomUUID()}`)
  const descriptor = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  const bytes = Buffer.alloc(4)
  return {
    descriptor,
    read: () => (readSync(descriptor, bytes, 0, bytes.length, 0) === bytes.length ? bytes.readUInt32BE(0) : null),
  }
}

/** The first lines of what a process complains about, however much it says. */
function createLastWords(): { push(chunk: Buffer): void; text(): string } {
  let said = ''
  return {
    push(chunk) {
      if (said.length < 500) said += chunk.toString('utf8').slice(0, 500 - said.length)
    },
    text: () => (said === '' ? '' : `: ${said.replaceAll(/\s+/g, ' ').trim()}`),
  }
}
