/** The worker as it is, whose processes know the web targets of the tests, one kind of which falls ill: see isolated-part.ts. */
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openSupervisor } from '#workers/parts/supervisor.ts'

const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, 'worker')
const module = new URL('./isolated-part.ts', import.meta.url)
const supervisor = openSupervisor({ module, environment, variables: process.env, log })
for (const event of ['SIGTERM', 'disconnect'])
  process.on(event, () => void supervisor[Symbol.asyncDispose]().then(() => process.exit(0)))
await supervisor.ready
process.send?.('ready')
