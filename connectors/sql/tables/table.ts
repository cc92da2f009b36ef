/** The account table of one target as the catalog describes it, with the part that each column plays. */
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { sameValues, type Scalar, type Values } from '#core/values.ts'
import { tableName, type TableConfig } from '../config.ts'
import type { Dialect, SqlConnection, SqlResult } from '../dialect.ts'
import type { Conversation } from '../conversation.ts'
import type { Column } from '../column.ts'
import { toValues, type Raw } from '../mapping.ts'
import { canonical } from '../written-form.ts'
import { phrases } from '../phrases.ts'

export interface MembershipTable {
  readonly name: string
  readonly account: Column
  readonly group: Column
}

export interface AccountTable {
  /** Quoted, with its schema. */
  readonly name: string
  readonly key: Column
  /** The columns that are attributes, in the table's order: the key is one; the password, the flag and the version are not. */
  readonly columns: readonly Column[]
  readonly active: Column | null
  readonly version: Column | null
  readonly password: Column | null
  readonly memberships: MembershipTable | null
}

/** What every piece of a job works with. */
export interface TableAccess {
  readonly target: string
  readonly config: TableConfig
  readonly dialect: Dialect
  readonly table: AccountTable
  readonly conversation: Conversation
}

/** Reads the catalog; two queries. Throws `config` when a table or a configured column is missing. */
export async function describeTable(dialect: Dialect, connection: SqlConnection, config: TableConfig): Promise<AccountTable> {
  const all = await columnsOf(dialect, connection, config.table)
  const column = (name: string) => columnNamed(all, name, config.table)
  const password = config.passwords === null ? null : column(config.passwords.column)
  const roles = [config.key, config.active?.column, config.version, config.keyFrom].filter((name) => typeof name === 'string')
  const visible =
    config.columns === null ? all : all.filter(({ name }) => config.columns?.includes(name) === true || roles.includes(name))
  const others = [config.passwords?.column, config.active?.column, config.version]
  for (const name of [...(config.columns ?? []), ...roles]) column(name)
  return {
    name: quotedName(dialect, config.table),
    key: column(config.key),
    columns: visible.filter(({ name, maintained }) => !maintained && !others.includes(name)),
    active: config.active === null ? null : column(config.active.column),
    version: config.version === null ? null : column(config.version),
    password,
    memberships: config.memberships === null ? null : await describeMemberships(dialect, connection, config.memberships),
  }
}

async function describeMemberships(
  dialect: Dialect,
  connection: SqlConnection,
  { table, accountColumn, groupColumn }: NonNullable<TableConfig['memberships']>,
): Promise<MembershipTable> {
  const columns = await columnsOf(dialect, connection, table)
  return {
    name: quotedName(dialect, table),
    account: columnNamed(columns, accountColumn, table),
    group: columnNamed(columns, groupColumn, table),
  }
}

async function columnsOf(dialect: Dialect, connection: SqlConnection, table: string): Promise<readonly Column[]> {
  const columns = await dialect.describe(connection, tableName(table))
  if (columns.length > 0) return columns
  throw new GatewayError('config', `There is no table ${table}, or the database user may not see it`, {
    sent: 'no',
    hint: phrases.tableName,
  })
}

function columnNamed(columns: readonly Column[], name: string, table: string): Column {
  const found = columns.find((column) => column.name === name)
  if (found !== undefined) return found
  throw new GatewayError('config', `Table ${table} has no column ${name}`, {
    sent: 'no',
    at: name,
    hint: phrases.columnsAre({ columns: columns.map((column) => column.name).join(', ') }),
  })
}

function quotedName(dialect: Dialect, text: string): string {
  const { schema, table } = tableName(text)
  return [schema, table].flatMap((part) => (part === null ? [] : [dialect.quote(part)])).join('.')
}

/** Turns the rows of `selectByKey` and its like into accounts. */
export function toAccounts(dialect: Dialect, config: TableConfig, table: AccountTable, { rows }: SqlResult): readonly Account[] {
  return rows.map((row) => {
    const filled = table.columns.map((column, index) => [column.name, toValues(column, row[index] ?? null)] as const)
    const attributes = Object.fromEntries(filled.filter(([, values]) => values.length > 0))
    const [hash = null, flag = null, version = null, groups = null] = row.slice(table.columns.length)
    const active = table.active === null ? [] : toValues(table.active, flag)
    const nativeId = String(attributes[table.key.name]?.[0] ?? '')
    return {
      nativeId,
      label: labelOf(config, nativeId),
      enabled: isEnabled(config, table, active),
      attributes,
      memberships: dialect.collected(groups).toSorted(),
      ...secretsOf(config, table, hash, active),
      ...(table.version === null ? {} : { version: String(toValues(table.version, version)[0] ?? '') }),
    }
  })
}

/** The hash, and the active flag where it holds a third value: only so can a removed account come back as it was. */
function secretsOf(config: TableConfig, table: AccountTable, hash: Raw, active: Values): Pick<Account, 'secrets'> {
  const known = [config.active?.whenActive ?? null, config.active?.whenInactive ?? null]
  const third =
    table.active !== null && !known.some((value) => table.active !== null && sameValues(active, flagValues(table.active, value)))
  const secrets = {
    ...(table.password === null || hash === null ? {} : { [table.password.name]: String(hash) }),
    ...(table.active !== null && third && active[0] !== undefined ? { [table.active.name]: String(active[0]) } : {}),
  }
  // An account without a password says so by an empty record; without a password column there is nothing to say.
  return table.password === null && Object.keys(secrets).length === 0 ? {} : { secrets }
}

export function labelOf(config: TableConfig, nativeId: string): string {
  return `${config.table}/${nativeId}`
}

/**
 * A value that is neither of the two counts as active, so that disabling such an account really writes; only where NULL means
 * active (a column such as `disabled_at`) every value counts as disabled.
 */
function isEnabled(config: TableConfig, table: AccountTable, flag: Values): boolean {
  if (config.active === null || table.active === null) return true
  if (config.active.whenActive === null) return flag.length === 0
  return !sameValues(flag, flagValues(table.active, config.active.whenInactive))
}

/** The configured value of the active flag, as its column writes it. */
export function flagValues(column: Column, value: Scalar | null): Values {
  return value === null ? [] : [canonical(column, value)]
}
