/** Groups of a target are those below one base, named by DN or shortly. */
import { GatewayError } from '#core/errors.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { canonicalDn, childDn, dnKey, isDn, isUnder } from './dn.ts'
import { directoryPhrases } from './phrases.ts'

export type GroupSpelling = Pick<Spelling, 'group' | 'groupKey'>

/** A short name is looked for right under the base. */
export function groupSpelling(groupBase: string | null): GroupSpelling {
  const group = (name: string) => canonicalDn(isDn(name) || groupBase === null ? name : childDn('cn', name, groupBase))
  return { group, groupKey: (name) => dnKey(group(name)) }
}

/** Refuses groups that are not the target's, before anything is sent. */
export function refuseForeignGroups(groupBase: string | null, groups: readonly string[]): void {
  const { group: spelled } = groupSpelling(groupBase)
  const foreign = groups.find((group) => groupBase === null || !isUnder(spelled(group), groupBase))
  if (foreign !== undefined)
    throw new GatewayError(
      groupBase === null ? 'unsupported' : 'config',
      groupBase === null ? 'this target has no groups' : 'a group of the change is not below the base of groups',
      {
        sent: 'no',
        hint: directoryPhrases.groupBase,
      },
    )
}
