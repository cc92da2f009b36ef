/**
 * Rights that a user holds by itself and not by a role. Rules do not write them; they are read so that a change of them is seen, and
 * given back when a removed user returns.
 */
import { GatewayError } from '#core/errors.ts'
import type { SqlResult, Statement } from '../dialect.ts'
import { granteeOf, type Name } from './name.ts'

const quoted = (column: string) => `CONCAT('\`', REPLACE(${column}, '\`', '\`\`'), '\`')`

/** Where rights are listed, and how the object of each is written. */
const views = [
  ['user_privileges', `' ON *.*'`],
  ['schema_privileges', `' ON ', ${quoted('table_schema')}, '.*'`],
  ['table_privileges', `' ON ', ${quoted('table_schema')}, '.', ${quoted('table_name')}`],
  ['column_privileges', `' (', ${quoted('column_name')}, ') ON ', ${quoted('table_schema')}, '.', ${quoted('table_name')}`],
] as const

/** Rows of grantee and right, such as ``SELECT ON `crm`.*``. USAGE alone is no right. */
export function selectPrivileges(names: readonly Name[]): Statement {
  const grantees = names.map(granteeOf)
  const list = grantees.map(() => '?').join(', ')
  const parts = views.map(
    ([view, object]) =>
      `SELECT grantee, CONCAT(privilege_type, ${object}, IF(is_grantable = 'YES', ' WITH GRANT OPTION', ''))
         FROM information_schema.${view} WHERE grantee IN (${list}) AND NOT (privilege_type = 'USAGE' AND is_grantable = 'NO')`,
  )
  return { text: parts.join(' UNION ALL '), values: views.flatMap(() => grantees) }
}

/** The rights of one of the users that were asked for, as texts that `grantBack` reads. */
export function heldBy(name: Name, privileges: SqlResult | null): readonly string[] {
  const grantee = granteeOf(name)
  const held = (privileges?.rows ?? []).filter(([to]) => String(to) === grantee)
  return held.map(([, privilege]) => String(privilege)).toSorted()
}

const name = '`(?:[^`]|``)+`'
const right = new RegExp(
  `^([A-Z_]+(?: [A-Z_]+)*)( \\(${name}\\))? ON (\\*\\.\\*|${name}\\.(?:\\*|${name}))( WITH GRANT OPTION)?$`,
)

/** The statement that gives a right back. Throws `invalid` for a text that is none. */
export function grantBack(privilege: string, account: string): string {
  const match = right.exec(privilege)
  if (match === null)
    throw new GatewayError('invalid', 'A right of the removed account is written in a form that is not known', { sent: 'no' })
  const [, kind = '', column = '', object = '', option = ''] = match
  return `GRANT ${kind}${column} ON ${object} TO ${account}${option}`
}
