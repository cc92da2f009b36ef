/** The server and the worker of a standalone gateway, as processes of their own that start, stop and fail together. */
import { fork, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GatewayError } from '#core/errors.ts'

export interface RunningProcesses extends AsyncDisposable {
  /** Resolves when one of them ends without having been told to. */
  readonly died: Promise<never>
}

export interface ProcessesOptions {
  readonly variables: Readonly<Record<string, string>>
  /** Where their logs go; null lets them print. */
  readonly logFolder: string | null
}

/**
 * Nearly everything a request makes is garbage when it ends; with room for it the collector has half the work, and so little is left that
 * waking other threads for it costs more than they save. Also in the Dockerfile and in docs/scaling.md.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=128', '--no-parallel-scavenge']

const root = fileURLToPath(new URL('../../', import.meta.url))

export async function openProcesses(modules: readonly string[], options: ProcessesOptions): Promise<RunningProcesses> {
  const children = modules.map((module) => ({ module, child: start(module, options) }))
  let stopping = false
  const died = new Promise<never>((_, reject) => {
    for (const { module, child } of children)
      child.once('exit', (code, signal) => {
        if (!stopping)
          reject(
            new GatewayError('unavailable', `${module} ended (${signal ?? `code ${code}`})`, { hint: where(options, module) }),
          )
      })
  })
  died.catch(() => {})
  const close = async () => {
    stopping = true
    // The worker first: what it is doing can still be announced.
    for (const { child } of children.toReversed()) await stop(child)
  }
  try {
    await Promise.race([Promise.all(children.map(({ child }) => ready(child))), died])
  } catch (error) {
    await close()
    throw error
  }
  return { died, [Symbol.asyncDispose]: close }
}

function start(module: string, { variables, logFolder }: ProcessesOptions): ChildProcess {
  const out = logFolder === null ? 'inherit' : openSync(join(logFolder, logName(module)), 'a')
  // Detached: Ctrl-C in the terminal reaches only us, and we tell them in order. The channel ends with us, and so do they.
  return fork(join(root, module), [], {
    cwd: root,
    detached: true,
    env: { ...variables },
    execArgv: [...nodeFlags],
    stdio: ['ignore', out, out, 'ipc'],
  })
}

const logName = (module: string) => `${module.split('/')[0]}.log`

function where({ logFolder }: ProcessesOptions, module: string): string {
  return logFolder === null ? 'see its output above' : `see ${join(logFolder, logName(module))}`
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const listen = (message: unknown) => {
      if (message !== 'ready') return
      child.off('message', listen)
      resolve()
    }
    child.on('message', listen)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
