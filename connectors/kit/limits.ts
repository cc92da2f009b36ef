/** What a target bears: what its configuration says of it, and where that says nothing what its kind of system is known for. */
import type { TargetLimits } from '#core/target-limits.ts'
import type { Connector } from './connector.ts'

interface Configured {
  readonly config: unknown
  readonly limits: TargetLimits
}

export function limitsOf({ config, limits }: Configured, connector: Connector | undefined): TargetLimits {
  const { rate } = connector?.capabilitiesOf?.(config) ?? connector?.capabilities ?? {}
  return rate === undefined || limits.rateLimit !== undefined ? limits : { ...limits, rateLimit: rate }
}
