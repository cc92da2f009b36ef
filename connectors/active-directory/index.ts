/** Active Directory: people in a domain of Windows Server or of Samba. Other directories have the connector `ldap`. */
import { defineConnector, everyChange, type Capabilities } from '#connectors/kit/connector.ts'
import { lackingWithout } from '#connectors/kit/lacks.ts'
import { ActiveDirectoryConfig } from './config.ts'
import { connectDomain } from './connection.ts'
import { phrases } from './phrases.ts'

const capabilities: Capabilities = {
  // A deleted account comes back without its password; an old password can be neither read nor put back.
  undo: { create: 'exact', update: 'exact', disable: 'exact', delete: 'lossy', password: 'reset', membership: 'exact' },
  // The password history refuses the very password that is in force.
  idempotent: { ...everyChange('native'), password: 'readback' },
  memberships: 'group',
  conditionalWrite: { ...everyChange('looked'), create: 'native' },
  nativeId: 'objectGUID',
  concurrency: 8,
  deadlineMs: 20_000,
}

export const activeDirectory = defineConnector({
  id: 'active-directory',
  title: { en: 'Active Directory', fr: 'Active Directory' },
  phrases,
  config: ActiveDirectoryConfig,
  capabilities,
  capabilitiesOf: lackingWithout(capabilities, { memberships: 'groupBase' }),
  connect: (config, context) => connectDomain(config, context),
})
