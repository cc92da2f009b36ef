/** What a domain controller says of itself, and until when it lets the gateway in: the password of a service account may end. */
import type { Survey } from '#connectors/kit/connector.ts'
import { textsOf } from '#connectors/kit/ldap/entries.ts'
import { isEncrypted } from '#connectors/kit/ldap/endpoint.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import { isGatewayError } from '#core/errors.ts'
import type { Entry } from 'ldapts'
import type { ActiveDirectoryConfig } from './config.ts'
import { toIso } from './file-time.ts'
import { phrases } from './phrases.ts'

/** By functionality level ([MS-ADTS] §6.1.4.2). */
const versions: Readonly<Record<string, string>> = {
  ...{ 2: '2003', 3: '2008', 4: '2008 R2', 5: '2012', 6: '2012 R2', 7: '2016', 10: '2025' },
}

export async function surveyDomain(wire: Wire, config: ActiveDirectoryConfig): Promise<Survey> {
  const root = await readBase(wire, '', ['vendorName', 'domainControllerFunctionality', 'configurationNamingContext'])
  const first = (name: string) => textsOf(root, name)[0] ?? ''
  const level = versions[first('domainControllerFunctionality')]
  const bin = await hasRecycleBin(wire, first('configurationNamingContext'))
  return {
    system: /samba/i.test(first('vendorName')) ? 'Samba' : level === undefined ? null : `Windows Server ${level}`,
    facts: [
      ...(level === undefined ? [] : [phrases.level({ level })]),
      ...(bin === null ? [] : [bin ? phrases.recycleBin : phrases.noRecycleBin]),
      ...(isEncrypted(config) ? [] : [phrases.fitsInClear]),
    ],
    narrows: {},
    secretEndsAt: await passwordEnd(wire, config.bindDn),
  }
}

/** Null where the service account may not see it. */
async function hasRecycleBin(wire: Wire, configuration: string): Promise<boolean | null> {
  const dn = `CN=Recycle Bin Feature,CN=Optional Features,CN=Directory Service,CN=Windows NT,CN=Services,${configuration}`
  const feature = await unlessHidden(readBase(wire, dn, ['msDS-EnabledFeatureBL']))
  return feature === null ? null : textsOf(feature, 'msDS-EnabledFeatureBL').length > 0
}

async function passwordEnd(wire: Wire, bindDn: string): Promise<string | null> {
  const name = 'msDS-UserPasswordExpiryTimeComputed'
  const end = textsOf(await unlessHidden(readBase(wire, bindDn, [name])), name)[0]
  return end === undefined ? null : toIso(end)
}

async function readBase(wire: Wire, dn: string, attributes: string[]): Promise<Entry | null> {
  const { searchEntries } = await wire.run({ doing: 'asking what the domain controller can', kind: 'read' }, (client) =>
    client.search(dn, { scope: 'base', attributes }),
  )
  return searchEntries[0] ?? null
}

async function unlessHidden(reading: Promise<Entry | null>): Promise<Entry | null> {
  try {
    return await reading
  } catch (error) {
    if (isGatewayError(error) && ['denied', 'not_found'].includes(error.code)) return null
    throw error
  }
}
