/** LDAP: people in any RFC 4511 directory, such as OpenLDAP and 389 Directory Server. Active Directory has rules of its own. */
import { defineConnector, everyChange, type Capabilities } from '#connectors/kit/connector.ts'
import { lackingWithout } from '#connectors/kit/lacks.ts'
import { LdapConfig } from './config.ts'
import { connectDirectory } from './connection.ts'
import { phrases } from './phrases.ts'

const capabilities: Capabilities = {
  // A deleted entry gets its old entryUUID back only where the server and the rights allow.
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'exact', membership: 'exact' },
  // A password history refuses the very password that is in force.
  idempotent: { ...everyChange('native'), password: 'readback' },
  memberships: 'group',
  conditionalWrite: true,
  nativeId: 'entryUUID',
  concurrency: 8,
  deadlineMs: 20_000,
}

export const ldap = defineConnector({
  id: 'ldap',
  title: { en: 'LDAP directory', fr: 'Annuaire LDAP' },
  phrases,
  config: LdapConfig,
  capabilities,
  capabilitiesOf: lackingWithout(capabilities, { memberships: 'groupBase' }),
  connect: (config, context) => connectDirectory(config, context),
})
