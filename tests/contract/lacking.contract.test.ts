/** Targets that lack what others of their kind have: a table of logins and nothing else, a directory without a base of groups, APIs without calls for
 * groups, states and passwords. */
import { ldap } from '#connectors/ldap/index.ts'
import { rest } from '#connectors/rest/index.ts'
import { scim } from '#connectors/scim/index.ts'
import { sql } from '#connectors/sql/index.ts'
import { openPostgres } from '#tests/harness/postgres.ts'
import { loggedInByConnection, type Traits } from './fixture.ts'
import { ldapTraits, openLdapFixture } from './ldap-fixture.ts'
import { openRestFixture, restTraits } from './rest-fixture.ts'
import { openScimFixture, scimTraits } from './scim-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: sql,
  title: 'sql, a table of logins and nothing else',
  traits: {
    login: 'login',
    system: /^PostgreSQL \d+\.\d+$/,
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

contractSuite({
  connector: ldap,
  title: 'ldap, without a base of groups',
  traits: withoutGroups(ldapTraits),
  open: () => openLdapFixture({ config: () => ({ groupBase: null }) }),
})

contractSuite({
  connector: scim,
  title: 'scim, without groups',
  traits: withoutGroups(scimTraits),
  open: () => openScimFixture({ config: { memberships: 'none' } }),
})

contractSuite({
  connector: rest,
  title: 'rest, without calls for states, groups, passwords and other logins',
  traits: { ...withoutGroups(restTraits), renames: false, disable: false, secret: null },
  open: () =>
    openRestFixture(({ account, operations, ...described }) => {
      const { enabled: _enabled, memberships: _memberships, ...seen } = account
      const { lookup, get, list, create, update, delete: remove } = operations
      const { password: _password, ...made } = create.body
      const { login: _login, ...changed } = update.body
      const few = { lookup, get, list, delete: remove, create: { ...create, body: made }, update: { ...update, body: changed } }
      return { ...described, account: seen, operations: few }
    }),
})

/** The faults of the network are proven where nothing is lacking. */
function withoutGroups({ crowds: _crowds, ...traits }: Traits): Traits {
  return { ...traits, groups: false, proxied: false }
}
