/**
 * A worker: `node workers/main.ts [--targets a,b] [--kinds ldap,sql] [--isolation none]`. Stateless; start as many as are needed. It keeps a
 * process of its own for each kind of connectors, or does everything in this one.
 */
import { readEnvironment, redactedEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { withOptions } from './options.ts'
import { openSupervisor } from './parts/supervisor.ts'

const variables = withOptions(process.argv.slice(2), process.env)
const environment = readEnvironment(variables)
const log = createLog(environment.LOG_LEVEL, 'worker')

log.debug({ settings: redactedEnvironment(environment) }, 'settings')
const stopped = Promise.withResolvers<'stop'>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve('stop'))
process.on('disconnect', () => stopped.resolve('stop'))

if (environment.WORKER_ISOLATION === 'kind') {
  const module = new URL('./parts/main.ts', import.meta.url)
  const supervisor = openSupervisor({ module, environment, variables, log })
  const failed = supervisor.ready.then(
    () => {
      log.info({ kinds: supervisor.kinds() }, 'the worker is ready')
      process.send?.('ready')
      return stopped.promise
    },
    (err: unknown) => {
      log.fatal({ err }, 'the worker cannot start')
      return 'failed' as const
    },
  )
  const why = await Promise.race([stopped.promise, failed])
  await supervisor[Symbol.asyncDispose]()
  process.exit(why === 'failed' ? 1 : 0)
}
// The supervisor loads neither connectors nor queues: what is not there cannot fail, and costs no memory.
const [{ connectors }, { runWorker }] = await Promise.all([import('#connectors/index.ts'), import('./run.ts')])
await runWorker({ environment, connectors, log, stopped: stopped.promise, exit: (code) => process.exit(code) })
process.exit(0)
