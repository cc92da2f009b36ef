/**
 * A real OpenLDAP server for tests, on free loopback ports with data in a temporary folder: people, groups, a password policy, a
 * unique attribute, TLS with a certificate of its own, and a service account that is not the root (the root is above every policy).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, type Entry } from 'ldapts'
import { makeCertificate } from './certificate.ts'
import {
  findBinary,
  freeLoopbackPort,
  listening,
  removeFolder,
  runOnce,
  startDaemon,
  temporaryFolder,
  type Daemon,
} from './daemon.ts'

export interface Slapd extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly url: string
  readonly ldapsUrl: string
  readonly caFile: string
  readonly ca: string
  readonly baseDn: string
  /** The service account that connectors bind with; it may write everything under the base. */
  readonly bindDn: string
  readonly password: string
  /** The root, whom no policy binds: for looking and for playing the stranger. */
  readonly root: { readonly dn: string; readonly password: string }
  readonly peopleBase: string
  readonly disabledBase: string
  readonly groupBase: string
  /** Every entry with its groups and hashes in a canonical order, without what the server stamps by itself. */
  dump(): Promise<string>
  /** Entries that match an RFC 4515 filter, with their operational attributes. */
  find(filter: string): Promise<readonly Entry[]>
  /** A session as root, closed afterwards. */
  asRoot<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
  stop(): Promise<void>
  kill(): Promise<void>
  /** Starts again on the same data and ports. */
  start(): Promise<void>
}

export interface SlapdOptions {
  /** memberof and refint keep references right by themselves; many directories have neither. */
  readonly references?: boolean
  /** Whether the service account may relax rules (access level manage), or just write. */
  readonly manages?: boolean
  /** Whether the service account may read password hashes, or only write them. */
  readonly readsHashes?: boolean
  /**
   * Whether entries may tell the server to answer with a result code of theirs (class errAuxObject of the overlay retcode); binds as
   * `cn=busy` and `cn=unavailable` below `ou=answers` are always answered so.
   */
  readonly answersAsTold?: boolean
}

const baseDn = 'dc=example,dc=org'
const rootDn = `cn=root,${baseDn}`
const rootPassword = 'root-secret'
const bindDn = `cn=gateway,${baseDn}`
const password = 'gateway-secret'
const peopleBase = `ou=people,${baseDn}`
const disabledBase = `ou=disabled,${baseDn}`
const groupBase = `ou=groups,${baseDn}`

/** Up in less than a second. Throws with the package to install when slapd is missing. */
export async function openSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const slapd = findBinary('slapd', 'slapd')
  const folder = temporaryFolder('slapd', null)
  const [port, tlsPort] = [await freeLoopbackPort(), await freeLoopbackPort()]
  const ca = makeCertificate(folder)
  prepare(folder, { references: true, manages: true, readsHashes: true, answersAsTold: false, ...options })

  const url = `ldap://127.0.0.1:${port}`
  const command = [slapd, '-h', `${url} ldaps://127.0.0.1:${tlsPort}`, '-F', join(folder, 'config'), '-d', '0']
  let daemon: Daemon | null = null
  const start = async () => {
    daemon = await startDaemon({ command, deathSignal: 'KILL', ready: () => listening(port) })
  }
  const end = async (signal: NodeJS.Signals) => {
    await daemon?.stop(signal)
    daemon = null
  }
  const asRoot = <Result>(work: (client: Client) => Promise<Result>) => bound(url, work)
  const find = (filter: string) => asRoot((client) => everything(client, filter))
  await start()
  return {
    host: '127.0.0.1',
    port,
    url,
    ldapsUrl: `ldaps://127.0.0.1:${tlsPort}`,
    caFile: join(folder, 'ca.pem'),
    ca,
    baseDn,
    bindDn,
    password,
    root: { dn: rootDn, password: rootPassword },
    peopleBase,
    disabledBase,
    groupBase,
    dump: async () => canonical(await find('(objectClass=*)')),
    find,
    asRoot,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      removeFolder(folder)
    },
  }
}

async function bound<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ url, timeout: 10_000, connectTimeout: 5_000 })
  try {
    await client.bind(rootDn, rootPassword)
    return await work(client)
  } finally {
    await client.unbind()
  }
}

async function everything(client: Client, filter: string): Promise<readonly Entry[]> {
  const { searchEntries } = await client.search(baseDn, { scope: 'sub', filter, attributes: ['*', '+'] })
  return searchEntries
}

/** What the server writes by itself at every change, or makes anew when an entry comes back. */
const stamped = new Set(
  ['entryUUID', 'entryCSN', 'createTimestamp', 'creatorsName', 'modifyTimestamp', 'modifiersName', 'contextCSN']
    .concat(['structuralObjectClass', 'entryDN', 'subschemaSubentry', 'hasSubordinates'])
    .concat(['pwdChangedTime', 'pwdHistory', 'pwdFailureTime', 'pwdLastSuccess']),
)

