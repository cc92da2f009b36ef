/** The statements that change users of MySQL. ALTER USER says only what is written: saying the rest again would unlock who is locked out for a while. */
import mysql from 'mysql2/promise'
import type { Account } from '#core/account.ts'
import type { Attributes } from '#core/values.ts'
import type { Part } from '#connectors/kit/all-or-nothing.ts'
import { accountText, nameOf, type Name } from '../users/name.ts'
import type { Definition, RoleChange, Roles, RunText } from '../users/server.ts'
import { numberOf, requirementOf, requirements } from '../users/statements.ts'
import { wayIn } from './authentication.ts'
import { roleName } from './user.ts'

export function create(name: Name, definition: Definition): readonly string[] {
  const { attributes, enabled, secret } = definition
  const { clause, expired } = wayIn(secret ?? null)
  const written = Object.entries(attributes).flatMap(([attribute, values]) => (values.length === 0 ? [] : [attribute]))
  const clauses = clausesOf(definition, enabled ? written : [...written, 'enabled'])
  return [`CREATE USER ${accountText(name)} ${[clause, ...clauses, ...remark(attributes)].join(' ')}`, ...expiry(name, expired)]
}

export function alter(name: Name, definition: Definition, written: readonly string[]): readonly string[] {
  const way = definition.secret === undefined ? null : wayIn(definition.secret)
  const comment = definition.attributes['comment']?.[0] ?? null
  const clauses = [
    ...(way === null ? [] : [way.clause]),
    ...clausesOf(definition, written),
    ...(written.includes('comment') ? [`ATTRIBUTE ${mysql.escape(JSON.stringify({ comment }))}`] : []),
  ]
  return [`ALTER USER ${accountText(name)} ${clauses.join(' ')}`, ...expiry(name, way?.expired === true)]
}

/** Beside PASSWORD EXPIRE INTERVAL the server overlooks it. */
const expiry = (name: Name, expired: boolean) => (expired ? [`ALTER USER ${accountText(name)} PASSWORD EXPIRE`] : [])

/** What is said of a new user, beside the comment what others said. */
function remark({ comment = [], furtherAttributes = [] }: Attributes): readonly string[] {
  if (comment.length === 0 && furtherAttributes.length === 0) return []
  const further = JSON.parse(String(furtherAttributes[0] ?? '{}')) as object
  return [`ATTRIBUTE ${mysql.escape(JSON.stringify({ ...further, ...(comment.length === 0 ? {} : { comment: comment[0] }) }))}`]
}

const resources: Readonly<Record<string, string>> = {
  maxQueriesPerHour: 'MAX_QUERIES_PER_HOUR',
  maxUpdatesPerHour: 'MAX_UPDATES_PER_HOUR',
  maxConnectionsPerHour: 'MAX_CONNECTIONS_PER_HOUR',
  maxUserConnections: 'MAX_USER_CONNECTIONS',
}

function clausesOf({ attributes, enabled }: Definition, written: readonly string[]): readonly string[] {
  const limits = Object.entries(resources).filter(([attribute]) => written.includes(attribute))
  return [
    ...(requirements.some((attribute) => written.includes(attribute)) ? [requirementOf(attributes)] : []),
    ...(limits.length === 0 ? [] : ['WITH']),
    ...limits.map(([attribute, words]) => `${words} ${numberOf(attributes, attribute, '0')}`),
    ...Object.entries(passwordClauses).flatMap(([attribute, clause]) =>
      written.includes(attribute) ? [clause(attributes[attribute]?.[0]?.toString() ?? null)] : [],
    ),
    ...(written.includes('enabled') ? [enabled ? 'ACCOUNT UNLOCK' : 'ACCOUNT LOCK'] : []),
  ]
}

/** What of a password's rules each attribute says; null: what the server has for all. */
const passwordClauses: Readonly<Record<string, (value: string | null) => string>> = {
  passwordLifetimeDays: (value) =>
    `PASSWORD EXPIRE ${value === null ? 'DEFAULT' : value === '0' ? 'NEVER' : `INTERVAL ${value} DAY`}`,
  passwordHistory: (value) => `PASSWORD HISTORY ${value ?? 'DEFAULT'}`,
  passwordReuseDays: (value) => `PASSWORD REUSE INTERVAL ${value === null ? 'DEFAULT' : `${value} DAY`}`,
  passwordRequireCurrent: (value) =>
    `PASSWORD REQUIRE CURRENT ${value === null ? 'DEFAULT' : value === 'true' ? '' : 'OPTIONAL'}`,
  failedLoginAttempts: (value) => `FAILED_LOGIN_ATTEMPTS ${value ?? '0'}`,
  passwordLockDays: (value) => `PASSWORD_LOCK_TIME ${value === '-1' ? 'UNBOUNDED' : (value ?? '0')}`,
}

const listed = (roles: readonly string[]) => roles.map((role) => accountText(roleName(role))).join(', ')

/** A role that is given counts from login on, but for those that the user had to switch on itself. */
export function giveRoles(account: string, { memberships, attributes, adminOf }: Roles): readonly string[] {
  const [admins, plain] = [true, false].map((wanted) => memberships.filter((role) => adminOf.includes(role) === wanted))
  const standard = memberships.filter((role) => attributes['optionalRoles']?.includes(role) !== true)
  return [
    ...(plain?.length ? [`GRANT ${listed(plain)} TO ${account}`] : []),
    ...(admins?.length ? [`GRANT ${listed(admins)} TO ${account} WITH ADMIN OPTION`] : []),
    ...(standard.length === 0 ? [] : [setDefaultRoles(account, standard)]),
  ]
}

const setDefaultRoles = (account: string, roles: readonly string[]) =>
  `SET DEFAULT ROLE ${roles.length === 0 ? 'NONE' : listed(roles)} TO ${account}`

/** A role that is taken away does not count at login either: the server sees to it. Nothing follows it that could be refused. */
export function changeRoles(run: RunText, current: Account, { add, remove }: RoleChange): readonly Part[] {
  const account = accountText(nameOf(current.nativeId))
  const before = current.memberships.filter((role) => current.attributes['optionalRoles']?.includes(role) !== true)
  const part = (text: string, back: string): Part => ({ run: () => run(text), undo: () => run(back) })
  return [
    ...(add.length === 0
      ? []
      : [
          part(`GRANT ${listed(add)} TO ${account}`, `REVOKE ${listed(add)} FROM ${account}`),
          part(setDefaultRoles(account, [...before, ...add]), setDefaultRoles(account, before)),
        ]),
    ...(remove.length === 0 ? [] : [part(`REVOKE ${listed(remove)} FROM ${account}`, `GRANT ${listed(remove)} TO ${account}`)]),
  ]
}
