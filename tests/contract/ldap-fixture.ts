/** OpenLDAP as the contract suite wants it. */
import { Attribute, Change } from 'ldapts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isLdapRequest } from '#tests/harness/ldap-requests.ts'
import { openSlapd, type Slapd, type SlapdOptions } from '#tests/harness/slapd.ts'
import { loggedInByConnection, type Fixture, type Traits } from './fixture.ts'

export const ldapTraits: Traits = {
  login: 'uid',
  text: 'displayName',
  empty: 'title',
  multivalued: 'mail',
  secret: 'userPassword',
  disable: true,
  groups: true,
  proxied: true,
  ...loggedInByConnection,
  crowds: 1_000,
}

export interface LdapFixtureOptions extends SlapdOptions {
  /** What of the configuration differs, given the server. */
  readonly config?: (slapd: Slapd) => Record<string, unknown>
  readonly groups?: (slapd: Slapd) => Fixture['groups']
}

export async function openLdapFixture({
  config = () => ({}),
  groups = dnGroups,
  ...options
}: LdapFixtureOptions = {}): Promise<Fixture> {
  const slapd = await openSlapd(options)
  const proxy = await openFaultProxy({ to: slapd })
  const standard = {
    url: slapd.url,
    bindDn: slapd.bindDn,
    bindPassword: slapd.password,
    peopleBase: slapd.peopleBase,
    groupBase: slapd.groupBase,
    ...config(slapd),
  }
  const moves = (standard as { readonly disable?: { readonly by: string } }).disable?.by === 'move'
  return {
    config: standard,
    proxied: {
      // The proxy must recognise requests, so this way stays in clear.
      config: { ...standard, startTls: false, url: `ldap://127.0.0.1:${proxy.port}`, connectTimeoutMs: 1_000, timeoutMs: 1_000 },
      proxy,
      requests: {
        ...{ create: isLdapRequest('add'), modify: isLdapRequest('modify'), remove: isLdapRequest('delete') },
        disable: isLdapRequest(moves ? 'modifyDn' : 'modify'),
      },
    },
    broken: brokenConfigs(slapd, standard),
    groups: groups(slapd),
    sample(n, name = `User ${n}`) {
      const uid = `${name}-${n}`
      const attributes = { uid: [uid], cn: [name], sn: [name], displayName: [name], employeeNumber: [String(n)] }
      return { attributes, correlate: { uid: [uid] } }
    },
    dump: () => slapd.dump(),
    crowd: (group, count) =>
      slapd.asRoot((client) => {
        // Members need not exist: the directory keeps names.
        const members = Array.from({ length: count }, (_, index) => `crowd-${index}`)
        const type = group.startsWith('cn=staff') || group.startsWith('cn=admins') ? 'member' : 'memberUid'
        const values = type === 'member' ? members.map((name) => `uid=${name},${slapd.peopleBase}`) : members
        return client.modify(group, new Change({ operation: 'add', modification: new Attribute({ type, values }) }))
      }),
    drift: (account, attribute, values) =>
      slapd.asRoot((client) => {
        const modification = new Attribute({ type: attribute, values: values.map(String) })
        return client.modify(account.label, new Change({ operation: 'replace', modification }))
      }),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await slapd[Symbol.asyncDispose]()
    },
  }
}

function dnGroups({ groupBase }: Slapd): Fixture['groups'] {
  return { staff: `cn=staff,${groupBase}`, admins: `cn=admins,${groupBase}`, missing: `cn=nobody,${groupBase}` }
}

export function posixGroups({ groupBase }: Slapd): Fixture['groups'] {
  return { staff: `cn=shell,${groupBase}`, admins: `cn=wheel,${groupBase}`, missing: `cn=nobody,${groupBase}` }
}

function brokenConfigs(slapd: Slapd, standard: Record<string, unknown>): Fixture['broken'] {
  const broken = (title: string, check: Fixture['broken'][number]['check'], config: Record<string, unknown>) => ({
    title,
    check,
    config: { ...standard, ...config },
  })
  return [
    broken('an unknown host', 'name', { startTls: false, url: 'ldap://no-such-host.invalid', allowClearText: true }),
    broken('a port nobody listens on', 'tcp', { startTls: false, url: 'ldap://127.0.0.1:1' }),
    broken('a certificate nobody vouches for', 'tls', { startTls: false, ca: null, url: slapd.ldapsUrl }),
    broken('a StartTLS certificate nobody vouches for', 'tls', { startTls: true, ca: null, url: slapd.url }),
    broken('TLS asked of a port in clear', 'tls', {
      startTls: false,
      url: slapd.url.replace('ldap:', 'ldaps:'),
      connectTimeoutMs: 1_000,
    }),
    broken('a wrong password', 'login', { bindPassword: 'wrong-secret' }),
    broken('an unknown service account', 'login', { bindDn: 'cn=nobody,dc=example,dc=org' }),
    broken('a base that is not there', 'rights', { peopleBase: `ou=nowhere,${slapd.baseDn}` }),
    broken('an object class that is not there', 'schema', { objectClasses: ['noSuchClass'] }),
    broken('a way to disable that the server lacks', 'schema', { disable: { by: 'nsAccountLock' } }),
  ]
}
