/** A server process: `node server/main.ts`. Stateless; start as many as are needed behind a load balancer. */
import { connectors } from '#connectors/index.ts'
import { readEnvironment, redactedEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openGateway } from './gateway.ts'
import { prepare } from './prepare.ts'

const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, 'server')

log.debug({ settings: redactedEnvironment(environment) }, 'settings')
const prepared = await prepare({
  environment,
  variables: process.env,
  connectors,
  log,
  configuration: environment.PASSERELLE_CONFIG ?? null,
  adminPassword: environment.ADMIN_PASSWORD ?? null,
})
log.info(prepared, 'the database is ready')

const gateway = await openGateway({ environment, connectors, log })
gateway.server.listen(environment.PORT, environment.HOST, () => {
  log.info({ host: environment.HOST, port: environment.PORT, queues: gateway.engine }, 'the server is ready')
  process.send?.('ready')
})
gateway.server.on('error', (err) => {
  log.fatal({ err }, `cannot listen on ${environment.HOST}:${environment.PORT}`)
  process.exit(1)
})

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => {
    log.error({ seconds: environment.SERVER_STOP_SECONDS }, 'the server did not end in time')
    process.exit(1)
  }, environment.SERVER_STOP_SECONDS * 1000).unref()
  await gateway[Symbol.asyncDispose]()
  process.exit(0)
}
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, () => void stop())
