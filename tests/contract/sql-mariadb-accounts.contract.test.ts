/** The contract on the users of a real MariaDB, with its default sql_mode and with the one that breaks escaping clients. */
import { sql } from '#connectors/sql/index.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { openMariadb, type TestMariadb } from '#tests/harness/mariadb.ts'
import { loggedInByConnection, type Fixture } from './fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: sql,
  title: 'sql, accounts of MariaDB',
  traits: {
    login: 'name',
    text: 'tlsSubject',
    empty: 'tlsIssuer',
    multivalued: null,
    secret: 'password',
    disable: true,
    groups: true,
    renames: false,
    looksFirst: true,
    proxied: true,
    ...loggedInByConnection,
    crowds: 1_000,
    // What the server keeps in three bytes a character.
    refusedInLogin: /[\u{10000}-\u{10FFFF}]/u,
  },
  open: openFixture,
})

const setup = `
CREATE ROLE staff; CREATE ROLE admins;
CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'reader';
GRANT SELECT ON mysql.* TO 'reader'@'127.0.0.1';`

async function openFixture(): Promise<Fixture> {
  const server = await openMariadb({ sqlMode: 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES' })
  await server.query('test', setup)
  const proxy = await openFaultProxy({ to: server })
  const { host, port, user, password } = server
  const config = {
    mode: 'accounts',
    dialect: 'mysql',
    ...{ host, port, user, password, database: 'test' },
    accounts: { groups: ['staff', 'admins'] },
  }
  const sends = (words: string) => (request: Buffer) => request.includes(words)
  const broken = (title: string, check: Fixture['broken'][number]['check'], more: object) => ({
    title,
    check,
    config: { ...config, ...more },
  })
  return {
    config,
    proxied: {
      config: { ...config, port: proxy.port, connectTimeoutMs: 1_000, statementTimeoutMs: 500 },
      proxy,
      requests: { create: sends('CREATE USER'), modify: sends('ALTER USER'), remove: sends('DROP USER') },
    },
    broken: [
      broken('an unknown name', 'name', { host: 'nowhere.invalid' }),
      broken('a closed port', 'tcp', { port: 1 }),
      broken('a server without TLS', 'tls', { tls: { mode: 'verify' } }),
      broken('a wrong password', 'login', { password: 'wrong-secret' }),
      broken('a user who may not create users', 'rights', { user: 'reader', password: 'reader' }),
      broken('a group that is not there', 'schema', { accounts: { groups: ['staff', 'nobody'] } }),
    ],
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const login = `${name}-${n}`
      return {
        attributes: {
          ...{ name: [login], tlsSubject: [name], maxUserConnections: [3], maxStatementTime: ['1.5'] },
          passwordLifetimeDays: [90],
        },
        correlate: { name: [login] },
      }
    },
    dump: () => dump(server),
    async crowd(group, count) {
      const names = Array.from({ length: count }, (_, index) => `'crowd-${index}'@'%'`).join(', ')
      await server.query('test', `CREATE USER ${names}; GRANT ${group} TO ${names}`)
    },
    async drift({ nativeId, attributes }, attribute, values) {
      const texts = { ...attributes, [attribute]: values }
      const [subject, issuer] = ['tlsSubject', 'tlsIssuer'].map((name) => String(texts[name]?.[0] ?? ''))
      const parts = [subject === '' ? [] : `SUBJECT '${subject}'`, issuer === '' ? [] : `ISSUER '${issuer}'`].flat()
      const [user] = nativeId.split('@')
      await server.query('test', `ALTER USER '${user}'@'%' REQUIRE ${parts.length === 0 ? 'NONE' : parts.join(' AND ')}`)
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** What is as by default may stand there or not. */
const unsaid: Readonly<Record<string, unknown>> = {
  ...{ account_locked: false, ssl_type: 0, x509_subject: '', x509_issuer: '', ssl_cipher: '', default_role: '' },
  ...{ max_questions: 0, max_updates: 0, max_connections: 0, max_user_connections: 0, max_statement_time: 0 },
  password_lifetime: -1,
}

/** All users and roles, who is in which, and every right, without times. */
async function dump(server: TestMariadb): Promise<string> {
  const users = await server.query('test', 'SELECT User, Host, Priv FROM mysql.global_priv')
  const lines = users.map(({ User, Host, Priv }) => {
    const { password_last_changed: _stamp, version_id: _version, ...priv } = JSON.parse(String(Priv)) as Record<string, unknown>
    const said = Object.entries(priv).filter(([name, value]) => unsaid[name] !== value)
    return JSON.stringify([User, Host, said.toSorted(([left], [right]) => (left < right ? -1 : 1))])
  })
  const roles = await server.query('test', 'SELECT * FROM mysql.roles_mapping')
  return [...lines, ...roles.map((row) => JSON.stringify(row))].toSorted().join('\n')
}
