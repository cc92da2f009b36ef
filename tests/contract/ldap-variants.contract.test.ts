/** LDAP in its other shapes: no overlays, logins as group members, moving instead of locking, passwords by modify, TLS. */
import { ldap } from '#connectors/ldap/index.ts'
import { ldapTraits, openLdapFixture, posixGroups } from './ldap-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  title: 'ldap, posix groups, no overlays for references, accounts that move when disabled, over LDAPS',
  connector: ldap,
  // memberUid holds ASCII only (RFC 2307 §3).
  traits: { ...ldapTraits, refusedInLogin: /[^ -~]/ },
  open: () =>
    openLdapFixture({
      references: false,
      groups: posixGroups,
      config: (slapd) => ({
        url: slapd.ldapsUrl,
        ca: slapd.ca,
        groupAttribute: 'memberUid',
        disable: { by: 'move', disabledBase: slapd.disabledBase },
      }),
    }),
})

contractSuite({
  title: 'ldap, groups of names without overlays, disabled by an attribute, passwords by modify, over StartTLS',
  connector: ldap,
  traits: ldapTraits,
  open: () =>
    openLdapFixture({
      references: false,
      config: (slapd) => ({
        startTls: true,
        ca: slapd.ca,
        disable: { by: 'attribute', attribute: 'employeeType', disabledValue: 'disabled' },
        passwordMode: 'modify',
      }),
    }),
})
