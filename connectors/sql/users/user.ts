/**
 * A user of MariaDB as an account: what is read of it, and what each of its attributes is. Everything stands in tables of the server, so that
 * a page of users costs two queries however many they are.
 */
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Scalar, Values } from '#core/values.ts'
import type { Conversation } from '../conversation.ts'
import type { SqlResult, Statement } from '../dialect.ts'
import type { Column, Raw } from '../mapping.ts'
import { createSpelling } from '../spelling.ts'
import { columnOf } from '../accounts/columns.ts'
import type { AccountsTarget } from '../accounts/target.ts'
import { Authentication, secretOf } from './authentication.ts'
import { granteeOf, nativeIdOf, type Name } from './name.ts'
import { selectPrivileges } from './privileges.ts'

export interface UserAccess extends AccountsTarget {
  readonly conversation: Conversation
  /** As whom the gateway works, such as `gate@10.0.0.5`. */
  readonly self: string
}

/** Characters in a name; the host may have more. */
export const nameLength = 128

const maintained = { maintained: true, multivalued: true } as const

export const columns: readonly Column[] = [
  columnOf('name', 'text', { nullable: false, unique: true, maxLength: nameLength }),
  columnOf('host', 'text', { hasDefault: true, maxLength: 255 }),
  columnOf('tls', 'text', { allowedValues: ['any', 'x509'] }),
  columnOf('tlsSubject', 'text'),
  columnOf('tlsIssuer', 'text'),
  columnOf('tlsCipher', 'text'),
  columnOf('maxQueriesPerHour', 'integer'),
  columnOf('maxUpdatesPerHour', 'integer'),
  columnOf('maxConnectionsPerHour', 'integer'),
  columnOf('maxUserConnections', 'integer'),
  columnOf('maxStatementTime', 'decimal'),
  columnOf('passwordLifetimeDays', 'integer'),
  columnOf('defaultRole', 'text', { maxLength: nameLength }),
  columnOf('superuser', 'boolean', { maintained: true }),
  columnOf('adminOf', 'text', maintained),
  columnOf('privileges', 'text', maintained),
]

export const spelling = createSpelling({ columns, memberships: null })

/** The server keeps names, and the texts of REQUIRE, in three bytes a character: others would become question marks, or vanish. */
export const isKept = (text: string) => text.isWellFormed() && !/[\u{10000}-\u{10FFFF}]/u.test(text)

const superPrivilege = 32_768

const select = `SELECT g.User, g.Host, g.Priv, (CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) & ${superPrivilege}) > 0,
  (SELECT JSON_ARRAYAGG(CONCAT(m.Admin_option, m.Role)) FROM mysql.roles_mapping m WHERE m.User = g.User AND m.Host = g.Host)
  FROM mysql.global_priv g WHERE NOT JSON_EXISTS(g.Priv, '$.is_role')`

/** Everybody may do everything, or the server's own, is no account. */
const isAccount = `g.User NOT IN ('', 'mariadb.sys')
  AND (CAST(COALESCE(JSON_VALUE(g.Priv, '$.access'), 0) AS UNSIGNED) & ${superPrivilege}) = 0`

export function selectUser({ user, host }: Name): Statement {
  return { text: `${select} AND g.User = ? AND g.Host = ?`, values: [user, host] }
}

/** Those of that name, wherever they may come from, or from one host alone. */
export function selectAccounts(user: string, host: string | null): Statement {
  const from = host === null ? '' : ' AND g.Host = ?'
  return { text: `${select} AND ${isAccount} AND g.User = ?${from} LIMIT 2`, values: host === null ? [user] : [user, host] }
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

export async function readAccounts({ conversation, config }: UserAccess, statement: Statement): Promise<readonly Account[]> {
  const { rows } = await conversation.read(statement)
  const names = rows.map(([user, host]) => ({ user: String(user), host: String(host) }))
  const privileges = names.length === 0 ? null : await conversation.read(selectPrivileges(names))
  return rows.map((row) => toAccount(config.accounts.passwordAttribute, row, privileges))
}

function toAccount(passwordAttribute: string, row: readonly Raw[], privileges: SqlResult | null): Account {
  const [user, host, text, isSuper, groups] = row.map((cell) => (cell === null ? null : String(cell)))
  const name = { user: user ?? '', host: host ?? '' }
  const priv = v.parse(Priv, JSON.parse(text ?? '{}'))
  const roles = (JSON.parse(groups ?? '[]') as string[]).toSorted()
  const grantee = granteeOf(name)
  const held = (privileges?.rows ?? []).filter(([to]) => String(to) === grantee).map(([, privilege]) => String(privilege))
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
    privileges: held.toSorted(),
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

const unlessZero = (count: number): readonly Scalar[] => (count === 0 ? [] : [count])
const unlessEmpty = (text: string): readonly Scalar[] => (text === '' ? [] : [text])
