/** What a kind of system, or a target with its settings, can do, undo and bear, as people read it. */
import type { Capabilities, Connector } from '#connectors/kit/connector.ts'
import type { TargetCapabilities } from '../api/target-types.ts'

export function toCapabilities(capabilities: Capabilities): TargetCapabilities {
  const { undo, idempotent, lacks = [], memberships, conditionalWrite, nativeId, concurrency, rate, deadlineMs } = capabilities
  return {
    ...{ undo, idempotent, lacks, memberships: lacks.includes('memberships') ? null : memberships },
    ...{ conditionalWrite, nativeId, concurrency, rate: rate ?? null, deadlineMs },
  }
}

/** With these settings; what depends on none is the kind's. */
export function capabilitiesOf({ capabilities, capabilitiesOf: of }: Connector, config: unknown): TargetCapabilities {
  return toCapabilities(of?.(config) ?? capabilities)
}
