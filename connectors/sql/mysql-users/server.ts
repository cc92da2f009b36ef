/** Users of MySQL: what stands in its own tables (`mysql.user`, `mysql.role_edges`, `mysql.default_roles`), and its own ways of saying things. */
import type { AccountsConfig } from '../accounts/config.ts'
import { isKept } from '../users/name.ts'
import type { UserServer } from '../users/server.ts'
import { lets, toSecret } from './authentication.ts'
import { endSessions } from './sessions.ts'
import { alter, changeRoles, create, giveRoles } from './statements.ts'
import { columns, createSelections, nameLength, readAccounts, roleOf, selectRoles, spelling } from './user.ts'

/** Greater numbers the server refuses, or keeps as the greatest. -1 locks for ever. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  ...{ passwordLifetimeDays: [0, 65_535], passwordHistory: [0, 65_535], passwordReuseDays: [0, 65_535] },
  ...{ failedLoginAttempts: [0, 32_767], passwordLockDays: [-1, 32_767] },
}

export function createMysqlUsers({ groups, passwordAttribute }: AccountsConfig): UserServer {
  return {
    title: 'MySQL',
    columns,
    spelling,
    nameLength,
    range: (attribute) => ranges[attribute] ?? [0, 0x7fff_ffff],
    isKept: (attribute, text) => (attribute === 'name' || attribute === 'host' ? isKept(text) : text.isWellFormed()),
    trimmed: (name) => name.trim(),
    tables: ['user', 'role_edges', 'default_roles', 'global_grants', 'procs_priv', 'proxies_priv'].map(
      (table) => `mysql.${table}`,
    ),
    ...createSelections(groups),
    readAccounts: (conversation, statement) => readAccounts(conversation, statement, passwordAttribute),
    async rolesAmong(read, roles) {
      const { rows } = await read(selectRoles(roles, groups === null))
      return new Set(rows.map(roleOf))
    },
    // A second password, further factors, and rights that were taken out of greater ones stand among the attributes of a user.
    countOthers: ({ user, host }) => ({
      text: `SELECT (SELECT COUNT(*) FROM mysql.procs_priv WHERE User = ? AND Host = ?) + (SELECT COUNT(*) FROM mysql.proxies_priv WHERE User = ? AND Host = ?)
        + (SELECT COUNT(*) FROM mysql.user WHERE User = ? AND Host = ? AND JSON_LENGTH(JSON_REMOVE(User_attributes, '$.metadata', '$.Password_locking')) > 0)`,
      values: [user, host, user, host, user, host],
    }),
    toSecret,
    lets,
    create,
    alter,
    giveRoles,
    changeRoles,
    isOfRoles: () => false,
    endSessions,
  }
}
