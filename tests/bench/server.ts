/** The server process as it is, with targets that cost nothing. */
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { openGateway } from '#server/gateway.ts'
import { prepare } from '#server/prepare.ts'
import { noop } from './noop-target.ts'

const environment = readEnvironment(process.env)
const log = createLog('warn', 'server')
const connectors = { noop: noop as never }
await prepare({
  environment,
  variables: process.env,
  connectors,
  log,
  configuration: environment.PASSERELLE_CONFIG ?? null,
  adminPassword: null,
})
const gateway = await openGateway({ environment, connectors, log })
gateway.server.listen(environment.PORT, environment.HOST, () => process.send?.('ready'))
for (const event of ['SIGTERM', 'disconnect'])
  process.on(event, () => void gateway[Symbol.asyncDispose]().then(() => process.exit(0)))
