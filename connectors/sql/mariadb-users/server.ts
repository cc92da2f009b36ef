/** Users of MariaDB: what stands in its own tables (`mysql.global_priv`, `mysql.roles_mapping`), and its own ways of saying things. */
import type { AccountsConfig } from '../accounts/config.ts'
import { accountText, isKept } from '../users/name.ts'
import type { UserServer } from '../users/server.ts'
import { lets, toSecret } from './authentication.ts'
import { changeRoles, define, giveRoles } from './statements.ts'
import { columns, nameLength, readAccounts, selectAccounts, selectPage, selectRoles, selectUser, spelling } from './user.ts'

export function createMariadbUsers({ groups, passwordAttribute }: AccountsConfig): UserServer {
  return {
    title: 'MariaDB',
    columns,
    spelling,
    nameLength,
    range: () => [0, 0x7fff_ffff],
    isKept: (_attribute, text) => isKept(text),
    trimmed: (name) => name.trimEnd(),
    tables: ['mysql.global_priv', 'mysql.roles_mapping', 'mysql.procs_priv', 'mysql.proxies_priv'],
    selectUser,
    selectAccounts,
    selectPage,
    readAccounts: (conversation, statement) => readAccounts(conversation, statement, passwordAttribute),
    async rolesAmong(read, roles) {
      const { rows } = await read(selectRoles(roles, groups === null))
      return new Set(rows.map(([name]) => String(name)))
    },
    countOthers: ({ user, host }) => ({
      text: `SELECT (SELECT COUNT(*) FROM mysql.procs_priv WHERE User = ? AND Host = ?) + (SELECT COUNT(*) FROM mysql.proxies_priv WHERE User = ? AND Host = ?)`,
      values: [user, host, user, host],
    }),
    toSecret: async (password) => toSecret(password),
    lets: async (secret, password) => lets(secret, password),
    create: (name, definition) => [define('CREATE', name, definition)],
    alter: (name, definition) => [define('ALTER', name, definition)],
    giveRoles,
    changeRoles,
    isOfRoles: (attribute) => attribute === 'defaultRole',
    async endSessions({ conversation }, name) {
      await conversation.read({ text: `KILL USER ${accountText(name)}`, values: [] })
    },
  }
}
