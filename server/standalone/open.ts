/**
 * A whole gateway on one machine: database, secrets, demonstration tables, server and worker. Used by `npm start`, the demo,
 * the benchmark and the tests, each over a folder of its own.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectors } from '#connectors/index.ts'
import { openDatabase } from '#core/database.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import { prepare } from '../prepare.ts'
import { createDemoTables } from './demo-tables.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { openProcesses } from './processes.ts'
import { standaloneSecrets } from './secrets.ts'

export interface Standalone extends AsyncDisposable {
  readonly url: string
  readonly databaseUrl: string
  readonly isEmbedded: boolean
  readonly hasRedis: boolean
  readonly isDefaultConfiguration: boolean
  readonly demoApiKey: string
  /** Only at the first start. */
  readonly adminPassword: string | null
  readonly died: Promise<never>
}

export interface StandaloneOptions {
  readonly folder: string
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Where the processes log; null lets them print. */
  readonly logFolder: string | null
}

const defaultConfiguration = fileURLToPath(new URL('../configuration/default.yaml', import.meta.url))

export async function openStandalone({ folder, variables, logFolder }: StandaloneOptions): Promise<Standalone> {
  const stack = new AsyncDisposableStack()
  try {
    const secrets = standaloneSecrets(folder)
    const isEmbedded = (variables.DATABASE_URL ?? variables.DATABASE_URL_FILE ?? '') === ''
    const embedded = isEmbedded ? stack.use(await openEmbeddedPostgres(join(folder, 'postgres'))) : null
    const all: Record<string, string> = {
      PASSERELLE_KEY: secrets.key,
      DEMO_API_KEY: secrets.demoApiKey,
      MIDPOINT_PASSWORD: secrets.midpointPassword,
      ...defined(variables),
      ...(embedded === null ? {} : { DATABASE_URL: embedded.url }),
    }
    const isDefaultConfiguration = !('PASSERELLE_CONFIG' in all)
    const environment = readEnvironment(all)
    const log = createLog('warn', 'start')
    if (isDefaultConfiguration) {
      all.DEMO_DATABASE_URL ??= environment.DATABASE_URL
      await using database = await openDatabase({ url: all.DEMO_DATABASE_URL, name: 'passerelle-demo', poolSize: 1 })
      await createDemoTables(database.sql)
    }
    const adminPassword = environment.ADMIN_PASSWORD ?? secrets.adminPassword
    const configuration = environment.PASSERELLE_CONFIG ?? defaultConfiguration
    const prepared = await prepare({ environment, variables: all, connectors, log, configuration, adminPassword })
    const processes = stack.use(
      await openProcesses(['server/main.ts', 'workers/main.ts'], {
        variables: { ...all, PASSERELLE_CONFIG: configuration },
        logFolder,
      }),
    )
    return {
      url: `http://${environment.HOST}:${environment.PORT}`,
      databaseUrl: environment.DATABASE_URL,
      isEmbedded,
      hasRedis: environment.REDIS_URL !== undefined,
      isDefaultConfiguration,
      demoApiKey: secrets.demoApiKey,
      adminPassword: prepared.isFirstStart ? adminPassword : null,
      died: Promise.race([processes.died, ...(embedded === null ? [] : [embedded.died])]),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function defined(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
}
