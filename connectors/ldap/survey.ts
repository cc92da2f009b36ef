/** What a directory says of itself, and what of the declared capabilities does not hold because of it. */
import { everyChange, type Narrowing, type Survey } from '#connectors/kit/connector.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import type { Directory } from './directory.ts'
import { phrases } from './phrases.ts'

export async function surveyDirectory(wire: Wire, directory: Directory): Promise<Survey> {
  const { asserts, says } = directory
  const hidesPasswords = await areHidden(wire, directory)
  return {
    system: says.product,
    facts: [
      asserts ? phrases.asserts : phrases.looksInstead,
      ...(says.numbersChanges ? [] : [phrases.unnumbered]),
      says.hasPolicies ? phrases.policies : phrases.noPolicies,
      ...(says.showsGroups ? [phrases.memberOf] : []),
      ...(hidesPasswords ? [phrases.hiddenPasswords] : []),
    ],
    narrows: {
      ...(hidesPasswords ? { undo: { password: 'reset' } } : {}),
      ...conditionalOf({ asserts, ...says }),
    },
    secretEndsAt: null,
  }
}

export function conditionalOf({
  asserts,
  numbersChanges,
}: Pick<Directory, 'asserts'> & Pick<Directory['says'], 'numbersChanges'>): Pick<Narrowing, 'conditionalWrite'> {
  if (asserts && numbersChanges) return {}
  return { conditionalWrite: { ...everyChange(numbersChanges ? 'looked' : 'none'), create: 'native' } }
}

/** There are people, and of none of them a password shows: the service account may not read them, and cannot put them back. */
async function areHidden(wire: Wire, { config, schema }: Directory): Promise<boolean> {
  const { peopleBase: base, passwordAttribute, objectClasses } = config
  const isThere = async (filter: string) => {
    const { searchEntries } = await wire.run({ doing: 'looking whether passwords show', kind: 'read' }, (client) =>
      client.search(base, { scope: 'sub', filter, attributes: ['1.1'], sizeLimit: 1, timeLimit: 2 }).catch((error: unknown) => {
        // There are more than the one that was asked for; or looking for one takes too long, and nobody is worse off for not knowing.
        if (limits.includes((error as { code?: unknown }).code)) return { searchEntries: [{}] }
        throw error
      }),
    )
    return searchEntries.length > 0
  }
  if (schema.attribute(passwordAttribute) === null || (await isThere(`(${passwordAttribute}=*)`))) return false
  return isThere(`(objectClass=${objectClasses[0] ?? '*'})`)
}

const [timeLimitExceeded, sizeLimitExceeded, adminLimitExceeded] = [3, 4, 11]
const limits: readonly unknown[] = [timeLimitExceeded, sizeLimitExceeded, adminLimitExceeded]
