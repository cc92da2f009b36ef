/** What a target bears: what its configuration says of it, and where that says nothing what its kind of system is known for. */
import type { TargetLimits } from '#core/target-limits.ts'
import type { Connector } from './connector.ts'

export interface Configured {
  readonly connector: string
  readonly config: unknown
  readonly limits: TargetLimits
}

export function limitsOf(target: Configured | undefined, connectors: Readonly<Record<string, Connector>>): TargetLimits {
  if (target === undefined) return {}
  const { connector, config, limits } = target
  const kind = connectors[connector]
  const { rate } = kind?.capabilitiesOf?.(config) ?? kind?.capabilities ?? {}
  return rate === undefined || limits.rateLimit !== undefined ? limits : { ...limits, rateLimit: rate }
}
