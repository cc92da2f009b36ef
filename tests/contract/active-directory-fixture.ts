/** A domain controller as the contract suite wants it. */
import { Attribute, Change } from 'ldapts'
import { canonicalDn } from '#connectors/kit/ldap/dn.ts'
import { openFaultProxy, type IsRequest } from '#tests/harness/fault-proxy.ts'
import { isLdapRequest } from '#tests/harness/ldap-requests.ts'
import { openSamba, type Samba } from '#tests/harness/samba.ts'
import { openTlsFront } from '#tests/harness/tls-front.ts'
import { loggedInByConnection, type Fixture, type Traits } from './fixture.ts'

export const activeDirectoryTraits: Traits = {
  login: 'cn',
  system: /^Samba$/,
  text: 'displayName',
  empty: 'title',
  multivalued: 'otherMailbox',
  secret: 'unicodePwd',
  mustChange: true,
  disable: true,
  groups: true,
  proxied: true,
  ...loggedInByConnection,
  // More than a domain controller shows of a group at once.
  crowds: 1_600,
  lostByDeletion: ['unicodePwd'],
}

/** The last of the requests that make an account: the one that enables it. */
const enables: IsRequest = (request) => isLdapRequest('modify')(request) && request.includes('userAccountControl')

export async function openActiveDirectoryFixture(): Promise<Fixture> {
  const samba = await openSamba()
  const proxy = await openFaultProxy({ to: samba })
  const front = await openTlsFront(proxy)
  const standard = settingsOf(samba)
  return {
    config: standard,
    proxied: {
      config: { ...standard, url: `ldaps://127.0.0.1:${front.port}`, ca: front.ca, connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      proxy,
      requests: { create: enables, modify: isLdapRequest('modify'), remove: isLdapRequest('delete') },
    },
    broken: brokenConfigs(samba, standard),
    groups: {
      staff: canonicalDn(`cn=staff,${samba.groupBase}`),
      admins: canonicalDn(`cn=admins,${samba.groupBase}`),
      missing: canonicalDn(`cn=nobody,${samba.groupBase}`),
    },
    sample(n, name = `User ${n}`) {
      const cn = `${name}-${n}`
      const sAMAccountName = `user-${n}`
      const attributes = { cn: [cn], sAMAccountName: [sAMAccountName], displayName: [name], sn: [name] }
      return { attributes, correlate: { cn: [cn] } }
    },
    dump: () => samba.dump(),
    crowd: (group, count) =>
      samba.asRoot((client) => {
        const values = Array.from({ length: count }, (_, index) => `CN=contact ${index},OU=crowd,${samba.baseDn}`)
        return client.modify(group, new Change({ operation: 'add', modification: new Attribute({ type: 'member', values }) }))
      }),
    drift: (account, attribute, values) =>
      samba.asRoot((client) => {
        const modification = new Attribute({ type: attribute, values: values.map(String) })
        return client.modify(`<GUID=${account.nativeId}>`, new Change({ operation: 'replace', modification }))
      }),
    mustChange: ({ nativeId }) =>
      samba.asRoot(async (client) => {
        const { searchEntries } = await client.search(`<GUID=${nativeId}>`, { scope: 'base', attributes: ['pwdLastSet'] })
        return searchEntries[0]?.['pwdLastSet'] === '0'
      }),
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await samba[Symbol.asyncDispose]()
    },
  }
}

/** What a target on this controller is configured with. */
export function settingsOf(samba: Samba) {
  return {
    url: samba.ldapsUrl,
    ca: samba.ca,
    bindDn: samba.bindDn,
    bindPassword: samba.password,
    peopleBase: samba.peopleBase,
    otherBases: [samba.elsewhere],
    groupBase: samba.groupBase,
  }
}

function brokenConfigs(samba: Samba, standard: Record<string, unknown>): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { url: 'ldaps://no-such-host.invalid' }),
    broken('a port nobody listens on', 'tcp', { url: 'ldaps://127.0.0.1:1' }),
    broken('a certificate nobody vouches for', 'tls', { ca: null }),
    broken('a wrong password', 'login', { bindPassword: 'wrong-secret' }),
    broken('an account that does not exist', 'login', { bindDn: 'nobody@ad.example.org' }),
    broken('a base that is not there', 'rights', { peopleBase: `OU=nowhere,${samba.baseDn}` }),
    broken('an account that may only read', 'rights', { bindDn: samba.reader.dn, bindPassword: samba.reader.password }),
    broken('an account that may not write what the rules write', 'rights', {
      ...{ bindDn: samba.limited.dn, bindPassword: samba.limited.password, attributes: ['title'], groupBase: null },
    }),
    broken('an attribute that is not there', 'schema', { readOnly: ['noSuchAttribute'] }),
  ]
}
