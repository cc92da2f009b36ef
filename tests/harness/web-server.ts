/** The server process as it is, which knows the web targets of the tests besides. */
import { connectors } from '#connectors/index.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openGateway } from '#server/gateway.ts'
import { prepare } from '#server/prepare.ts'
import { metered, oneWay, web } from './web-target.ts'

const environment = readEnvironment(process.env)
const log = createLog(environment.LOG_LEVEL, 'server')
const all = { ...connectors, web, metered, 'one-way': oneWay }
await prepare({
  environment,
  variables: process.env,
  connectors: all,
  log,
  configuration: environment.PASSERELLE_CONFIG ?? null,
  adminPassword: environment.ADMIN_PASSWORD ?? null,
})
const gateway = await openGateway({ environment, connectors: all, log })
gateway.server.listen(environment.PORT, environment.HOST, () => process.send?.('ready'))
for (const event of ['SIGTERM', 'disconnect'])
  process.on(event, () => void gateway[Symbol.asyncDispose]().then(() => process.exit(0)))
