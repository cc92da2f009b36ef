/** The contract on the users of a real MySQL, with the sql_mode that breaks escaping clients. */
import { sql } from '#connectors/sql/index.ts'
import { openMysql } from '#tests/harness/mysql.ts'
import type { TestMysql } from '#tests/harness/mysql-server.ts'
import { openUsers, requirement, userTraits } from './sql-users-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: sql,
  title: 'sql, accounts of MySQL',
  traits: {
    ...userTraits,
    text: 'comment',
    // What the server keeps in three bytes a character, and spaces around a name, which it drops.
    refusedInLogin: /^ |[\u{10000}-\u{10FFFF}]/u,
  },
  open: () =>
    openUsers(openMysql({ sqlMode: 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES' }), (server) => ({
      sample(n, name = `User ${n}`) {
        // A name has at most 32 characters: of long ones the first are the awkward ones too.
        const login = `${name.slice(0, 26)}-${n}`
        return {
          attributes: {
            ...{ name: [login], comment: [name], tlsSubject: [name], maxUserConnections: [3], passwordLifetimeDays: [90] },
            ...{ passwordHistory: [4], passwordReuseDays: [30], passwordRequireCurrent: [true] },
            ...{ failedLoginAttempts: [5], passwordLockDays: [-1] },
          },
          correlate: { name: [login] },
        }
      },
      dump,
      async drift({ nativeId, attributes }, attribute, values) {
        const [user] = nativeId.split('@')
        const said =
          attribute === 'comment'
            ? `ATTRIBUTE '${JSON.stringify({ comment: values[0] ?? null })}'`
            : requirement({ ...attributes, [attribute]: values })
        await server.query('test', `ALTER USER '${user}'@'%' ${said}`)
      },
    })),
})

const tables = ['user', 'role_edges', 'default_roles', 'global_grants', 'db', 'tables_priv', 'columns_priv', 'procs_priv']

/** All users and roles, who is in which, and every right, without times; what was said of a user and taken back leaves an empty object. */
async function dump(server: TestMysql): Promise<string> {
  const parts = await Promise.all(
    tables.map(async (table) => {
      const rows = await server.query('test', `SELECT * FROM mysql.${table}`)
      const lines = rows.map(({ password_last_changed: _stamp, User_attributes: said = null, ...row }) =>
        JSON.stringify([row, said === '{"metadata": {}}' ? null : said]),
      )
      return [table, ...lines.toSorted()]
    }),
  )
  return parts.flat().join('\n')
}
