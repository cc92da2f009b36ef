/** What testing a directory looks at once it is logged in: its bases, and a schema that fits the settings. */
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { testDirectoryBy } from '#connectors/kit/ldap/probe.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import { directoryPhrases } from '#connectors/kit/ldap/phrases.ts'
import type { LdapConfig } from './config.ts'
import { readDirectory } from './directory.ts'
import { toGatewayError } from './errors.ts'
import { phrases } from './phrases.ts'

export function testDirectory(config: LdapConfig, signal: AbortSignal): Promise<ConnectionReport> {
  return testDirectoryBy({
    ...{ config, toError: toGatewayError, signal },
    rights: (wire) => checkBases(wire, config),
    schema: (wire) => checkSchema(wire, config),
  })
}

async function checkBases(wire: Wire, config: LdapConfig): Promise<Phrase> {
  const bases = [config.peopleBase, config.groupBase, config.disable.by === 'move' ? config.disable.disabledBase : null]
  for (const base of bases) {
    if (base !== null) await checkBase(wire, config, base)
  }
  return phrases.bases
}

async function checkBase(wire: Wire, { idAttribute }: LdapConfig, base: string): Promise<void> {
  const attempt = { doing: 'reading a base', kind: 'read' } as const
  const filter = `(${idAttribute}=*)`
  const { searchEntries } = await wire
    .run(attempt, (client) => client.search(base, { scope: 'base', filter, attributes: ['1.1'] }))
    .catch((cause: unknown) => {
      throw new GatewayError('config', `the base ${base} does not exist, or the service account may not see it`, {
        cause,
        sent: 'no',
        hint: directoryPhrases.base({ base }),
      })
    })
  if (searchEntries.length === 0)
    throw new GatewayError('config', `entries have no ${idAttribute} that the service account may read`, {
      sent: 'no',
      hint: phrases.idAttributes,
    })
}

async function checkSchema(wire: Wire, config: LdapConfig): Promise<Phrase> {
  const { schema, asserts } = await readDirectory(wire, config)
  const missingClass = config.objectClasses.find((name) => schema.objectClass(name) === null)
  const names = [config.rdnAttribute, config.passwordAttribute, ...config.readOnly]
  if (config.groupBase !== null) names.push(config.groupAttribute)
  if (config.disable.by === 'attribute') names.push(config.disable.attribute)
  if (config.disable.by === 'ppolicy') names.push('pwdAccountLockedTime')
  if (config.disable.by === 'nsAccountLock') names.push('nsAccountLock')
  const missing = names.find((name) => schema.attribute(name) === null)
  if (missingClass !== undefined)
    throw new GatewayError('config', `the directory has no object class ${missingClass}`, {
      sent: 'no',
      hint: phrases.objectClass({ name: missingClass }),
    })
  if (missing !== undefined)
    throw new GatewayError('config', `the directory has no attribute ${missing}`, {
      sent: 'no',
      hint: missing === 'pwdAccountLockedTime' ? phrases.ppolicy : phrases.attribute({ name: missing }),
    })
  return asserts ? phrases.fits : phrases.fitsUnasserted
}
