/** The worker process as it is, with targets that cost nothing. */
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openWorker } from '#workers/worker.ts'
import { noop } from './noop-target.ts'

const environment = readEnvironment(process.env)
const worker = await openWorker({ environment, connectors: { noop }, log: createLog('warn', 'worker') })
process.send?.('ready')
for (const event of ['SIGTERM', 'disconnect'])
  process.on(event, () => void worker[Symbol.asyncDispose]().then(() => process.exit(0)))
