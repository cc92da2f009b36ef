/** What plans take from how the targets are configured, besides rules and identities. */
import { cannotUndo, type Connector } from '#connectors/kit/connector.ts'
import type { PlanContext } from '#core/simulations/simulation.ts'
import type { TargetRecord } from '#core/targets.ts'

export function toPlanContext(
  targets: readonly Pick<TargetRecord, 'name' | 'connector' | 'config' | 'onFailure'>[],
  connectors: Readonly<Record<string, Connector>>,
): PlanContext {
  const finalOperations = targets.flatMap(({ name, connector, config }) => {
    const known = connectors[connector]
    return known === undefined ? [] : [[name, cannotUndo(known.capabilitiesOf?.(config) ?? known.capabilities)] as const]
  })
  return {
    policies: Object.fromEntries(targets.map(({ name, onFailure }) => [name, onFailure])),
    cannotUndo: Object.fromEntries(finalOperations),
  }
}
