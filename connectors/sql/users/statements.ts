/**
 * What the statements that change users have in common, and what rules may not write. They take no parameters: names and values are escaped for the
 * sql_mode that every connection of ours sets for itself, in which a backslash escapes and double quotes are no names.
 */
import mysql from 'mysql2/promise'
import type { Attributes, Values } from '#core/values.ts'
import type { ConnectorCode } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { kitPhrases } from '#connectors/kit/phrases.ts'
import type { Column } from '../column.ts'
import { toParameter } from '../mapping.ts'
import { refused } from '../accounts/refusal.ts'
import { phrases } from '../phrases.ts'
import { noneIsZero } from './image.ts'
import type { Name } from './name.ts'
import type { UserAccess } from './server.ts'

/** The number that an attribute holds, as a word of a statement. */
export function numberOf(attributes: Attributes, attribute: string, standard: string): string {
  return String(attributes[attribute]?.[0] ?? standard)
}

/** The attributes that REQUIRE says at once. */
export const requirements = ['tls', 'tlsSubject', 'tlsIssuer', 'tlsCipher'] as const

/** REQUIRE …: what a connection must be like. */
export function requirementOf(attributes: Attributes): string {
  const part = (word: string, attribute: string) => {
    const value = attributes[attribute]?.[0]
    return value === undefined ? [] : [`${word} ${mysql.escape(String(value))}`]
  }
  const parts = [...part('SUBJECT', 'tlsSubject'), ...part('ISSUER', 'tlsIssuer'), ...part('CIPHER', 'tlsCipher')]
  if (parts.length > 0) return `REQUIRE ${parts.join(' AND ')}`
  const tls = attributes['tls']?.[0]
  return `REQUIRE ${tls === undefined ? 'NONE' : tls === 'x509' ? 'X509' : 'SSL'}`
}

/** Throws before anything is sent: `config` and `invalid` for attributes that rules may not write so. */
export function checkAttributes(access: UserAccess, written: Attributes, whole: Attributes): void {
  const { target, server } = access
  const problem = (code: ConnectorCode, attribute: string, message: string, hint?: Phrase) =>
    refused(code, target, message, hint, attribute)
  for (const [attribute, values] of Object.entries(written)) {
    const column = server.columns.find(({ name }) => name === attribute)
    if (column === undefined)
      throw problem('config', attribute, `${attribute} is nothing that rules may write of a user`, phrases.schema)
    if (column.maintained) throw problem('invalid', attribute, `${attribute} of a user is only read`, phrases.rolesGive)
    toParameter(column, values)
    checkValue(access, column, values)
  }
  const specified = ['tlsSubject', 'tlsIssuer', 'tlsCipher'].some((name) => (whole[name] ?? []).length > 0)
  if (specified && (whole['tls'] ?? []).length > 0)
    throw problem('invalid', 'tls', 'tls and a subject, issuer or cipher exclude each other', phrases.tlsEmpty)
}

function checkValue(access: UserAccess, column: Column, values: Values): void {
  const [value] = values
  if (value === undefined) return
  const { target, server } = access
  const { name, kind, allowedValues, maxLength } = column
  const problem = (message: string) => refused('invalid', target, `${name} ${message}`, undefined, name)
  if (kind === 'integer' || kind === 'decimal') {
    const [least, most] = server.range(name)
    if (Number(value) < least || Number(value) > most) throw problem(`is a number from ${least} to ${most}`)
    if (Number(value) === 0 && noneIsZero.has(name)) throw problem('is left empty where there is no limit; 0 is none')
  }
  const text = String(value)
  if (allowedValues !== null && !allowedValues.includes(text)) throw problem(`is one of ${allowedValues.join(', ')}, or empty`)
  if (kind === 'text') checkText(access, name, text, maxLength ?? 1_000)
}

/** A text that the server keeps as it is. */
function checkText({ target, server }: UserAccess, name: string, text: string, maxLength: number): void {
  if (server.isKept(name, text) && text !== '' && text.length <= maxLength) return
  throw refused(
    'invalid',
    target,
    `${name} must not be empty, nor longer than ${maxLength} characters, nor hold characters that ${server.title} does not keep (such as emoji)`,
    kitPhrases.cleanValue,
    name,
  )
}

/** A name and a host that the server keeps as they are. */
export function checkName(access: UserAccess, { user, host }: Name): void {
  const { target, server } = access
  checkText(access, 'name', user, server.nameLength)
  if (server.trimmed(user) !== user)
    throw refused('invalid', target, `the name of a user has a space at an end, which ${server.title} drops`, undefined, 'name')
  if (/[\s@]/.test(host)) throw refused('invalid', target, 'a host holds neither spaces nor @', undefined, 'host')
}
