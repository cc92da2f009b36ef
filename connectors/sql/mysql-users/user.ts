/**
 * A user of MySQL as an account: what is read of it, and what each of its attributes is. Everything stands in tables of the server, so that
 * a page of users costs three queries however many they are. To MySQL a role is a user too: one that is locked, without a password, and expired,
 * which is what CREATE ROLE makes, or one that the target's settings name as a group.
 */
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Values } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { columnOf } from '../accounts/columns.ts'
import type { Conversation } from '../conversation.ts'
import type { SqlResult, Statement } from '../dialect.ts'
import type { Raw } from '../mapping.ts'
import { columnsWith, maintained, spellingOf, unlessEmpty, unlessZero } from '../users/image.ts'
import { nameOf, nativeIdOf, type Name } from '../users/name.ts'
import { heldBy, selectPrivileges } from '../users/privileges.ts'
import { secretOf } from './authentication.ts'

export const nameLength = 32

export const columns = columnsWith(nameLength, [
  columnOf('comment', 'text'),
  columnOf('passwordHistory', 'integer'),
  columnOf('passwordReuseDays', 'integer'),
  columnOf('passwordRequireCurrent', 'boolean'),
  columnOf('failedLoginAttempts', 'integer'),
  columnOf('passwordLockDays', 'integer'),
  columnOf('optionalRoles', 'text', maintained),
  columnOf('furtherAttributes', 'text', { maintained: true }),
])

/** A role of any host, the usual one, is called by its name alone. */
const roleText = ({ user, host }: Name) => (host === '%' && !user.includes('@') ? user : nativeIdOf({ user, host }))
export const roleName = (role: string): Name => (role.includes('@') ? nameOf(role) : { user: role, host: '%' })

const roleAsListed = (role: string) => roleText(roleName(role))
export const spelling: Spelling = {
  ...spellingOf(columns),
  group: roleAsListed,
  groupKey: roleAsListed,
}

const isRole = `(u.account_locked = 'Y' AND u.password_expired = 'Y' AND u.authentication_string = '')`
const isAlmighty = `(u.Super_priv = 'Y' OR EXISTS (SELECT 1 FROM mysql.global_grants g
  WHERE g.USER = u.User AND g.HOST = u.Host AND g.PRIV = 'SYSTEM_USER'))`

const select = `SELECT JSON_OBJECT('user', u.User, 'host', u.Host, 'plugin', u.plugin, 'hash', HEX(u.authentication_string),
  'expired', u.password_expired, 'locked', u.account_locked, 'tls', u.ssl_type, 'subject', CONVERT(u.x509_subject USING utf8mb4),
  'issuer', CONVERT(u.x509_issuer USING utf8mb4), 'cipher', CONVERT(u.ssl_cipher USING utf8mb4), 'questions', u.max_questions,
  'updates', u.max_updates, 'connections', u.max_connections, 'userConnections', u.max_user_connections, 'lifetime', u.password_lifetime,
  'history', u.Password_reuse_history, 'reuse', u.Password_reuse_time, 'requireCurrent', u.Password_require_current,
  'more', u.User_attributes, 'almighty', ${isAlmighty}) FROM mysql.user u WHERE NOT ${isRole}`

/** Everybody, who may do everything, and the server's own, are no accounts. */
const isAccount = `u.User NOT IN ('', 'mysql.sys', 'mysql.session', 'mysql.infoschema') AND NOT ${isAlmighty}`

/** The statements that find users; those that are groups are none. */
export function createSelections(groups: readonly string[] | null) {
  const named = (groups ?? []).map(roleName)
  const from = named.length === 0 ? select : `${select} AND (u.User, u.Host) NOT IN (${named.map(() => '(?, ?)').join(', ')})`
  const excluded = named.flatMap(({ user, host }) => [user, host])
  const selection = (more: string, values: readonly string[]): Statement => ({
    text: `${from} AND ${more}`,
    values: [...excluded, ...values],
  })
  return {
    selectUser: ({ user, host }: Name) => selection('u.User = ? AND u.Host = ?', [user, host]),
    selectAccounts: (user: string, host: string | null) =>
      host === null
        ? selection(`${isAccount} AND u.User = ? LIMIT 2`, [user])
        : selection(`${isAccount} AND u.User = ? AND u.Host = ?`, [user, host]),
    selectPage: ({ user, host }: Name, size: number) =>
      selection(`${isAccount} AND (u.User > ? OR (u.User = ? AND u.Host > ?)) ORDER BY u.User, u.Host LIMIT ${size}`, [
        user,
        user,
        host,
      ]),
  }
}

/** Those of the roles that are there, and are roles or were named as such; `modest`: and may not do everything, by roles of their own neither. */
export function selectRoles(roles: readonly string[], modest: boolean): Statement {
  const names = roles.map(roleName)
  return {
    text: `WITH RECURSIVE almighty (User, Host) AS (SELECT u.User, u.Host FROM mysql.user u WHERE ${isAlmighty}
             UNION SELECT e.TO_USER, e.TO_HOST FROM mysql.role_edges e JOIN almighty a ON e.FROM_USER = a.User AND e.FROM_HOST = a.Host)
           SELECT u.User, u.Host FROM mysql.user u WHERE (u.User, u.Host) IN (${names.map(() => '(?, ?)').join(', ')})
             AND ${modest ? `${isRole} AND (u.User, u.Host) NOT IN (SELECT User, Host FROM almighty)` : 'TRUE'}`,
    values: names.flatMap(({ user, host }) => [user, host]),
  }
}

