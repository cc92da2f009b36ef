/** The configuration as a server knows it: read once, and again whenever somebody says that it changed. */
import type { Connector, Survey } from '#connectors/kit/connector.ts'
import type { Database } from '#core/database.ts'
import type { Logger } from '#core/log.ts'
import { surveysChannel } from '#core/target-surveys.ts'
import { configurationChannel, readTargets, type TargetRecord } from '#core/targets.ts'
import { createCredentials, type Credentials } from '../auth/credentials.ts'
import type { PlanningDeps } from '../requests/planning.ts'
import { createLookups, type Lookups } from '../lookups/store.ts'
import { createRuleSets } from '../requests/rule-sets.ts'
import { createSources, type Sources } from '../requests/sources.ts'
import { allSurveys } from './capabilities.ts'
import { toPlanContext } from './plan-context.ts'

export interface Configured extends Pick<PlanningDeps, 'ruleSets' | 'lookups' | 'planContext'> {
  readonly sources: Sources
  readonly credentials: Credentials
  readonly lookups: Lookups
  /** The targets as they are configured now. */
  targets(): readonly TargetRecord[]
}

export interface ConfiguredOptions {
  readonly database: Pick<Database, 'sql'>
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
}

export async function openConfigured({ database: { sql }, connectors, log }: ConfiguredOptions): Promise<Configured> {
  let targets: readonly TargetRecord[] = []
  // Worked out when the configuration changes or a target says something new, not for each plan.
  let context = toPlanContext(targets, connectors, new Map())
  const take = ([read, surveys]: readonly [readonly TargetRecord[], ReadonlyMap<string, Survey>]) => {
    targets = read
    context = toPlanContext(read, connectors, surveys)
  }
  const read = () => Promise.all([readTargets(sql), allSurveys(sql)])
  take(await read())
  const [ruleSets, lookups, sources] = [createRuleSets(sql), createLookups(sql), createSources(sql)]
  const credentials = createCredentials(sql)
  const readAgain = () => {
    read().then(take, (err: unknown) => log.warn({ err }, 'the changed configuration could not be read'))
  }
  const refresh = () => {
    for (const part of [ruleSets, lookups, sources, credentials]) part.refresh()
    readAgain()
  }
  // Called too when a lost connection listens again: what was announced meanwhile was not heard.
  await sql.listen(configurationChannel, refresh, refresh)
  await sql.listen(surveysChannel, readAgain)
  return {
    ruleSets,
    lookups,
    sources,
    credentials,
    targets: () => targets,
    planContext: () => context,
  }
}
