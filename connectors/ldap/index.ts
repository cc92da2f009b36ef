/** LDAP: people in any RFC 4511 directory, such as OpenLDAP and 389 Directory Server. Active Directory has rules of its own. */
import { defineConnector, everyChange, type Capabilities } from '#connectors/kit/connector.ts'
import { lackingWithout } from '#connectors/kit/lacks.ts'
import * as v from 'valibot'
import { LdapConfig } from './config.ts'
import { connectDirectory } from './connection.ts'
import { phrases } from './phrases.ts'

const capabilities: Capabilities = {
  // A deleted entry gets its old entryUUID back only where the server and the rights allow.
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'exact', membership: 'exact' },
  // A password history refuses the very password that is in force.
  idempotent: { ...everyChange('native'), password: 'readback' },
  memberships: 'group',
  // A group is an entry of its own; so is, to the server, the operation that sets passwords.
  conditionalWrite: { ...everyChange('native'), membership: 'looked', password: 'looked' },
  nativeId: 'entryUUID',
  concurrency: 8,
  deadlineMs: 20_000,
}

const lacking = lackingWithout(capabilities, { memberships: 'groupBase' })

const Bound = v.looseObject({ idAttribute: v.optional(v.string()), passwordMode: v.optional(v.string()) })

/** 389 Directory Server keeps no number of an entry's last change, so that nothing tells whether it is as it was read. */
function conditionalOf(config: unknown): Capabilities['conditionalWrite'] {
  const { idAttribute, passwordMode } = v.parse(v.fallback(Bound, {}), config)
  if (idAttribute === 'nsUniqueId') return { ...everyChange('none'), create: 'native' }
  return passwordMode === 'modify' ? { ...capabilities.conditionalWrite, password: 'native' } : capabilities.conditionalWrite
}

export const ldap = defineConnector({
  id: 'ldap',
  title: { en: 'LDAP directory', fr: 'Annuaire LDAP' },
  phrases,
  config: LdapConfig,
  capabilities,
  capabilitiesOf: (config) => ({ ...lacking(config), conditionalWrite: conditionalOf(config) }),
  connect: (config, context) => connectDirectory(config, context),
})
