/**
 * A real domain controller of Active Directory (Samba) for tests: a copy of a domain that was made once (tests/install-samba.mjs). Its ports are fixed,
 * so each controller has a loopback address of its own; only root may listen on them.
 */
import { randomInt } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Client, type Entry } from 'ldapts'
import { makeCertificate } from './certificate.ts'
import { findBinary, removeFolder, startDaemon, temporaryFolder, type Daemon } from './daemon.ts'

export interface Samba extends AsyncDisposable {
  readonly host: string
  /** LDAP in clear, which this controller allows: a fault proxy recognises requests there. */
  readonly port: number
  readonly url: string
  readonly ldapsUrl: string
  readonly ca: string
  readonly baseDn: string
  /** The service account that connectors log in with: an Account Operator who may bring deleted accounts back. */
  readonly bindDn: string
  readonly password: string
  /** May log in and read, nothing else. */
  readonly reader: { readonly dn: string; readonly password: string }
  /** An Account Operator, who sees deleted accounts and may not bring them back. */
  readonly operator: { readonly dn: string; readonly password: string }
  /** May make accounts and disable them, and write none of their other properties. */
  readonly limited: { readonly dn: string; readonly password: string }
  readonly peopleBase: string
  /** A unit beside that of people. */
  readonly elsewhere: string
  /** Holds the groups staff and admins, which are empty, and crowd, which has 1,600 members. */
  readonly groupBase: string
  /** People and the groups staff and admins in a canonical order, without what the server stamps by itself. */
  dump(): Promise<string>
  /** A session as administrator, closed afterwards. */
  asRoot<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
  /** Whether somebody can log in. */
  logsIn(dn: string, password: string): Promise<boolean>
}

export interface SambaOptions {
  /** The folder of the domain that is copied. */
  readonly home?: string | undefined
  /** Minutes for which a password works that is no longer in force, as Active Directory has it for 60. */
  readonly oldPasswordMinutes?: number
}

const baseDn = 'DC=ad,DC=example,DC=org'
const root = { dn: `CN=Administrator,CN=Users,${baseDn}`, password: 'Root-secret-1!' }

/** Up in a second or two. */
export async function openSamba({ home = process.env['SAMBA_HOME'], oldPasswordMinutes = 0 }: SambaOptions = {}): Promise<Samba> {
  if (home === undefined) throw new Error('there is no domain of Active Directory: npm test -- active-directory makes it')
  const folder = temporaryFolder('samba', null)
  const host = `127.${randomInt(16, 250)}.${randomInt(0, 256)}.${randomInt(2, 255)}`
  cpSync(home, folder, { recursive: true })
  const ca = makeCertificate(folder, [host])
  mkdirSync(join(folder, 'run'))
  writeFileSync(join(folder, 'smb.conf'), configuration(folder, host, oldPasswordMinutes))
  const daemon: Daemon = await startDaemon({
    command: [findBinary('samba', 'samba'), '-F', '--no-process-group', '-M', 'single', '-s', join(folder, 'smb.conf')],
    deathSignal: 'KILL',
    ready: () => listening(host, 636),
  })
  const url = `ldap://${host}`
  const asRoot = <Result>(work: (client: Client) => Promise<Result>) => bound(url, root, work)
  return {
    host,
    port: 389,
    url,
    ldapsUrl: `ldaps://${host}`,
    ca,
    baseDn,
    bindDn: `CN=gateway,CN=Users,${baseDn}`,
    password: 'Gateway-secret-1!',
    reader: { dn: `CN=reader,CN=Users,${baseDn}`, password: 'Reader-secret-1!' },
    operator: { dn: `CN=operator,CN=Users,${baseDn}`, password: 'Operator-secret-1!' },
    limited: { dn: `CN=limited,CN=Users,${baseDn}`, password: 'Limited-secret-1!' },
    peopleBase: `OU=people,${baseDn}`,
    elsewhere: `OU=elsewhere,${baseDn}`,
    groupBase: `OU=groups,${baseDn}`,
    asRoot,
    dump: () => asRoot(dump),
    logsIn: (dn, password) =>
      bound(url, { dn, password }, async () => true).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === 49) return false
        throw error
      }),
    async [Symbol.asyncDispose]() {
      await daemon.stop('SIGKILL')
      removeFolder(folder)
    },
  }
}

function configuration(folder: string, host: string, oldPasswordMinutes: number): string {
  return `[global]
netbios name = DC1
realm = AD.EXAMPLE.ORG
workgroup = ADTEST
server role = active directory domain controller
server services = ldap
interfaces = ${host}/8
bind interfaces only = yes
private dir = ${folder}/private
state directory = ${folder}/state
cache directory = ${folder}/cache
lock directory = ${folder}/run
pid directory = ${folder}/run
ncalrpc dir = ${folder}/run/ncalrpc
log file = ${folder}/log
ldap server require strong auth = no
tls certfile = ${folder}/ca.pem
tls keyfile = ${folder}/key.pem
tls cafile = ${folder}/ca.pem
old password allowed period = ${oldPasswordMinutes}
[sysvol]
path = ${folder}/state/sysvol
[netlogon]
path = ${folder}/state/sysvol/ad.example.org/scripts
`
}

function listening(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    socket.once('connect', () => socket.destroy() && resolve())
    socket.once('error', reject)
  })
}

async function bound<Result>(
  url: string,
  { dn, password }: { readonly dn: string; readonly password: string },
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ url, timeout: 30_000, connectTimeout: 5_000 })
  try {
    await client.bind(dn, password)
    return await work(client)
  } finally {
    await client.unbind()
  }
}

/** What the server writes by itself, or makes anew when an account comes back. */
const stamped = new Set(
  ['objectGUID', 'objectSid', 'whenCreated', 'whenChanged', 'uSNCreated', 'uSNChanged', 'dSCorePropagationData'].concat([
    'pwdLastSet',
    'badPwdCount',
    'badPasswordTime',
    'lastLogon',
    'lastLogonTimestamp',
    'logonCount',
    'adminCount',
    'operatorCount',
    'lastKnownParent',
  ]),
)

async function dump(client: Client): Promise<string> {
  const entries: Entry[] = []
  for (const unit of ['people', 'elsewhere', 'groups']) {
    const filter = '(&(!(objectClass=organizationalUnit))(!(cn=crowd)))'
    const options = { filter, attributes: ['*'], paged: { pageSize: 500 } }
    entries.push(...(await client.search(`OU=${unit},${baseDn}`, { scope: 'sub', ...options })).searchEntries)
  }
  // A group above 1500 members shows its first ones only: those of the crowd say themselves where they are.
  const joined = { filter: `(memberOf=CN=admins,OU=groups,${baseDn})`, attributes: ['memberOf'], paged: { pageSize: 500 } }
  entries.push(...(await client.search(`OU=crowd,${baseDn}`, { scope: 'sub', ...joined })).searchEntries)
  return entries.map(lineOf).toSorted().join('\n\n')
}

function lineOf({ dn, ...attributes }: Entry): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    stamped.has(name)
      ? []
      : [values].flat().map((value) => `${name}: ${Buffer.isBuffer(value) ? value.toString('base64') : value}`),
  )
  return [`dn: ${dn}`, ...lines.toSorted()].join('\n')
}
