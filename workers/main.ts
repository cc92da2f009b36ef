/** A worker process: `node workers/main.ts`. Stateless; start as many as are needed, each for all targets or for `WORKER_TARGETS`. */
import { setTimeout as delay } from 'node:timers/promises'
import { connectors } from '#connectors/index.ts'
import { readEnvironment, redactedEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openWorker, type RunningWorker } from './worker.ts'

const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, 'worker')
const stopMs = environment.WORKER_STOP_SECONDS * 1000
/** What is left of the time to stop when calls are cut: room to write down that their outcome is unknown. */
const lastWordsMs = Math.min(2_000, stopMs / 4)
const againMs = 2_000

log.debug({ settings: redactedEnvironment(environment) }, 'settings')
const stopped = Promise.withResolvers<'stop'>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve('stop'))
process.on('disconnect', () => stopped.resolve('stop'))

/** Running calls may end; then they are cut; and if even that takes too long, the process ends and their leases settle them. */
async function close(worker: RunningWorker): Promise<void> {
  const cut = setTimeout(() => {
    log.warn({ seconds: environment.WORKER_STOP_SECONDS }, 'calls are still under way and are cut')
    worker.abort()
  }, stopMs - lastWordsMs)
  const end = setTimeout(() => {
    log.error({ seconds: environment.WORKER_STOP_SECONDS }, 'the worker did not end in time')
    process.exit(1)
  }, stopMs)
  await worker[Symbol.asyncDispose]()
  clearTimeout(cut)
  clearTimeout(end)
}

/** The first start tells at once what is wrong. Later, when the configuration changed, what is away comes back. */
async function reopen(): Promise<RunningWorker | 'stop'> {
  for (;;) {
    const opened = await Promise.race([
      stopped.promise,
      openWorker({ environment, connectors, log }).catch((err: unknown) => {
        log.error({ err }, 'the worker cannot be opened anew, and tries again')
        return null
      }),
    ])
    if (opened !== null) return opened
    await delay(againMs)
  }
}

let worker: RunningWorker | 'stop' = await openWorker({ environment, connectors, log })
while (worker !== 'stop') {
  log.info({ engine: worker.engine, targets: worker.targets }, 'the worker is ready')
  process.send?.('ready')
  const why = await Promise.race([stopped.promise, worker.outdated])
  await close(worker)
  if (why === 'stop') break
  log.warn({ why }, 'the worker opens its queues and targets anew')
  worker = await reopen()
}
process.exit(0)
