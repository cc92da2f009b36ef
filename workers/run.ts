/** A worker process for as long as it lives: opened, opened anew when the configuration changes, and closed in time. */
import { setTimeout as delay } from 'node:timers/promises'
import { openWorker, type RunningWorker, type WorkerOptions } from './worker.ts'

export interface RunOptions extends WorkerOptions {
  /** Resolves when the process is to stop. */
  readonly stopped: Promise<'stop'>
  /** Ends the process although something is still under way. */
  readonly exit: (code: number) => void
}

const againMs = 2_000

/** Returns when the worker was told to stop and has. Rejects when it cannot be opened for the first time. */
export async function runWorker(options: RunOptions): Promise<void> {
  const { log, stopped } = options
  let worker: RunningWorker | 'stop' = await openWorker(options)
  while (worker !== 'stop') {
    log.info({ engine: worker.engine, targets: worker.targets }, 'the worker is ready')
    process.send?.('ready')
    const why = await Promise.race([stopped, worker.outdated])
    await close(worker, options)
    if (why === 'stop') return
    log.warn({ why }, 'the worker opens its queues and targets anew')
    worker = await reopen(options)
  }
}

/** Running calls may end; then they are cut; and if even that takes too long, the process ends and their leases settle them. */
async function close(worker: RunningWorker, { environment, log, exit }: RunOptions): Promise<void> {
  const stopMs = environment.WORKER_STOP_SECONDS * 1000
  /** What is left of the time to stop when calls are cut: room to write down that their outcome is unknown. */
  const lastWordsMs = Math.min(2_000, stopMs / 4)
  const cut = setTimeout(() => {
    log.warn({ seconds: environment.WORKER_STOP_SECONDS }, 'calls are still under way and are cut')
    worker.abort()
  }, stopMs - lastWordsMs)
  const end = setTimeout(() => {
    log.error({ seconds: environment.WORKER_STOP_SECONDS }, 'the worker did not end in time')
    exit(1)
  }, stopMs)
  await worker[Symbol.asyncDispose]()
  clearTimeout(cut)
  clearTimeout(end)
}

/** The first start tells at once what is wrong. Later, when the configuration changed, what is away comes back. */
async function reopen(options: RunOptions): Promise<RunningWorker | 'stop'> {
  for (;;) {
    const opened = await Promise.race([
      options.stopped,
      openWorker(options).catch((err: unknown) => {
        options.log.error({ err }, 'the worker cannot be opened anew, and tries again')
        return null
      }),
    ])
    if (opened !== null) return opened
    await delay(againMs)
  }
}