function canonical(entries: readonly Entry[]): string {
  return entries
    .map(({ dn, ...attributes }) => {
      const lines = Object.entries(attributes).flatMap(([name, values]) =>
        stamped.has(name)
          ? []
          : [values].flat().map((value) => `${name}: ${Buffer.isBuffer(value) ? value.toString('base64') : value}`),
      )
      return [`dn: ${dn}`, ...lines.toSorted()].join('\n')
    })
    .toSorted()
    .join('\n\n')
}

function prepare(folder: string, options: Required<SlapdOptions>): void {
  const slapadd = findBinary('slapadd', 'slapd')
  const configFolder = join(folder, 'config')
  for (const name of [configFolder, join(folder, 'data')]) mkdirSync(name, { mode: 0o700 })
  writeFileSync(join(folder, 'config.ldif'), configuration(folder, options))
  writeFileSync(join(folder, 'data.ldif'), content)
  runOnce([slapadd, '-n', '0', '-F', configFolder, '-l', join(folder, 'config.ldif')], null)
  runOnce([slapadd, '-n', '1', '-F', configFolder, '-l', join(folder, 'data.ldif')], null)
}

function configuration(folder: string, { references, manages, readsHashes, answersAsTold }: Required<SlapdOptions>): string {
  const optional = [...(references ? ['memberof', 'refint'] : []), ...(answersAsTold ? ['retcode'] : [])]
  const modules = ['back_mdb', 'ppolicy', 'unique', ...optional]
  return `
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: ${folder}/slapd.pid
olcThreads: 4
olcAllows: bind_anon_dn
olcTLSCertificateFile: ${folder}/ca.pem
olcTLSCertificateKeyFile: ${folder}/key.pem

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
${modules.map((name) => `olcModuleLoad: ${name}`).join('\n')}

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

include: file:///etc/ldap/schema/cosine.ldif

include: file:///etc/ldap/schema/nis.ldif

include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcAccess: {0}to dn.base="" by * read
olcAccess: {1}to dn.base="cn=subschema" by * read

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: ${baseDn}
olcRootDN: ${rootDn}
olcRootPW: ${rootPassword}
olcDbDirectory: ${folder}/data
olcDbNoSync: TRUE
olcDbMaxSize: 104857600
olcDbIndex: objectClass,entryUUID,uid,cn,employeeNumber,member,memberUid,uniqueMember eq
olcLimits: {0}dn.exact="${bindDn}" size=unlimited
olcAccess: {0}to attrs=userPassword by dn.exact="${bindDn}" ${readsHashes ? 'write' : '=wx'} by self write by anonymous auth
olcAccess: {1}to * by dn.exact="${bindDn}" ${manages ? 'manage' : 'write'} by users read

dn: olcOverlay={0}ppolicy,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: {0}ppolicy
olcPPolicyDefault: cn=standard,ou=policies,${baseDn}
olcPPolicyHashCleartext: TRUE

dn: olcOverlay={1}unique,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcUniqueConfig
olcOverlay: {1}unique
olcUniqueURI: ldap:///${peopleBase}?employeeNumber?sub
${references ? referenceOverlays : ''}${answersAsTold ? answerOverlay(references ? 4 : 2) : ''}`
}

const referenceOverlays = `
dn: olcOverlay={2}memberof,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcMemberOf
olcOverlay: {2}memberof

dn: olcOverlay={3}refint,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcRefintConfig
olcOverlay: {3}refint
olcRefintAttribute: member
olcRefintAttribute: uniqueMember
olcRefintNothing: ${bindDn}
`

const answerOverlay = (position: number) => `
dn: olcOverlay={${position}}retcode,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcRetcodeConfig
olcOverlay: {${position}}retcode
olcRetcodeParent: ou=answers,${baseDn}
olcRetcodeItem: {0}"cn=busy" 51 op=bind
olcRetcodeItem: {1}"cn=unavailable" 52 op=bind
olcRetcodeInDir: TRUE
`

const ou = (name: string) => `
dn: ou=${name},${baseDn}
objectClass: organizationalUnit
ou: ${name}
`

const group = (name: string) => `
dn: cn=${name},${groupBase}
objectClass: groupOfNames
cn: ${name}
member: ${bindDn}
`

const posixGroup = (name: string, gid: number) => `
dn: cn=${name},${groupBase}
objectClass: posixGroup
cn: ${name}
gidNumber: ${gid}
`

const content = `
dn: ${baseDn}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ${bindDn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: gateway
userPassword: ${password}
${['people', 'disabled', 'groups', 'policies'].map(ou).join('')}${['staff', 'admins'].map(group).join('')}${posixGroup('shell', 5000)}${posixGroup('wheel', 5001)}
dn: cn=standard,ou=policies,${baseDn}
objectClass: organizationalRole
objectClass: pwdPolicy
cn: standard
pwdAttribute: userPassword
pwdInHistory: 3
pwdMinLength: 8
pwdCheckQuality: 1
pwdLockout: TRUE
`
