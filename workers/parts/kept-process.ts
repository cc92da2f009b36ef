/** A process that is started again when it ends, later and later when it keeps ending, until it is told to stop. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Environment } from '#core/environment.ts'
import type { Logger } from '#core/log.ts'
import { reasonOf } from './reasons.ts'

export interface KeptProcess {
  /** What became of it first: `ready`, or the reason why it ended before. */
  readonly first: Promise<string>
  /** Resolves when it has ended, by force after so many milliseconds. */
  stop(withinMs: number): Promise<void>
}

export interface KeptProcessOptions {
  readonly name: string
  readonly module: URL
  readonly args: readonly string[]
  /** Of Node, in the stead of the same ones of the supervisor. */
  readonly flags: readonly string[]
  readonly environment: Pick<Environment, 'WORKER_MEMORY_MB' | 'WORKER_LEASE_SECONDS'>
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly onMessage: (message: unknown) => void
}

const [againMs, againAtMostMs] = [500, 60_000]
/** A process that was well for so long begins anew with the short pause. */
const wellMs = 60_000
/** What a process takes besides the heap's old space: young space, code, buffers. */
const besidesHeapMegabytes = 128
/** A process that is told to stop ends by itself at its deadline: force comes just after. */
const graceMs = 250

export function keepProcess(options: KeptProcessOptions): KeptProcess {
  const { name, environment, log, onMessage } = options
  const first = Promise.withResolvers<string>()
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let failures = 0
  const ended = Promise.withResolvers<void>()

  function start(): void {
    const started = performance.now()
    const own = begin(options)
    child = own
    own.on('message', (message) => {
      if (message === 'ready') first.resolve('ready')
      else onMessage(message)
    })
    own.once('error', (err) => {
      log.error({ err, process: name }, 'a process of the worker could not be started')
      if (own.pid === undefined) leave('it could not be started', started)
    })
    own.once('exit', (code, signal) => leave(reasonOf(code, signal, environment), started, { code, signal }))
  }
  function leave(reason: string, started: number, how: object = {}): void {
    child = null
    if (isStopping) return ended.resolve()
    first.resolve(reason)
    failures = performance.now() - started > wellMs ? 1 : failures + 1
    const pauseMs = Math.min(againMs * 2 ** (failures - 1), againAtMostMs)
    log.error({ process: name, ...how, reason, failures, pauseMs }, 'a process of the worker ended, and is started again')
    timer = setTimeout(start, pauseMs)
  }
  start()
  return {
    first: first.promise,
    async stop(withinMs) {
      isStopping = true
      clearTimeout(timer)
      if (child === null) return
      const force = setTimeout(() => {
        log.error({ process: name }, 'a process of the worker did not stop in time, and is killed')
        child?.kill('SIGKILL')
      }, withinMs + graceMs)
      child.kill('SIGTERM')
      await ended.promise
      clearTimeout(force)
    },
  }
}

/** Detached: what the terminal says reaches the supervisor alone. The channel ends with the supervisor, and so does the process. */
function begin({ module, args, flags, environment, variables }: KeptProcessOptions): ChildProcess {
  const own = [...flags, `--max-old-space-size=${environment.WORKER_MEMORY_MB - besidesHeapMegabytes}`]
  const nameOf = (flag: string) => flag.split('=')[0]
  const inherited = process.execArgv.filter((flag) => !own.some((one) => nameOf(one) === nameOf(flag)))
  return fork(fileURLToPath(module), [...args], {
    detached: true,
    env: variables,
    execArgv: [...inherited, ...own],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}
