/** What plans take from how the targets are configured and what they say of themselves, besides rules and identities. */
import { cannotUndo, type Connector, type Survey } from '#connectors/kit/connector.ts'
import { withNarrowing } from '#connectors/kit/survey.ts'
import type { PlanContext } from '#core/simulations/simulation.ts'
import type { TargetRecord } from '#core/targets.ts'

export function toPlanContext(
  targets: readonly Pick<TargetRecord, 'name' | 'connector' | 'config' | 'onFailure'>[],
  connectors: Readonly<Record<string, Connector>>,
  surveys: ReadonlyMap<string, Survey>,
): PlanContext {
  const finalOperations = targets.flatMap(({ name, connector, config }) => {
    const known = connectors[connector]
    if (known === undefined) return []
    const declared = known.capabilitiesOf?.(config) ?? known.capabilities
    return [[name, cannotUndo(withNarrowing(declared, surveys.get(name)?.narrows ?? {}))] as const]
  })
  return {
    policies: Object.fromEntries(targets.map(({ name, onFailure }) => [name, onFailure])),
    cannotUndo: Object.fromEntries(finalOperations),
  }
}
