/**
 * The real Keycloak on a free loopback port, with its database in memory: 10 to 60 s until it is ready, so a test file opens one and makes a
 * realm of its own in it. `KEYCLOAK_URL` names one that runs already, started as this file does, for whoever works on the connector.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { findBinary, freeLoopbackPort, startDaemon } from './daemon.ts'

export interface Keycloak extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Of the realm master, and may everything. */
  readonly administrator: { readonly clientId: string; readonly clientSecret: string }
  /** A call of the administrator, below /admin; throws with the status and the answer when it fails. */
  admin(method: string, path: string, body?: unknown): Promise<{ readonly location: string; readonly json: unknown }>
}

const client = { id: 'harness', secret: 'harness-secret' }

/** @param home the unpacked distribution, built for its database (tests/install-keycloak.mjs) */
export async function openKeycloak(home = process.env['KEYCLOAK_HOME']): Promise<Keycloak> {
  const running = process.env['KEYCLOAK_URL']
  if (running !== undefined) return withAdmin(running, async () => {})
  if (home === undefined) throw new Error('there is no Keycloak: npm test -- keycloak brings it')
  const port = await freeLoopbackPort()
  const url = `http://127.0.0.1:${port}`
  const daemon = await startDaemon({
    command: command(home, port),
    env: { KC_BOOTSTRAP_ADMIN_CLIENT_ID: client.id, KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: client.secret },
    deathSignal: 'KILL',
    withinMs: 170_000,
    ready: async () => {
      const { ok } = await fetch(`${url}/realms/master`)
      if (!ok) throw new Error('not ready')
    },
  })
  return withAdmin(url, () => daemon.stop('SIGTERM'))
}

/** What bin/kc.sh ends in; without the shell in between, the server dies with its test. */
function command(home: string, port: number): readonly string[] {
  const opens = ['util', 'util.concurrent', 'security'].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`)
  return [
    findBinary('java', 'openjdk-17-jre-headless'),
    ...['-Xms64m', '-Xmx512m', '-XX:MetaspaceSize=96M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...opens],
    ...['-Dfile.encoding=UTF-8', '-Djava.util.logging.manager=org.jboss.logmanager.LogManager'],
    '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
    ...[`-Dkc.home.dir=${home}`, `-Djboss.server.config.dir=${join(home, 'conf')}`, '-Dpicocli.disable.closures=true'],
    ...['-cp', join(home, 'lib', 'quarkus-run.jar'), 'io.quarkus.bootstrap.runner.QuarkusEntryPoint'],
    ...['start', '--optimized', '--cache=local', '--http-enabled=true', '--hostname-strict=false'],
    ...['--http-host=127.0.0.1', `--http-port=${port}`, '--log-level=warn'],
  ]
}

function withAdmin(url: string, close: () => Promise<void>): Keycloak {
  let token: { readonly text: string; readonly until: number } | null = null
  async function login(): Promise<string> {
    if (token !== null && Date.now() < token.until) return token.text
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret })
    const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body })
    const answer = (await response.json()) as { access_token: string; expires_in: number }
    token = { text: answer.access_token, until: Date.now() + (answer.expires_in - 20) * 1_000 }
    return token.text
  }
  return {
    url,
    port: Number(new URL(url).port),
    administrator: { clientId: client.id, clientSecret: client.secret },
    async admin(method, path, body) {
      const response = await fetch(`${url}/admin${path}`, {
        method,
        headers: { Authorization: `Bearer ${await login()}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return { location: response.headers.get('location') ?? '', json: text === '' ? null : JSON.parse(text) }
    },
    [Symbol.asyncDispose]: close,
  }
}

export interface TestRealm {
  readonly name: string
  readonly clientId: string
  readonly clientSecret: string
}

/** The client roles of a service account that may change users. */
const managing = ['manage-users', 'view-users', 'query-users', 'query-groups', 'view-realm', 'view-clients']

/**
 * A realm whose profile allows any character in names, knows `title` and `phones` beside the usual, and lets administrators rename users; with
 * the groups staff and admins, a role `auditor`, and a client for the gateway. `readers` may log in and change nothing.
 */
export async function makeRealm({ admin }: Keycloak): Promise<TestRealm> {
  const name = `realm-${randomUUID().slice(0, 8)}`
  await admin('POST', '/realms', { realm: name, enabled: true, editUsernameAllowed: true })
  const { json } = await admin('GET', `/realms/${name}/users/profile`)
  const profile = json as { attributes: Record<string, unknown>[] }
  const permissions = { view: ['admin'], edit: ['admin'] }
  await admin('PUT', `/realms/${name}/users/profile`, {
    ...profile,
    attributes: [
      ...profile.attributes.map((attribute) => ({ ...attribute, validations: { length: { max: 255 } } })),
      { name: 'title', permissions, multivalued: false },
      { name: 'phones', permissions, multivalued: true },
    ],
  })
  for (const group of ['staff', 'admins']) await admin('POST', `/realms/${name}/groups`, { name: group })
  await admin('POST', `/realms/${name}/roles`, { name: 'auditor' })
  const clientSecret = randomUUID()
  await makeClient(admin, name, { clientId: 'gateway', secret: clientSecret, roles: managing })
  await makeClient(admin, name, { clientId: 'readers', secret: clientSecret, roles: [] })
  return { name, clientId: 'gateway', clientSecret }
}

interface TestClient {
  readonly clientId: string
  readonly secret: string
  readonly roles: readonly string[]
}

async function makeClient(admin: Keycloak['admin'], realm: string, { clientId, secret, roles }: TestClient): Promise<void> {
  const { location } = await admin('POST', `/realms/${realm}/clients`, {
    ...{ clientId, secret, publicClient: false, serviceAccountsEnabled: true },
    ...{ standardFlowEnabled: false, directAccessGrantsEnabled: true },
  })
  const uuid = location.split('/').at(-1)
  const account = (await admin('GET', `/realms/${realm}/clients/${uuid}/service-account-user`)).json as { id: string }
  const [management] = (await admin('GET', `/realms/${realm}/clients?clientId=realm-management`)).json as { id: string }[]
  const all = (await admin('GET', `/realms/${realm}/clients/${management?.id}/roles`)).json as { name: string }[]
  const given = all.filter((role) => roles.includes(role.name))
  if (given.length > 0) await admin('POST', `/realms/${realm}/users/${account.id}/role-mappings/clients/${management?.id}`, given)
}
