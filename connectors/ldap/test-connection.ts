/** Testing a directory from its name to its schema, so that the first failing step says what to mend. */
import { GatewayError } from '#core/errors.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { endpointOf } from '#connectors/kit/ldap/endpoint.ts'
import { encryptionSteps } from '#connectors/kit/ldap/probe.ts'
import { openWire, type Wire } from '#connectors/kit/ldap/wire.ts'
import { inSteps, reachSteps } from '#connectors/kit/probe.ts'
import type { LdapConfig } from './config.ts'
import { readDirectory } from './directory.ts'
import { toGatewayError } from './errors.ts'

/** Opens a connection of its own and closes it; writes nothing. */
export async function testDirectory(config: LdapConfig, signal: AbortSignal): Promise<ConnectionReport> {
  const { host, port } = endpointOf(config)
  let wire: Wire | null = null
  const logged = () => {
    if (wire === null) throw new GatewayError('internal', 'not logged in', { sent: 'no' })
    return wire
  }
  try {
    return await inSteps([
      ...reachSteps({ host, port, timeoutMs: config.connectTimeoutMs }),
      ...encryptionSteps(config, toGatewayError, signal),
      {
        check: 'login',
        run: async () => {
          wire = await openWire({
            config,
            toError: toGatewayError,
            login: { dn: config.bindDn, password: config.bindPassword },
            signal,
          })
          return 'the service account is logged in'
        },
      },
      { check: 'rights', run: () => checkBases(logged(), config) },
      { check: 'schema', run: () => checkSchema(logged(), config) },
    ])
  } finally {
    await (wire as Wire | null)?.close()
  }
}

async function checkBases(wire: Wire, config: LdapConfig): Promise<string> {
  const bases = [config.peopleBase, config.groupBase, config.disable.by === 'move' ? config.disable.disabledBase : null]
  for (const base of bases) {
    if (base !== null) await checkBase(wire, config, base)
  }
  return 'the bases are there; whether they can be written shows with the first change'
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
      })
    })
  if (searchEntries.length === 0)
    throw new GatewayError('config', `entries have no ${idAttribute} that the service account may read`, {
      sent: 'no',
      hint: 'OpenLDAP has entryUUID, 389 Directory Server has nsUniqueId.',
    })
}

async function checkSchema(wire: Wire, config: LdapConfig): Promise<string> {
  const { schema, asserts } = await readDirectory(wire, config)
  const missingClass = config.objectClasses.find((name) => schema.objectClass(name) === null)
  const names = [config.rdnAttribute, config.passwordAttribute, ...config.readOnly]
  if (config.groupBase !== null) names.push(config.groupAttribute)
  if (config.disable.by === 'attribute') names.push(config.disable.attribute)
  if (config.disable.by === 'ppolicy') names.push('pwdAccountLockedTime')
  if (config.disable.by === 'nsAccountLock') names.push('nsAccountLock')
  const missing = names.find((name) => schema.attribute(name) === null)
  if (missingClass !== undefined)
    throw new GatewayError('config', `the directory has no object class ${missingClass}`, { sent: 'no' })
  if (missing !== undefined)
    throw new GatewayError('config', `the directory has no attribute ${missing}`, {
      sent: 'no',
      ...(missing === 'pwdAccountLockedTime'
        ? { hint: 'Load the ppolicy overlay, or choose another way to disable accounts.' }
        : {}),
    })
  return asserts
    ? 'the schema fits'
    : 'the schema fits; the server cannot assert (RFC 4528), so changes are checked just before they are made'
}
