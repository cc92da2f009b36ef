/**
 * Which columns a change writes, and with what: the table's answer to a draft, an image or a list of writes. Refuses what the
 * table cannot hold before anything is sent. Only the password costs time: it is hashed.
 */
import type { Account, AttributeWrite, Writes } from '#core/account.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { GatewayError } from '#core/errors.ts'
import type { Values } from '#core/values.ts'
import type { Column } from '../column.ts'
import { toParameter } from '../mapping.ts'
import { canonical } from '../written-form.ts'
import { phrases } from '../phrases.ts'
import { hashPassword } from './password.ts'
import type { Assignment } from './statements.ts'
import { flagValues, type TableAccess } from './table.ts'

export async function draftAssignments(access: TableAccess, draft: Draft): Promise<readonly Assignment[]> {
  const { config, table } = access
  const given = Object.entries(draft.attributes).flatMap(([name, values]): Assignment[] => {
    const column = writableColumn(access, name)
    // The default of a column that cannot be NULL is the only empty value it has.
    return values.length === 0 && !column.nullable ? [] : [{ column, parameter: toParameter(column, values) }]
  })
  return [
    ...given.filter(({ column }) => column.name !== table.key.name),
    ...keyAssignment(access, draft),
    ...(table.active === null || config.active === null ? unableToDisable(access, draft.enabled) : [flag(access, draft.enabled)]),
    ...(table.version === null || table.version.nullable || table.version.hasDefault || table.version.maintained
      ? []
      : [{ column: table.version, parameter: 0 }]),
    ...(await secretAssignments(access, draft.secrets)),
  ]
}

function keyAssignment({ config, table, target }: TableAccess, draft: Draft): Assignment[] {
  if (config.keyFrom === null) return []
  const values = draft.attributes[config.keyFrom] ?? []
  if (values.length !== 1) {
    throw new GatewayError('invalid', `${target}: the key of a new account comes from ${config.keyFrom}, which has no value`, {
      sent: 'no',
      at: config.keyFrom,
    })
  }
  return [{ column: table.key, parameter: toParameter(table.key, values) }]
}

/** The row of a removed account, NULLs included: a column default must not appear where there was nothing. */
export function imageAssignments({ config, table }: TableAccess, account: Account): readonly Assignment[] {
  const columns = table.columns.flatMap((column): Assignment[] => {
    const values = column.name === table.key.name ? [account.nativeId] : (account.attributes[column.name] ?? [])
    // Only a column that is newer than the image can be empty and NOT NULL.
    const newer = values.length === 0 && !column.nullable && !column.multivalued
    return newer ? [] : [{ column, parameter: toParameter(column, values) }]
  })
  const hash = table.password === null ? undefined : account.secrets?.[table.password.name]
  const third = table.active === null ? undefined : account.secrets?.[table.active.name]
  const active = third === undefined ? (account.enabled ? config.active?.whenActive : config.active?.whenInactive) : third
  return [
    ...columns,
    ...(table.active === null
      ? []
      : [{ column: table.active, parameter: toParameter(table.active, flagValues(table.active, active ?? null)) }]),
    ...(table.password === null || hash === undefined ? [] : [{ column: table.password, parameter: hash }]),
    ...(table.version === null || account.version === undefined || table.version.maintained
      ? []
      : [{ column: table.version, parameter: toParameter(table.version, account.version === '' ? [] : [account.version]) }]),
  ]
}

/** What is written to a column that is locked: exactly ours, or for `merge` only the values that we add and take away. */
export function attributeAssignment(
  access: TableAccess,
  now: Account,
  { attribute, before, after, multivalued }: AttributeWrite,
): Assignment {
  const column = writableColumn(access, attribute)
  if (attribute === access.table.key.name) throw readOnly(access, attribute)
  const held = now.attributes[attribute] ?? []
  if (multivalued === 'merge') return { column, parameter: toParameter(column, merged(column, held, before, after)) }
  return { column, parameter: toParameter(column, after) }
}

function merged(column: Column, held: Values, before: Values, after: Values): Values {
  const texts = (values: Values) => new Set(values.map((value) => String(canonical(column, value))))
  const [had, have, now] = [texts(before), texts(after), texts(held)]
  const kept = held.filter((value) => have.has(String(value)) || !had.has(String(value)))
  return [
    ...kept,
    ...after.filter((value) => !had.has(String(canonical(column, value))) && !now.has(String(canonical(column, value)))),
  ]
}

export function flagAssignment(access: TableAccess, { enabled }: Writes): Assignment[] {
  if (enabled === null) return []
  return access.table.active === null ? unableToDisable(access, false) : [flag(access, enabled.after)]
}

function flag({ config, table }: TableAccess, enabled: boolean): Assignment {
  const column = table.active as Column
  const value = enabled ? config.active?.whenActive : config.active?.whenInactive
  return { column, parameter: toParameter(column, flagValues(column, value ?? null)) }
}

function unableToDisable({ target }: TableAccess, enabled: boolean): never[] {
  if (enabled) return []
  throw new GatewayError('unsupported', `${target}: no active column is configured, so accounts cannot be disabled`, {
    sent: 'no',
    hint: phrases.setActive,
  })
}

export async function secretAssignments(access: TableAccess, secrets: Readonly<Record<string, string>>): Promise<Assignment[]> {
  const { config } = access
  return Promise.all(
    Object.entries(secrets).map(async ([name, clear]) => ({
      column: passwordColumn(access, name),
      parameter: await hashPassword(clear, config.passwords?.hash ?? 'argon2id', config.passwords?.prefix),
    })),
  )
}

export function passwordColumn({ config, table, target }: TableAccess, name: string): Column {
  if (table.password !== null && table.password.name === name) return table.password
  if (table.password === null)
    throw new GatewayError('unsupported', `${target}: no password column is configured, so passwords cannot be set`, {
      sent: 'no',
      at: name,
      hint: phrases.setPasswords,
    })
  throw new GatewayError('config', `${target}: ${name} is not the password column of ${config.table}`, {
    sent: 'no',
    at: name,
    hint: phrases.mapSecret({ column: table.password.name }),
  })
}

function writableColumn(access: TableAccess, name: string): Column {
  const { config, table, target } = access
  if (name === table.key.name && config.keyFrom !== config.key) throw readOnly(access, name)
  const column = table.columns.find((one) => one.name === name)
  if (column !== undefined) return column
  const known = [table.password?.name, table.active?.name, table.version?.name].includes(name)
  throw new GatewayError('config', `${target}: ${name} is not a column of ${config.table} that rules may write`, {
    sent: 'no',
    at: name,
    hint: known ? phrases.ownColumn : phrases.columnName,
  })
}

function readOnly({ target }: TableAccess, name: string): GatewayError {
  return new GatewayError('invalid', `${target}: ${name} is the account's key and cannot be written`, { sent: 'no', at: name })
}
