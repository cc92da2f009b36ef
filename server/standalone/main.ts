/** `npm start`: the whole gateway on this machine, and what a newcomer needs to know to use it. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isGatewayError } from '#core/errors.ts'
import { stopWithParent } from '../bootstrap.mjs'
import { openStandalone, type Standalone } from './open.ts'

const folder = resolve(process.env.PASSERELLE_DATA ?? '.passerelle')
const logFolder = process.env.LOG_LEVEL === undefined ? join(folder, 'log') : null
if (logFolder !== null) mkdirSync(logFolder, { recursive: true })

stopWithParent()
const stopped = Promise.withResolvers<null>()
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(event, () => stopped.resolve(null))

try {
  const started = Date.now()
  const standalone = await openStandalone({ folder, variables: process.env, logFolder })
  console.log(welcome(standalone, Date.now() - started))
  const failure = await Promise.race([stopped.promise, standalone.died.catch((error: unknown) => error)])
  if (failure === null) console.log('Stopping…')
  else console.error(describe(failure))
  await standalone[Symbol.asyncDispose]()
  process.exit(failure === null ? 0 : 1)
} catch (error) {
  console.error(describe(error))
  process.exit(1)
}

function welcome(standalone: Standalone, milliseconds: number): string {
  const { url, adminPassword } = standalone
  const database = standalone.isEmbedded ? `embedded, in ${join(folder, 'postgres')}` : 'yours (DATABASE_URL)'
  const queues = standalone.hasRedis ? 'Redis (REDIS_URL)' : 'in PostgreSQL; set REDIS_URL for production'
  return [
    '',
    `  Passerelle is ready (${(milliseconds / 1000).toFixed(1)} s)`,
    '',
    `  Dashboard   ${url}/`,
    `  Queues      ${url}/queues`,
    ...(adminPassword === null
      ? ['  Log in      as "admin", with the password of the first start']
      : [`  Log in      as "admin", password ${adminPassword}   (shown only now)`]),
    '',
    `  Database    ${database}`,
    `  Job queues  ${queues}`,
    ...(logFolder === null ? [] : [`  Logs        ${logFolder}`]),
    '',
    ...(standalone.isDefaultConfiguration
      ? ['  Provision somebody: paste this into another terminal', '', curl(standalone), '', '  or watch it: npm run demo', '']
      : []),
    '  Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function curl({ url, demoApiKey }: Standalone): string {
  const body = {
    kind: 'create',
    externalId: 'E-1001',
    attributes: {
      givenName: 'Zoé',
      familyName: 'Müller',
      organizationalUnit: 'Finance',
      title: 'Comptable',
      employeeType: 'internal',
    },
  }
  return `curl -sS ${url}/api/v1/requests -H 'Authorization: Bearer ${demoApiKey}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
}

function describe(error: unknown): string {
  if (!isGatewayError(error)) return error instanceof Error ? (error.stack ?? error.message) : 'the gateway failed'
  return `Passerelle cannot go on: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`
}
