/**
 * The statements that change users. They take no parameters: names and values are escaped for the sql_mode that every connection
 * of ours sets for itself, in which a backslash escapes and double quotes are no names.
 */
import mysql from 'mysql2/promise'
import type { Attributes, Values } from '#core/values.ts'
import type { ConnectorCode } from '#core/errors.ts'
import { toParameter, type Column } from '../mapping.ts'
import { refused } from '../accounts/refusal.ts'
import { identifiedVia } from './authentication.ts'
import { accountText, type Name } from './name.ts'
import { columns, isKept, nameLength, type UserAccess } from './user.ts'

/** What a user is, apart from its name, roles and rights. */
export interface Definition {
  readonly attributes: Attributes
  readonly enabled: boolean
  /** The ways in; undefined leaves them as they are. */
  readonly secret: string | null | undefined
}

/** CREATE or ALTER USER, which says everything of a user at once, so that it is one change. */
export function define(verb: 'CREATE' | 'ALTER', name: Name, { attributes, enabled, secret }: Definition): string {
  const number = (attribute: string, standard: string) => String(attributes[attribute]?.[0] ?? standard)
  const lifetime = attributes['passwordLifetimeDays']?.[0]
  const expires = lifetime === undefined ? 'DEFAULT' : Number(lifetime) === 0 ? 'NEVER' : `INTERVAL ${Number(lifetime)} DAY`
  return [
    `${verb} USER ${accountText(name)}`,
    ...(secret === undefined ? [] : [identifiedVia(secret)]),
    `REQUIRE ${requirement(attributes)}`,
    `WITH MAX_QUERIES_PER_HOUR ${number('maxQueriesPerHour', '0')} MAX_UPDATES_PER_HOUR ${number('maxUpdatesPerHour', '0')}`,
    `MAX_CONNECTIONS_PER_HOUR ${number('maxConnectionsPerHour', '0')} MAX_USER_CONNECTIONS ${number('maxUserConnections', '0')}`,
    `MAX_STATEMENT_TIME ${number('maxStatementTime', '0')}`,
    enabled ? 'ACCOUNT UNLOCK' : 'ACCOUNT LOCK',
    `PASSWORD EXPIRE ${expires}`,
  ].join(' ')
}

function requirement(attributes: Attributes): string {
  const part = (word: string, attribute: string) => {
    const value = attributes[attribute]?.[0]
    return value === undefined ? [] : [`${word} ${mysql.escape(String(value))}`]
  }
  const parts = [...part('SUBJECT', 'tlsSubject'), ...part('ISSUER', 'tlsIssuer'), ...part('CIPHER', 'tlsCipher')]
  if (parts.length > 0) return parts.join(' AND ')
  const tls = attributes['tls']?.[0]
  return tls === undefined ? 'NONE' : tls === 'x509' ? 'X509' : 'SSL'
}

/** Throws before anything is sent: `config` and `invalid` for attributes that rules may not write so. */
export function checkAttributes({ target }: UserAccess, written: Attributes, whole: Attributes): void {
  const problem = (code: ConnectorCode, attribute: string, message: string, hint?: string) =>
    refused(code, target, message, hint, attribute)
  for (const [attribute, values] of Object.entries(written)) {
    const column = columns.find(({ name }) => name === attribute)
    if (column === undefined)
      throw problem(
        'config',
        attribute,
        `${attribute} is nothing that rules may write of a user`,
        'Look at the schema of the target.',
      )
    if (column.maintained)
      throw problem('invalid', attribute, `${attribute} of a user is only read`, 'Leave it out; rights are given by roles.')
    toParameter(column, values)
    checkValue(target, column, values)
  }
  const specified = ['tlsSubject', 'tlsIssuer', 'tlsCipher'].some((name) => (whole[name] ?? []).length > 0)
  if (specified && (whole['tls'] ?? []).length > 0)
    throw problem('invalid', 'tls', 'tls and a subject, issuer or cipher exclude each other', 'Leave tls empty.')
}

function checkValue(target: string, column: Column, values: Values): void {
  const [value] = values
  if (value === undefined) return
  const { name, kind, allowedValues, maxLength } = column
  if ((kind === 'integer' || kind === 'decimal') && (Number(value) < 0 || Number(value) > 0x7fff_ffff))
    throw refused('invalid', target, `${name} is a number from 0 on`, undefined, name)
  const text = String(value)
  if (allowedValues !== null && !allowedValues.includes(text))
    throw refused('invalid', target, `${name} is one of ${allowedValues.join(', ')}, or empty`, undefined, name)
  if (kind === 'text') checkText(target, name, text, maxLength ?? 1_000)
}

/** A text that the server keeps as it is. */
function checkText(target: string, name: string, text: string, maxLength: number): void {
  if (isKept(text) && text !== '' && text.length <= maxLength) return
  throw refused(
    'invalid',
    target,
    `${name} must not be empty, nor longer than ${maxLength} characters, nor hold characters that MariaDB does not keep (such as emoji)`,
    'Clean the value in the rule that computes it.',
    name,
  )
}

/** A name that the server keeps as it is: spaces at its end it would drop. */
export function checkName(target: string, name: string): void {
  checkText(target, 'name', name, nameLength)
  if (name.trimEnd() !== name) throw refused('invalid', target, 'the name of a user does not end in a space', undefined, 'name')
}
