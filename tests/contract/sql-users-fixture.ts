/** Users of MySQL and of MariaDB for the contract: the same settings and troubles, for servers that keep users each in its own way. */
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import type { Attributes } from '#core/values.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { loggedInByConnection, type Fixture } from './fixture.ts'

export const userTraits = {
  login: 'name',
  system: /^(MariaDB|MySQL) \d+\.\d+/,
  empty: 'tlsIssuer',
  multivalued: null,
  secret: 'password',
  disable: true,
  groups: true,
  renames: false,
  proxied: true,
  ...loggedInByConnection,
  crowds: 1_000,
} as const

const setup = `
CREATE ROLE staff; CREATE ROLE admins;
CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'reader';
GRANT SELECT ON mysql.* TO 'reader'@'127.0.0.1'; GRANT SELECT ON test.* TO 'reader'@'127.0.0.1';`

/** What is particular to one of the servers. */
export interface Particulars extends Pick<Fixture, 'sample' | 'drift'> {
  dump(server: TestMysql): Promise<string>
}

export async function openUsers(opening: Promise<TestMysql>, particulars: (server: TestMysql) => Particulars): Promise<Fixture> {
  const server = await opening
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
  const { sample, drift, dump } = particulars(server)
  return {
    config,
    proxied: {
      config: { ...config, port: proxy.port, connectTimeoutMs: 1_000, statementTimeoutMs: 500 },
      proxy,
      requests: {
        ...{ create: sends('CREATE USER'), modify: sends('ALTER USER'), remove: sends('DROP USER') },
        membership: sends('GRANT'),
      },
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
    sample,
    drift,
    dump: () => dump(server),
    async crowd(group, count) {
      const names = Array.from({ length: count }, (_, index) => `'crowd-${index}'@'%'`).join(', ')
      await server.query('test', `CREATE USER ${names}; GRANT ${group} TO ${names}`)
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** REQUIRE … as it is with one attribute changed. */
export function requirement(attributes: Attributes): string {
  const parts = Object.entries({ SUBJECT: 'tlsSubject', ISSUER: 'tlsIssuer' }).flatMap(([word, name]) =>
    (attributes[name] ?? []).map((text) => `${word} '${String(text)}'`),
  )
  return `REQUIRE ${parts.length === 0 ? 'NONE' : parts.join(' AND ')}`
}
