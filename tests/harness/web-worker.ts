/** The worker process as it is, which knows the web targets of the tests besides. */
import { connectors } from '#connectors/index.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openWorker, type RunningWorker } from '#workers/worker.ts'
import { metered, oneWay, web } from './web-target.ts'

const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, 'worker')
const stopped = Promise.withResolvers<'stop'>()
for (const event of ['SIGTERM', 'disconnect']) process.on(event, () => stopped.resolve('stop'))
for (;;) {
  const worker: RunningWorker = await openWorker({
    environment,
    connectors: { ...connectors, web, metered, 'one-way': oneWay },
    log,
  })
  log.info({ targets: worker.targets }, 'the worker is ready')
  process.send?.('ready')
  const why = await Promise.race([stopped.promise, worker.outdated])
  await worker[Symbol.asyncDispose]()
  if (why === 'stop') break
}
process.exit(0)
