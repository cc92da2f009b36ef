/** The contract on the users of a real MariaDB, with the sql_mode that breaks escaping clients. */
import { sql } from '#connectors/sql/index.ts'
import { openMariadb } from '#tests/harness/mariadb.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { openUsers, requirement, userTraits } from './sql-users-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: sql,
  title: 'sql, accounts of MariaDB',
  traits: {
    ...userTraits,
    text: 'tlsSubject',
    // What the server keeps in three bytes a character.
    refusedInLogin: /[\u{10000}-\u{10FFFF}]/u,
  },
  open: () =>
    openUsers(openMariadb({ sqlMode: 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES' }), (server) => ({
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
      dump,
      async drift({ nativeId, attributes }, attribute, values) {
        const [user] = nativeId.split('@')
        await server.query('test', `ALTER USER '${user}'@'%' ${requirement({ ...attributes, [attribute]: values })}`)
      },
    })),
})

/** What is as by default may stand there or not. */
const unsaid: Readonly<Record<string, unknown>> = {
  ...{ account_locked: false, ssl_type: 0, x509_subject: '', x509_issuer: '', ssl_cipher: '', default_role: '' },
  ...{ max_questions: 0, max_updates: 0, max_connections: 0, max_user_connections: 0, max_statement_time: 0 },
  password_lifetime: -1,
}

/** All users and roles, who is in which, and every right, without times. */
async function dump(server: TestMysql): Promise<string> {
  const users = await server.query('test', 'SELECT User, Host, Priv FROM mysql.global_priv')
  const lines = users.map(({ User, Host, Priv }) => {
    const { password_last_changed: _stamp, version_id: _version, ...priv } = JSON.parse(String(Priv)) as Record<string, unknown>
    const said = Object.entries(priv).filter(([name, value]) => unsaid[name] !== value)
    return JSON.stringify([User, Host, said.toSorted(([left], [right]) => (left < right ? -1 : 1))])
  })
  const roles = await server.query('test', 'SELECT * FROM mysql.roles_mapping')
  return [...lines, ...roles.map((row) => JSON.stringify(row))].toSorted().join('\n')
}
