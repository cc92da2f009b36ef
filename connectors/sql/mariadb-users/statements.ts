/** The statements that change users of MariaDB. ALTER USER says everything of a user at once, so that it is one change. */
import type { Account } from '#core/account.ts'
import type { Part } from '#connectors/kit/all-or-nothing.ts'
import { accountText, nameOf, roleText, type Name } from '../users/name.ts'
import type { Definition, RoleChange, Roles, RunText } from '../users/server.ts'
import { numberOf, requirementOf } from '../users/statements.ts'
import { identifiedVia } from './authentication.ts'

export function define(verb: 'CREATE' | 'ALTER', name: Name, { attributes, enabled, secret }: Definition): string {
  const number = (attribute: string) => numberOf(attributes, attribute, '0')
  const lifetime = attributes['passwordLifetimeDays']?.[0]
  const expires = lifetime === undefined ? 'DEFAULT' : Number(lifetime) === 0 ? 'NEVER' : `INTERVAL ${Number(lifetime)} DAY`
  return [
    `${verb} USER ${accountText(name)}`,
    ...(secret === undefined ? [] : [identifiedVia(secret)]),
    requirementOf(attributes),
    `WITH MAX_QUERIES_PER_HOUR ${number('maxQueriesPerHour')} MAX_UPDATES_PER_HOUR ${number('maxUpdatesPerHour')}`,
    `MAX_CONNECTIONS_PER_HOUR ${number('maxConnectionsPerHour')} MAX_USER_CONNECTIONS ${number('maxUserConnections')}`,
    `MAX_STATEMENT_TIME ${number('maxStatementTime')}`,
    enabled ? 'ACCOUNT UNLOCK' : 'ACCOUNT LOCK',
    `PASSWORD EXPIRE ${expires}`,
  ].join(' ')
}

export function giveRoles(account: string, { memberships, attributes, adminOf }: Roles): readonly string[] {
  const role = attributes['defaultRole']?.[0]
  return [
    ...memberships.map((one) => `GRANT ${roleText(one)} TO ${account}${adminOf.includes(one) ? ' WITH ADMIN OPTION' : ''}`),
    ...(role === undefined ? [] : [setDefaultRole(account, String(role))]),
  ]
}

const setDefaultRole = (account: string, role: string | undefined) =>
  `SET DEFAULT ROLE ${role === undefined ? 'NONE' : roleText(role)} FOR ${account}`

/** Each role is a statement of its own. */
export function changeRoles(run: RunText, current: Account, { add, remove, written }: RoleChange): readonly Part[] {
  const account = accountText(nameOf(current.nativeId))
  const part = (text: string, back: string): Part => ({ run: () => run(text), undo: () => run(back) })
  const grant = (role: string) => `GRANT ${roleText(role)} TO ${account}`
  const revoke = (role: string) => `REVOKE ${roleText(role)} FROM ${account}`
  const admin = (role: string) => (current.attributes['adminOf']?.includes(role) === true ? ' WITH ADMIN OPTION' : '')
  const standard = written['defaultRole']
  const defaultRole = (values = current.attributes['defaultRole']) => setDefaultRole(account, values?.[0]?.toString())
  return [
    ...add.map((role) => part(grant(role), revoke(role))),
    ...(standard === undefined ? [] : [part(defaultRole(standard), defaultRole())]),
    ...remove.map((role) => part(revoke(role), `${grant(role)}${admin(role)}`)),
  ]
}
