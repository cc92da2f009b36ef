/** The contract on the roles of a real PostgreSQL. */
import pg from 'pg'
import { sql } from '#connectors/sql/index.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
import { loggedInByConnection, type Fixture } from './fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: sql,
  title: 'sql, accounts of PostgreSQL',
  traits: {
    login: 'name',
    system: /^PostgreSQL \d+\.\d+$/,
    text: 'comment',
    empty: 'settings.app.title',
    multivalued: null,
    secret: 'password',
    disable: true,
    groups: true,
    settlesItself: true,
    proxied: true,
    ...loggedInByConnection,
    crowds: 1_000,
  },
  open: openFixture,
})

const setup = `
CREATE ROLE staff; CREATE ROLE admins;
CREATE ROLE reader LOGIN PASSWORD 'reader';`

async function openFixture(): Promise<Fixture> {
  const server = await openPostgres()
  await server.query('postgres', setup)
  const proxy = await openFaultProxy({ to: server })
  const { host, port, user, password } = server
  const config = {
    mode: 'accounts',
    dialect: 'postgres',
    ...{ host, port, user, password, database: 'postgres' },
    accounts: { groups: ['staff', 'admins'], settings: ['app.title', 'search_path'] },
  }
  const commit = (request: Buffer) => request.includes('COMMIT\0')
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
      requests: { create: commit, modify: commit, remove: commit },
    },
    broken: [
      broken('an unknown name', 'name', { host: 'nowhere.invalid' }),
      broken('a closed port', 'tcp', { port: 1 }),
      broken('a server without TLS', 'tls', { tls: { mode: 'verify' } }),
      broken('a wrong password', 'login', { password: 'wrong-secret' }),
      broken('a user who may not create roles', 'rights', { user: 'reader', password: 'reader' }),
      broken('a group that is not there', 'schema', { accounts: { groups: ['staff', 'nobody'] } }),
    ],
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const login = `${name}-${n}`
      return {
        attributes: {
          ...{ name: [login], comment: [name], validUntil: ['2031-01-31T00:00:00.000Z'], connectionLimit: [3] },
          ...{ createDatabase: [true], 'settings.search_path': ['"$user", "Zoë\'s", public'] },
        },
        correlate: { name: [login] },
      }
    },
    dump: () => dump(server),
    async drift({ label }, attribute, values) {
      const role = pg.escapeIdentifier(label)
      const text = values.length === 0 ? null : pg.escapeLiteral(String(values[0]))
      if (attribute === 'comment') await server.query('postgres', `COMMENT ON ROLE ${role} IS ${text ?? 'NULL'}`)
      else await server.query('postgres', `ALTER ROLE ${role} ${text === null ? 'RESET app.title' : `SET app.title TO ${text}`}`)
    },
    async crowd(group, count) {
      await server.query(
        'postgres',
        `DO $$ BEGIN FOR n IN 1..${count} LOOP EXECUTE format('CREATE ROLE %I LOGIN IN ROLE %I', 'crowd-' || n, '${group}'); END LOOP; END $$`,
      )
    },
    logsIn: ({ label }, secret) => logsIn(server, label, secret),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** All roles with everything the server keeps of them except their numbers. */
async function dump(server: TestPostgres): Promise<string> {
  const rows = await server.query(
    'postgres',
    `SELECT to_jsonb(a) - 'oid' - 'rolvaliduntil' AS role, nullif(a.rolvaliduntil, 'infinity')::text AS until, shobj_description(a.oid, 'pg_authid') AS comment,
            ARRAY(SELECT (m.roleid::regrole::text, m.admin_option)::text FROM pg_auth_members m WHERE m.member = a.oid ORDER BY 1) AS groups,
            ARRAY(SELECT (s.setdatabase, s.setconfig)::text FROM pg_db_role_setting s WHERE s.setrole = a.oid ORDER BY 1) AS settings
       FROM pg_authid a ORDER BY a.rolname`,
  )
  return rows.map((row) => JSON.stringify(row)).join('\n')
}

async function logsIn({ host, port }: TestPostgres, user: string, password: string): Promise<boolean> {
  const client = new pg.Client({ host, port, user, password, database: 'postgres' })
  try {
    await client.connect()
    return true
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return false
    throw error
  } finally {
    await client.end()
  }
}
