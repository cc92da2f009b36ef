/** A worker process: `node workers/main.ts`. Stateless; start as many as are needed, each for all targets or for `WORKER_TARGETS`. */
import { connectors } from '#connectors/index.ts'
import { readEnvironment, redactedEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openWorker, type RunningWorker } from './worker.ts'

const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, 'worker')
/** Milliseconds that running calls get when the process is told to stop; what is cut then is settled by its lease. */
const stopWithinMs = 20_000

log.debug({ settings: redactedEnvironment(environment) }, 'settings')
const stopped = Promise.withResolvers<'stop'>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve('stop'))
process.on('disconnect', () => stopped.resolve('stop'))

for (;;) {
  const worker: RunningWorker = await openWorker({ environment, connectors, log })
  log.info({ engine: worker.engine, targets: worker.targets }, 'the worker is ready')
  process.send?.('ready')
  const why = await Promise.race([stopped.promise, worker.outdated])
  const timer = setTimeout(() => process.exit(1), stopWithinMs)
  await worker[Symbol.asyncDispose]()
  clearTimeout(timer)
  if (why === 'stop') break
  log.info('the configuration changed: the worker opens its targets anew')
}
process.exit(0)
