/** Targets that lack what others of their kind have: a table of logins and nothing else, a directory without a base of groups. */
import { ldap } from '#connectors/ldap/index.ts'
import { sql } from '#connectors/sql/index.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import { loggedInByConnection } from './fixture.ts'
import { ldapTraits, openLdapFixture } from './ldap-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: sql,
  title: 'sql, a table of logins and nothing else',
  traits: {
    login: 'login',
    text: 'title',
    empty: 'note',
    multivalued: null,
    secret: null,
    disable: false,
    groups: false,
    proxied: false,
    ...loggedInByConnection,
  },
  async open() {
    const server = await openPostgres()
    await server.createDatabase('app')
    await server.query('app', 'CREATE TABLE person (id serial PRIMARY KEY, login text UNIQUE NOT NULL, title text, note text)')
    return {
      config: { dialect: 'postgres', url: server.urlOf('app'), table: 'person', key: 'id' },
      proxied: null,
      broken: [],
      groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
      sample(n, name = `User ${n}`) {
        const login = [`${name}-${n}`]
        return { attributes: { login, title: [name] }, correlate: { login } }
      },
      dump: () => server.dump('app'),
      async drift({ nativeId }, attribute, values) {
        await server.query('app', `UPDATE person SET ${attribute} = $1 WHERE id = $2`, [values[0] ?? null, nativeId])
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  },
})

const { crowds: _crowds, ...withoutCrowds } = ldapTraits

contractSuite({
  connector: ldap,
  title: 'ldap, without a base of groups',
  traits: { ...withoutCrowds, groups: false },
  open: () => openLdapFixture({ config: () => ({ groupBase: null }) }),
})
