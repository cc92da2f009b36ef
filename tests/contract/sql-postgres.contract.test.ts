/** The contract on a real PostgreSQL, in a table whose names need quoting everywhere. */
import { sql } from '#connectors/sql/index.ts'
import type { Account } from '#core/account.ts'
import type { Values } from '#core/values.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import { loggedInByConnection, type Fixture } from './fixture.ts'
import { contractSuite } from './suite.ts'

const text = 'display "name"'
const empty = "job's title; -- $1"

contractSuite({
  connector: sql,
  title: 'sql (PostgreSQL)',
  traits: {
    login: 'login',
    system: /^PostgreSQL \d+\.\d+$/,
    text,
    empty,
    multivalued: 'mail',
    secret: 'pass\\word',
    disable: true,
    groups: true,
    settlesItself: true,
    proxied: true,
    ...loggedInByConnection,
    crowds: 1_000,
  },
  open: openFixture,
})

const accounts = '"hr.eu"."user accounts"'
const schema = `
CREATE SCHEMA "hr.eu";
CREATE TYPE "hr.eu".state AS ENUM ('active', 'locked', 'pending');
CREATE TABLE ${accounts} (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login varchar(200) NOT NULL UNIQUE,
  "display ""name""" text,
  "job's title; -- $1" text,
  mail text[],
  born date, hired timestamptz, salary numeric(12, 2), badge bigint, manager boolean, photo bytea, tags jsonb,
  state "hr.eu".state NOT NULL DEFAULT 'active',
  "pass\\word" text,
  shout text GENERATED ALWAYS AS (upper(login)) STORED);
CREATE TABLE "hr.eu".teams (team text PRIMARY KEY);
INSERT INTO "hr.eu".teams VALUES ('staff'), ('admins');
CREATE TABLE "hr.eu"."team.members" (
  "account id" int NOT NULL REFERENCES ${accounts},
  team text NOT NULL REFERENCES "hr.eu".teams,
  PRIMARY KEY ("account id", team));
CREATE ROLE reader LOGIN PASSWORD 'reader';
GRANT USAGE ON SCHEMA "hr.eu" TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA "hr.eu" TO reader;`

async function openFixture(): Promise<Fixture> {
  const server = await openPostgres()
  await server.createDatabase('app')
  await server.query('app', schema)
  const proxy = await openFaultProxy({ to: server })
  const { host, port, user, password } = server
  const config = {
    dialect: 'postgres',
    host,
    port,
    user,
    password,
    database: 'app',
    table: '"hr.eu"."user accounts"',
    key: 'id',
    active: { column: 'state', whenActive: 'active', whenInactive: 'locked' },
    passwords: { column: 'pass\\word' },
    memberships: { table: '"hr.eu"."team.members"', accountColumn: 'account id', groupColumn: 'team' },
  }
  const commit = (request: Buffer) => request.includes('COMMIT\0')
  return {
    config,
    proxied: {
      config: { ...config, port: proxy.port, connectTimeoutMs: 1_000, statementTimeoutMs: 500 },
      proxy,
      requests: { create: commit, modify: commit, remove: commit },
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
      { title: 'a key that is not unique', config: { ...config, key: text, keyFrom: text }, check: 'schema' },
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
          salary: ['1234.5'],
          badge: ['9007199254740993'],
          manager: [false],
          photo: [Buffer.from([0, 255, 92]).toString('base64')],
          tags: ['{"a":"x  y","bb":[1,2.50]}'],
        },
        correlate: { login: [login] },
      }
    },
    dump: () => server.dump('app'),
    async crowd(group, count) {
      await server.query(
        'app',
        `WITH many AS (INSERT INTO ${accounts} (login) SELECT 'crowd-' || n FROM generate_series(1, $1::int) n RETURNING id)
         INSERT INTO "hr.eu"."team.members" SELECT id, $2 FROM many`,
        [count, group],
      )
    },
    async drift(account: Account, attribute: string, values: Values) {
      const column = `"${attribute.replaceAll('"', '""')}"`
      const value = attribute === 'mail' ? values : (values[0] ?? null)
      await server.query('app', `UPDATE ${accounts} SET ${column} = $1 WHERE id = $2`, [value, account.nativeId])
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
