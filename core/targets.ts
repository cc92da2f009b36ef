/** Targets as configured: which connector, with which settings, their secrets still sealed. */
import type { Sql } from './database.ts'
import type { FailurePolicy } from './plan.ts'
import type { ReconcileSchedule } from './reconciliations/reconciliation.ts'
import type { TargetLimits } from './target-limits.ts'

export interface TargetRecord {
  readonly name: string
  readonly connector: string
  /** Secrets stand as `{"$sealed": id}`. */
  readonly config: unknown
  readonly onFailure: FailurePolicy
  readonly limits: TargetLimits
  /** When it is reconciled by itself; null: when a person asks. */
  readonly reconcile: ReconcileSchedule | null
  readonly revision: number
}

/** Told to every process when the configuration changes. */
export const configurationChannel = 'passerelle_configuration'

/** In the order of their names. */
export async function readTargets(sql: Sql): Promise<readonly TargetRecord[]> {
  return sql<TargetRecord[]>`
    select name, connector, config, on_failure as "onFailure", limits, reconcile, revision from target order by name`
}

/** The ids of the sealed secrets within a configuration. */
export function sealedIds(config: unknown): string[] {
  if (Array.isArray(config)) return config.flatMap(sealedIds)
  if (typeof config !== 'object' || config === null) return []
  if ('$sealed' in config && typeof config.$sealed === 'string') return [config.$sealed]
  return Object.values(config).flatMap(sealedIds)
}

/** The configuration with its secrets in clear: for the connector alone, in memory alone. */
export function withSecrets(config: unknown, clear: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(config)) return config.map((item) => withSecrets(item, clear))
  if (typeof config !== 'object' || config === null) return config
  if ('$sealed' in config && typeof config.$sealed === 'string') return clear.get(config.$sealed)
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, withSecrets(value, clear)]))
}
