/** Tables of MySQL and of MariaDB for the contract: every kind of column, and names that must be quoted. */
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { loggedInByConnection, type Fixture } from './fixture.ts'

const text = 'display `name`'
const empty = "job's title? -- #"

export const tableTraits = {
  login: 'login',
  system: /^(MariaDB|MySQL) \d+\.\d+/,
  text,
  empty,
  multivalued: 'mail',
  secret: 'pass\\word',
  disable: true,
  groups: true,
  proxied: true,
  ...loggedInByConnection,
  crowds: 1_000,
} as const

const schema = `
CREATE TABLE \`user accounts\` (
  id bigint unsigned AUTO_INCREMENT PRIMARY KEY,
  login varchar(200) NOT NULL UNIQUE,
  \`display \`\`name\`\`\` text,
  \`job's title? -- #\` text,
  mail set('theirs@example.org', 'ours@example.org'),
  born date, hired datetime(6), seen timestamp NULL, salary decimal(12, 2), badge bigint, manager tinyint(1), photo blob, tags json,
  renewed timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp,
  active tinyint(1) NOT NULL DEFAULT 1,
  \`pass\\word\` varchar(200),
  shout varchar(200) AS (upper(login)) STORED) CHARACTER SET utf8mb4;
CREATE TABLE teams (team varchar(100) PRIMARY KEY) CHARACTER SET utf8mb4;
INSERT INTO teams VALUES ('staff'), ('admins');
CREATE TABLE \`team.members\` (
  \`account id\` bigint unsigned NOT NULL,
  team varchar(100) NOT NULL,
  PRIMARY KEY (\`account id\`, team),
  FOREIGN KEY (\`account id\`) REFERENCES \`user accounts\` (id),
  FOREIGN KEY (team) REFERENCES teams (team)) CHARACTER SET utf8mb4;
CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'reader';
GRANT SELECT ON app.* TO 'reader'@'127.0.0.1';`

export async function openTables(opening: Promise<TestMysql>): Promise<Fixture> {
  const server = await opening
  await server.createDatabase('app')
  await server.query('app', schema)
  const proxy = await openFaultProxy({ to: server })
  const { host, port, user, password } = server
  const config = {
    dialect: 'mysql',
    host,
    port,
    user,
    password,
    database: 'app',
    table: 'user accounts',
    key: 'id',
    active: { column: 'active', whenActive: true, whenInactive: false },
    passwords: { column: 'pass\\word' },
    memberships: { table: '"team.members"', accountColumn: 'account id', groupColumn: 'team' },
  }
  const commit = (request: Buffer) => request.includes('COMMIT')
  // COM_STMT_EXECUTE (0x17) with the person's name among its values: the INSERT itself was prepared before.
  const insert = (request: Buffer) => request[4] === 0x17 && request.includes('User ')
  return {
    config,
    proxied: {
      config: { ...config, port: proxy.port, connectTimeoutMs: 1_000, statementTimeoutMs: 500 },
      proxy,
      requests: { create: insert, modify: commit, remove: commit },
    },
    broken: [
      { title: 'an unknown name', config: { ...config, host: 'nowhere.invalid' }, check: 'name' },
      { title: 'a closed port', config: { ...config, port: 1 }, check: 'tcp' },
      { title: 'a server without TLS', config: { ...config, tls: { mode: 'verify' } }, check: 'tls' },
      { title: 'a wrong password', config: { ...config, password: 'wrong-secret' }, check: 'login' },
      { title: 'an unknown database', config: { ...config, database: 'nowhere' }, check: 'login' },
      { title: 'a user who may only read', config: { ...config, user: 'reader', password: 'reader' }, check: 'rights' },
      { title: 'an unknown column', config: { ...config, columns: ['login', 'nickname'] }, check: 'schema' },
      { title: 'an unknown table', config: { ...config, table: 'nowhere' }, check: 'schema' },
      { title: 'a key that nobody makes', config: { ...config, key: 'login' }, check: 'schema' },
    ],
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const login = `${name}-${n}`
      return {
        attributes: {
          login: [login],
          [text]: [name],
          born: ['1990-02-28'],
          hired: ['2026-03-01T08:30:00.000Z'],
          seen: ['2026-03-01T09:30:00.000Z'],
          salary: ['1234.5'],
          badge: ['9007199254740993'],
          manager: [false],
          photo: [Buffer.from([0, 255, 92]).toString('base64')],
          tags: ['{"b":[1,2]}'],
        },
        correlate: { login: [login] },
      }
    },
    dump: async () => (await server.dump('app')).replaceAll(/"renewed":"[^"]*"/g, ''),
    async crowd(group, count) {
      const logins = Array.from({ length: count }, (_, index) => `('crowd-${index + 1}')`).join(', ')
      await server.query('app', `INSERT INTO \`user accounts\` (login) VALUES ${logins}`)
      await server.query('app', "INSERT INTO `team.members` SELECT id, ? FROM `user accounts` WHERE login LIKE 'crowd-%'", [
        group,
      ])
    },
    async drift(account, attribute, values) {
      const column = `\`${attribute.replaceAll('`', '``')}\``
      const value = values.length === 0 ? null : values.map(String).join(',')
      await server.query('app', `UPDATE \`user accounts\` SET ${column} = ? WHERE id = ?`, [value, account.nativeId])
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
