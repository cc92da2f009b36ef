/** What testing a domain looks at once it is logged in: what the service account may write, and a schema that fits the settings. */
import type { TargetCache } from '#core/cache.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { isEncrypted } from '#connectors/kit/ldap/endpoint.ts'
import { searchInPages, textsOf } from '#connectors/kit/ldap/entries.ts'
import { testDirectoryBy } from '#connectors/kit/ldap/probe.ts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'
import type { ActiveDirectoryConfig } from './config.ts'
import { readDirectory } from './directory.ts'
import { toGatewayError } from './errors.ts'
import { missingBase } from './lookup.ts'
import { isOwn } from './mapping.ts'
import { phrases } from './phrases.ts'

export function testDomain(config: ActiveDirectoryConfig, cache: TargetCache, signal: AbortSignal): Promise<ConnectionReport> {
  return testDirectoryBy({
    ...{ config, toError: toGatewayError, signal },
    rights: (wire) => checkRights(wire, config),
    schema: (wire) => checkSchema(wire, config, cache),
  })
}

/** What the service account may write here, as the controller itself works it out ([MS-ADTS] §3.1.1.4.5.20 and §3.1.1.4.5.22). */
async function checkRights(wire: Wire, config: ActiveDirectoryConfig): Promise<Phrase> {
  for (const base of [config.peopleBase, ...config.otherBases]) {
    const classes = await effective(wire, base, 'allowedChildClassesEffective')
    if (!classes.has(config.objectClass.toLowerCase()))
      throw lacking(`make accounts of the class ${config.objectClass} in ${base}`)
  }
  const account = await anyBelow(wire, config.peopleBase, '(sAMAccountType=805306368)')
  const group = config.groupBase === null ? null : await anyBelow(wire, config.groupBase, '(objectClass=group)')
  const writable = account === null ? null : await effective(wire, account, 'allowedAttributesEffective')
  const refused = ['userAccountControl', 'pwdLastSet', ...config.attributes].find(
    (name) => writable !== null && isReal(name) && !writable.has(name.toLowerCase()),
  )
  if (refused !== undefined) throw lacking(`write ${refused} of an account`)
  if (group !== null && !(await effective(wire, group, 'allowedAttributesEffective')).has('member'))
    throw lacking('write the members of a group')
  return account === null ? phrases.mayMake : phrases.mayWrite
}

/** `cn` changes by a rename, which is another right. */
const isReal = (name: string) => name !== 'cn' && !isOwn(name)

function lacking(right: string): GatewayError {
  return new GatewayError('denied', `the service account may not ${right}`, {
    sent: 'no',
    hint: phrases.delegate,
  })
}

async function effective(wire: Wire, dn: string, attribute: string): Promise<ReadonlySet<string>> {
  const { searchEntries } = await wire
    .run({ doing: 'reading the rights', kind: 'read' }, (client) => client.search(dn, { scope: 'base', attributes: [attribute] }))
    .catch((cause: unknown) => {
      throw missingBase(cause, dn)
    })
  return new Set(textsOf(searchEntries[0] ?? null, attribute).map((name) => name.toLowerCase()))
}

async function anyBelow(wire: Wire, base: string, filter: string): Promise<string | null> {
  try {
    const options = { scope: 'sub' as const, filter, attributes: ['1.1'], paged: { pageSize: 1 } }
    for await (const [entry] of searchInPages(wire, base, options)) return entry?.dn ?? null
    return null
  } catch (cause) {
    throw missingBase(cause, base)
  }
}

async function checkSchema(wire: Wire, config: ActiveDirectoryConfig, cache: TargetCache): Promise<Phrase> {
  const { schema } = await readDirectory(wire, config, cache)
  const missing = [...config.attributes, ...config.readOnly].find((name) => schema.attribute(name) === null)
  if (missing !== undefined)
    throw new GatewayError('config', `the schema of the domain has no attribute ${missing}`, {
      sent: 'no',
      hint: phrases.correctAttributes({ attribute: missing }),
    })
  const kept = config.attributes.find((name) => schema.attribute(name)?.readOnly === true)
  if (kept !== undefined)
    throw new GatewayError('config', `${kept} is not for rules to write`, {
      sent: 'no',
      hint: phrases.leaveToServer({ attribute: kept }),
    })
  return isEncrypted(config) ? phrases.fits : phrases.fitsInClear
}