export const roleOf = ([user, host]: readonly Raw[]) => roleText({ user: String(user), host: String(host) })

/** Roles of these users, and those that count from login on. */
function selectMemberships(names: readonly Name[]): Statement {
  const users = [...new Set(names.map(({ user }) => user))]
  const list = users.map(() => '?').join(', ')
  return {
    text: `SELECT TO_USER, TO_HOST, FROM_USER, FROM_HOST, IF(WITH_ADMIN_OPTION = 'Y', 'admin', 'member') FROM mysql.role_edges WHERE TO_USER IN (${list})
      UNION ALL SELECT USER, HOST, DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST, 'default' FROM mysql.default_roles WHERE USER IN (${list})`,
    values: [...users, ...users],
  }
}

const YesOrNo = v.picklist(['Y', 'N'])
const Count = v.nullable(v.number())
/** A number where the server works it out otherwise. */
const Truth = v.union([v.boolean(), v.number()])

/** What mysql.user holds (MySQL Reference Manual, Grant Tables). */
const User = v.object({
  ...{ user: v.string(), host: v.string(), plugin: v.string(), hash: v.nullable(v.string()) },
  ...{ expired: YesOrNo, locked: YesOrNo, tls: v.picklist(['', 'ANY', 'X509', 'SPECIFIED']) },
  ...{ subject: v.string(), issuer: v.string(), cipher: v.string() },
  ...{ questions: v.number(), updates: v.number(), connections: v.number(), userConnections: v.number() },
  ...{ lifetime: Count, history: Count, reuse: Count, requireCurrent: v.nullable(YesOrNo), almighty: Truth },
  more: v.nullable(
    v.looseObject({
      metadata: v.optional(v.record(v.string(), v.unknown()), {}),
      Password_locking: v.optional(v.object({ failed_login_attempts: v.number(), password_lock_time_days: v.number() })),
    }),
  ),
})
type User = v.InferOutput<typeof User>

export async function readAccounts(
  conversation: Conversation,
  statement: Statement,
  passwordAttribute: string,
): Promise<readonly Account[]> {
  const { rows } = await conversation.read(statement)
  const users = rows.map(([text]) => v.parse(User, JSON.parse(String(text))))
  if (users.length === 0) return []
  const roles = await conversation.read(selectMemberships(users))
  const privileges = await conversation.read(selectPrivileges(users))
  return users.map((user) => toAccount(passwordAttribute, user, roles, privileges))
}

function toAccount(passwordAttribute: string, user: User, roles: SqlResult, privileges: SqlResult): Account {
  const held = roles.rows.filter(([name, host]) => String(name) === user.user && String(host) === user.host)
  const named = (...kinds: readonly string[]) =>
    held
      .filter((row) => kinds.includes(String(row[4])))
      .map((row) => roleOf(row.slice(2)))
      .toSorted()
  const memberships = named('admin', 'member')
  const standard = named('default')
  const secret = secretOf({ plugin: user.plugin, hash: user.hash ?? '', expired: user.expired === 'Y' })
  const attributes: Readonly<Record<string, Values>> = {
    name: [user.user],
    host: [user.host],
    ...requirementsOf(user),
    ...limitsOf(user),
    ...remarksOf(user),
    optionalRoles: memberships.filter((role) => !standard.includes(role)),
    superuser: [Boolean(user.almighty)],
    adminOf: named('admin'),
    privileges: heldBy(user, privileges),
  }
  return {
    nativeId: nativeIdOf(user),
    label: nativeIdOf(user),
    enabled: user.locked === 'N',
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0)),
    memberships,
    secrets: secret === null ? {} : { [passwordAttribute]: secret },
  }
}

function requirementsOf({ tls, subject, issuer, cipher }: User): Readonly<Record<string, Values>> {
  if (tls !== 'SPECIFIED') return { tls: tls === 'ANY' ? ['any'] : tls === 'X509' ? ['x509'] : [] }
  return { tlsSubject: unlessEmpty(subject), tlsIssuer: unlessEmpty(issuer), tlsCipher: unlessEmpty(cipher) }
}

function limitsOf(user: User): Readonly<Record<string, Values>> {
  const { failed_login_attempts: attempts = 0, password_lock_time_days: days = 0 } = user.more?.Password_locking ?? {}
  const unlessNull = (value: number | boolean | null): Values => (value === null ? [] : [value])
  return {
    maxQueriesPerHour: unlessZero(user.questions),
    maxUpdatesPerHour: unlessZero(user.updates),
    maxConnectionsPerHour: unlessZero(user.connections),
    maxUserConnections: unlessZero(user.userConnections),
    passwordLifetimeDays: unlessNull(user.lifetime),
    passwordHistory: unlessNull(user.history),
    passwordReuseDays: unlessNull(user.reuse),
    passwordRequireCurrent: unlessNull(user.requireCurrent === null ? null : user.requireCurrent === 'Y'),
    failedLoginAttempts: unlessZero(attempts),
    passwordLockDays: unlessZero(days),
  }
}

/** What people wrote beside a user: its comment, and whatever else, as one text. */
function remarksOf({ more }: User): Readonly<Record<string, Values>> {
  const { comment, ...further } = more?.metadata ?? {}
  const rest = typeof comment === 'string' || comment === undefined ? further : { comment, ...further }
  return {
    comment: typeof comment === 'string' ? unlessEmpty(comment) : [],
    furtherAttributes: Object.keys(rest).length === 0 ? [] : [JSON.stringify(rest)],
  }
}
