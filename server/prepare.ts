/** What must be true of the database before a server answers: migrated, configured, and somebody who can log in. */
import type { Connector } from '#connectors/kit/connector.ts'
import { openDatabase } from '#core/database.ts'
import type { Environment } from '#core/environment.ts'
import { openLedger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { createSealer } from '#core/sealing.ts'
import { createPerson } from './auth/sessions.ts'
import { applyConfiguration } from './configuration/apply.ts'
import { readConfiguration } from './configuration/read.ts'

export interface Prepared {
  readonly migrations: readonly string[]
  /** What the configuration changed. */
  readonly changed: readonly string[]
  /** Whether the first administrator was created just now. */
  readonly isFirstStart: boolean
}

export interface PrepareOptions {
  readonly environment: Environment
  /** What `${NAME}` in the configuration may stand for. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
  /** Where the configuration stands; null leaves the database's as it is. */
  readonly configuration: string | null
  /** The first administrator's password; null creates nobody. */
  readonly adminPassword: string | null
}

export async function prepare({
  environment,
  variables,
  connectors,
  log,
  configuration,
  adminPassword,
}: PrepareOptions): Promise<Prepared> {
  await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-prepare', poolSize: 2 })
  const migrations = await migrate(database.sql)
  const sealer = createSealer(environment.PASSERELLE_KEY)
  const ledger = openLedger({ database, sealer, log })
  const loaded = configuration === null ? null : await readConfiguration(configuration, { variables, connectors })
  const changed = loaded === null ? [] : await applyConfiguration(loaded, { sql: database.sql, sealer, ledger, connectors, log })
  const [people] = await database.sql<{ count: number }[]>`select count(*)::int as count from person`
  const isFirstStart =
    adminPassword !== null && people?.count === 0 && (await createPerson(database.sql, 'admin', 'admin', adminPassword))
  if (isFirstStart) await ledger.record({ action: 'person_created', actor: 'start', detail: { name: 'admin', role: 'admin' } })
  return { migrations, changed, isFirstStart }
}
