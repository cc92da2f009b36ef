/**
 * A user of MariaDB as an account: what is read of it, and what each of its attributes is. Everything stands in tables of the server, so that
 * a page of users costs two queries however many they are.
 */
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Values } from '#core/values.ts'
import type { Conversation } from '../conversation.ts'
import type { SqlResult, Statement } from '../dialect.ts'
import type { Raw } from '../mapping.ts'
import { columnOf } from '../accounts/columns.ts'
import { Authentication, secretOf } from './authentication.ts'
import { columnsWith, spellingOf, unlessEmpty, unlessZero } from '../users/image.ts'
import { nativeIdOf, type Name } from '../users/name.ts'
import { heldBy, selectPrivileges } from '../users/privileges.ts'

export const nameLength = 128

export const columns = columnsWith(nameLength, [
  columnOf('maxStatementTime', 'decimal'),
  columnOf('defaultRole', 'text', { maxLength: nameLength }),
])

export const spelling = spellingOf(columns)

const superPrivilege = 32_768

const isAlmighty = (priv: string) => `((CAST(COALESCE(JSON_VALUE(${priv}, '$.access'), 0) AS UNSIGNED) & ${superPrivilege}) > 0)`

const select = `SELECT g.User, g.Host, g.Priv, ${isAlmighty('g.Priv')},
  (SELECT JSON_ARRAYAGG(CONCAT(m.Admin_option, m.Role)) FROM mysql.roles_mapping m WHERE m.User = g.User AND m.Host = g.Host)
  FROM mysql.global_priv g WHERE NOT JSON_EXISTS(g.Priv, '$.is_role')`

/** Everybody may do everything, or the server's own, is no account. */
const isAccount = `g.User NOT IN ('', 'mariadb.sys') AND NOT ${isAlmighty('g.Priv')}`

export function selectUser({ user, host }: Name): Statement {
  return { text: `${select} AND g.User = ? AND g.Host = ?`, values: [user, host] }
}

/** Those of that name, wherever they may come from, or from one host alone. */
export function selectAccounts(user: string, host: string | null): Statement {
  const from = host === null ? '' : ' AND g.Host = ?'
  return { text: `${select} AND ${isAccount} AND g.User = ?${from} LIMIT 2`, values: host === null ? [user] : [user, host] }
}

/** Those of the roles that are there; `modest`: and may not do everything, by roles of their own neither. */
export function selectRoles(names: readonly string[], modest: boolean): Statement {
  const isThere = `Host = '' AND JSON_EXISTS(Priv, '$.is_role')`
  return {
    text: `WITH RECURSIVE almighty (Role) AS (SELECT User FROM mysql.global_priv WHERE ${isThere} AND ${isAlmighty('Priv')}
             UNION SELECT m.User FROM mysql.roles_mapping m JOIN almighty a ON m.Role = a.Role WHERE m.Host = '')
           SELECT User FROM mysql.global_priv WHERE ${isThere} AND User IN (${names.map(() => '?').join(', ')})
             AND ${modest ? 'User NOT IN (SELECT Role FROM almighty)' : 'TRUE'}`,
    values: names,
  }
}

export function selectPage({ user, host }: Name, size: number): Statement {
  return {
    text: `${select} AND ${isAccount} AND (g.User > ? OR (g.User = ? AND g.Host > ?)) ORDER BY g.User, g.Host LIMIT ${size}`,
    values: [user, user, host],
  }
}

/** What global_priv keeps of a user (MariaDB Server documentation, mysql.global_priv table); what is absent is as it is by default. */
const Priv = v.looseObject({
  ...Authentication.entries,
  account_locked: v.optional(v.boolean(), false),
  ssl_type: v.optional(v.number(), 0),
  x509_subject: v.optional(v.string(), ''),
  x509_issuer: v.optional(v.string(), ''),
  ssl_cipher: v.optional(v.string(), ''),
  max_questions: v.optional(v.number(), 0),
  max_updates: v.optional(v.number(), 0),
  max_connections: v.optional(v.number(), 0),
  max_user_connections: v.optional(v.number(), 0),
  max_statement_time: v.optional(v.number(), 0),
  password_lifetime: v.optional(v.number(), -1),
  default_role: v.optional(v.string(), ''),
})

export async function readAccounts(
  conversation: Conversation,
  statement: Statement,
  passwordAttribute: string,
): Promise<readonly Account[]> {
  const { rows } = await conversation.read(statement)
  const names = rows.map(([user, host]) => ({ user: String(user), host: String(host) }))
  const privileges = names.length === 0 ? null : await conversation.read(selectPrivileges(names))
  return rows.map((row) => toAccount(passwordAttribute, row, privileges))
}

function toAccount(passwordAttribute: string, row: readonly Raw[], privileges: SqlResult | null): Account {
  const [user, host, text, isSuper, groups] = row.map((cell) => (cell === null ? null : String(cell)))
  const name = { user: user ?? '', host: host ?? '' }
  const priv = v.parse(Priv, JSON.parse(text ?? '{}'))
  const roles = (JSON.parse(groups ?? '[]') as string[]).toSorted()
  const secret = secretOf(priv)
  const attributes: Readonly<Record<string, Values>> = {
    name: [name.user],
    host: [name.host],
    ...requirements(priv),
    maxQueriesPerHour: unlessZero(priv.max_questions),
    maxUpdatesPerHour: unlessZero(priv.max_updates),
    maxConnectionsPerHour: unlessZero(priv.max_connections),
    maxUserConnections: unlessZero(priv.max_user_connections),
    maxStatementTime: priv.max_statement_time === 0 ? [] : [String(priv.max_statement_time)],
    passwordLifetimeDays: priv.password_lifetime < 0 ? [] : [priv.password_lifetime],
    defaultRole: unlessEmpty(priv.default_role),
    superuser: [isSuper === '1'],
    adminOf: roles.filter((role) => role.startsWith('Y')).map((role) => role.slice(1)),
    privileges: heldBy(name, privileges),
  }
  return {
    nativeId: nativeIdOf(name),
    label: nativeIdOf(name),
    enabled: !priv.account_locked,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0)),
    memberships: roles.map((role) => role.slice(1)).toSorted(),
    secrets: secret === null ? {} : { [passwordAttribute]: secret },
  }
}

/** ssl_type: 0 nothing, 1 any encryption, 2 a certificate, 3 what the certificate says. */
function requirements(priv: v.InferOutput<typeof Priv>): Readonly<Record<string, Values>> {
  if (priv.ssl_type < 3) return { tls: priv.ssl_type === 1 ? ['any'] : priv.ssl_type === 2 ? ['x509'] : [] }
  return {
    tlsSubject: unlessEmpty(priv.x509_subject),
    tlsIssuer: unlessEmpty(priv.x509_issuer),
    tlsCipher: unlessEmpty(priv.ssl_cipher),
  }
}
