/** LDAP against a real OpenLDAP, with its overlays for references and password policy. */
import { ldap } from '#connectors/ldap/index.ts'
import { ldapTraits, openLdapFixture } from './ldap-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({ connector: ldap, traits: ldapTraits, open: () => openLdapFixture() })
