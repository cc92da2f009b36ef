/**
 * The SQL of table mode. Names come quoted from the configuration, values are always bound: no text of a request ever becomes
 * part of a statement.
 */
import type { Attributes } from '#core/values.ts'
import type { Dialect, Statement } from '../dialect.ts'
import type { Column } from '../column.ts'
import { toParameter, type Parameter } from '../mapping.ts'
import type { AccountTable, MembershipTable } from './table.ts'

/** A column and what is written to it; `counted` means one more than it holds, instead of the parameter. */
export interface Assignment {
  readonly column: Column
  readonly parameter: Parameter
  readonly counted?: true
}

/** Collects the values of a statement while its text is written, left to right. */
function binder(dialect: Dialect) {
  const values: Parameter[] = []
  const bind = (parameter: Parameter) => dialect.placeholder(values.push(parameter))
  const equals = (column: Column, parameter: Parameter) =>
    `${dialect.quote(column.name)} = ${dialect.comparable(column, bind(parameter))}`
  return { values, bind, equals }
}

/** Each row: the attributes, then the password hash, the active flag, the version and the memberships as one list (or NULL). */
function selectList(dialect: Dialect, table: AccountTable, memberships: MembershipTable | null): string {
  const { quote } = dialect
  const groups =
    memberships === null
      ? 'NULL'
      : dialect.collect(
          quote(memberships.group.name),
          `FROM ${memberships.name} WHERE ${memberships.name}.${quote(memberships.account.name)} = ${table.name}.${quote(table.key.name)}`,
        )
  const columns = [...table.columns, table.password, table.active, table.version]
  const names = columns.map((column) => (column === null ? 'NULL' : `${table.name}.${quote(column.name)}`))
  return `SELECT ${[...names, groups].join(', ')} FROM ${table.name}`
}

export function selectByKey(dialect: Dialect, table: AccountTable, nativeId: string): Statement {
  const { values, equals } = binder(dialect)
  return {
    text: `${selectList(dialect, table, table.memberships)} WHERE ${equals(table.key, toParameter(table.key, [nativeId]))}`,
    values,
  }
}

/** Accounts that match every attribute; each has exactly one value, which the caller has checked. */
export function selectByAttributes(dialect: Dialect, table: AccountTable, attributes: Attributes, limit: number): Statement {
  const { values, equals } = binder(dialect)
  const conditions = table.columns.flatMap((column) => {
    const wanted = attributes[column.name]
    return wanted === undefined ? [] : [equals(column, toParameter(column, wanted))]
  })
  return { text: `${selectList(dialect, table, table.memberships)} WHERE ${conditions.join(' AND ')} LIMIT ${limit}`, values }
}

/** The next page after the key, in the key's order. */
export function selectPage(dialect: Dialect, table: AccountTable, after: string | null, size: number): Statement {
  const { values, bind } = binder(dialect)
  const key = dialect.quote(table.key.name)
  const beyond = after === null ? '' : ` WHERE ${key} > ${dialect.comparable(table.key, bind(toParameter(table.key, [after])))}`
  return { text: `${selectList(dialect, table, table.memberships)}${beyond} ORDER BY ${key} LIMIT ${size}`, values }
}

/** The account without its memberships, its row locked; no row when it is gone. */
export function lockAccount(dialect: Dialect, table: AccountTable, nativeId: string): Statement {
  const { values, equals } = binder(dialect)
  const key = equals(table.key, toParameter(table.key, [nativeId]))
  return { text: `${selectList(dialect, table, null)} WHERE ${key} FOR UPDATE`, values }
}

/** Adds the account; `override` writes a key that the database would generate. Answers with the key where the database can. */
export function insertAccount(
  dialect: Dialect,
  table: AccountTable,
  assignments: readonly Assignment[],
  override = false,
): Statement {
  const { values, bind } = binder(dialect)
  const names = assignments.map(({ column }) => dialect.quote(column.name)).join(', ')
  const row =
    assignments.length === 0
      ? dialect.defaultRow
      : `(${names})${override ? dialect.overriding : ''} VALUES (${assignments.map(({ parameter }) => bind(parameter)).join(', ')})`
  const returning = dialect.returning ? ` RETURNING ${dialect.quote(table.key.name)}` : ''
  return { text: `INSERT INTO ${table.name} ${row}${dialect.onConflict}${returning}`, values }
}

export function updateAccount(
  dialect: Dialect,
  table: AccountTable,
  nativeId: string,
  assignments: readonly Assignment[],
): Statement {
  const { values, bind, equals } = binder(dialect)
  const set = assignments.map(({ column, parameter, counted }) => {
    const name = dialect.quote(column.name)
    return counted === true ? `${name} = ${name} + 1` : `${name} = ${bind(parameter)}`
  })
  const text = `UPDATE ${table.name} SET ${set.join(', ')} WHERE ${equals(table.key, toParameter(table.key, [nativeId]))}`
  return { text, values }
}

export function deleteAccount(dialect: Dialect, table: AccountTable, nativeId: string): Statement {
  const { values, equals } = binder(dialect)
  return { text: `DELETE FROM ${table.name} WHERE ${equals(table.key, toParameter(table.key, [nativeId]))}`, values }
}

/** One row per membership, current and held still for the rest of the transaction where the database can. */
export function selectMemberships(dialect: Dialect, memberships: MembershipTable, nativeId: string): Statement {
  const { values, equals } = binder(dialect)
  const account = equals(memberships.account, toParameter(memberships.account, [nativeId]))
  const text = `SELECT ${dialect.quote(memberships.group.name)} FROM ${memberships.name} WHERE ${account}${dialect.lockMemberships}`
  return { text, values }
}

export function insertMemberships(
  dialect: Dialect,
  { name, account, group }: MembershipTable,
  nativeId: string,
  groups: readonly string[],
): Statement {
  const { values, bind } = binder(dialect)
  const rows = groups.map((value) => `(${bind(toParameter(account, [nativeId]))}, ${bind(toParameter(group, [value]))})`)
  return {
    text: `INSERT INTO ${name} (${dialect.quote(account.name)}, ${dialect.quote(group.name)}) VALUES ${rows.join(', ')}`,
    values,
  }
}

/** Ends the named memberships, or all of the account's when `groups` is null. */
export function deleteMemberships(
  dialect: Dialect,
  { name, account, group }: MembershipTable,
  nativeId: string,
  groups: readonly string[] | null,
): Statement {
  const { values, bind, equals } = binder(dialect)
  const ours = equals(account, toParameter(account, [nativeId]))
  if (groups === null) return { text: `DELETE FROM ${name} WHERE ${ours}`, values }
  const list = groups.map((value) => dialect.comparable(group, bind(toParameter(group, [value]))))
  return { text: `DELETE FROM ${name} WHERE ${ours} AND ${dialect.quote(group.name)} IN (${list.join(', ')})`, values }
}
