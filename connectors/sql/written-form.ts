/**
 * The one written form that values of each kind of column have, so that what is read back can be compared with what was wanted. A value is checked before
 * it is sent, because MySQL compares `'abc'` with a number as 0 and PostgreSQL's messages would quote it.
 */
import type { Scalar } from '#core/values.ts'
import { refused, type Column } from './column.ts'

/** Values that only a database writes; a before-image must be able to bring them back. */
const special = /^(-?infinity|NaN|0000-00-00( 00:00:00(\.0+)?)?|\d+-.* BC)$/i

/** A value as the column will give it back after it was written: `'007'` for a number column is `7`. Throws `invalid`. */
export function canonical(column: Column, value: Scalar): Scalar {
  switch (column.kind) {
    case 'integer':
      return Number(integerText(column, value))
    case 'bigint':
      return integerText(column, value)
    case 'decimal':
      return decimalText(column, value)
    case 'float':
      return floatNumber(column, value)
    case 'boolean':
      return booleanOf(column, value)
    case 'date':
      return dateText(column, value)
    case 'timestamp':
    case 'timestamptz':
      return instantText(column, value)
    case 'uuid':
      return uuidText(column, value)
    case 'json':
      return jsonText(column, value)
    case 'binary':
      return bytesOf(column, value).toString('base64')
    case 'text':
    case 'other':
      return plainText(column, value)
  }
}

function plainText(column: Column, value: Scalar): string {
  const text = String(value)
  if (text.includes('\0')) throw refused(column, 'cannot hold a NUL character')
  if (!text.isWellFormed()) throw refused(column, 'cannot hold half of a surrogate pair')
  if (column.maxLength !== null && Array.from(text).length > column.maxLength) {
    throw refused(column, `holds at most ${column.maxLength} characters`)
  }
  if (column.allowedValues !== null && !column.allowedValues.includes(text))
    throw refused(column, 'only holds one of its listed values')
  return text
}

function integerText(column: Column, value: Scalar): string {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : !/^[+-]?\d{1,40}$/.test(String(value).trim())) {
    throw refused(column, 'needs a whole number')
  }
  return BigInt(String(value).trim().replace(/^\+/, '')).toString()
}

function decimalText(column: Column, value: Scalar): string {
  const text = String(value).trim()
  if (special.test(text)) return text
  if (!/^[+-]?(\d{1,1000}(\.\d{0,1000})?|\.\d{1,1000})$/.test(text)) throw refused(column, 'needs a decimal number')
  return trimmedDecimal(text)
}

/** `+01.50` and `1.5` are the same number and must be the same text. */
export function trimmedDecimal(text: string): string {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text)
  if (match === null) return text
  const [, sign = '', whole = '', fraction = ''] = match
  const number = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`
  return sign === '-' && number !== '0' ? `-${number}` : number
}

function floatNumber(column: Column, value: Scalar): Scalar {
  if (special.test(String(value))) return value
  const number = typeof value === 'boolean' || String(value).trim() === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number)) throw refused(column, 'needs a number')
  return number
}

function booleanOf(column: Column, value: Scalar): boolean | number {
  if (['true', '1', 't'].includes(String(value))) return true
  if (['false', '0', 'f'].includes(String(value))) return false
  if (column.castType !== 'boolean' && typeof value === 'number' && Number.isInteger(value)) return value
  throw refused(column, 'needs true or false')
}

function uuidText(column: Column, value: Scalar): string {
  const text = String(value).toLowerCase()
  if (!/^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/.test(text)) throw refused(column, 'needs a UUID')
  return text
}

function bytesOf(column: Column, value: Scalar): Buffer {
  const text = String(value)
  if (!/^[\w+/-]*={0,2}$/.test(text)) throw refused(column, 'needs bytes in base64')
  return Buffer.from(text, 'base64')
}

function jsonText(column: Column, value: Scalar): string {
  const text = plainText(column, value)
  try {
    return canonicalJson(text)
  } catch {
    throw refused(column, 'needs a JSON text')
  }
}

/** One text for one document, whatever its spaces and the order of its keys; numbers keep every digit. */
export function canonicalJson(text: string): string {
  const parsed: unknown = JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value === 'number') return rawJson(context?.source ?? String(value))
    if (value === null || typeof value !== 'object' || Array.isArray(value) || isRawJson(value)) return value
    return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
  })
  return JSON.stringify(parsed)
}

// ECMAScript's JSON.parse source text access, which the library types do not know yet.
const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as {
  readonly rawJSON: (text: string) => unknown
  readonly isRawJSON: (value: unknown) => boolean
}

function dateText(column: Column, value: Scalar): string {
  if (special.test(String(value))) return String(value)
  const match = /^(\d{4}-\d\d-\d\d)(?:T00:00(?::00(?:\.0+)?)?Z?)?$/.exec(String(value))
  if (match?.[1] === undefined || !isDay(match[1])) throw refused(column, 'needs a date such as 2026-01-31')
  return match[1]
}

/** `Date` turns the 31st of February into the 3rd of March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** A time in UTC as `2026-01-31T08:00:00.000Z`, with six decimals only where milliseconds do not say it all. */
function instantText(column: Column, value: Scalar): string {
  if (special.test(String(value))) return String(value)
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(
    String(value),
  )
  const [, day = '', minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match ?? []
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
  const time = Date.parse(`${day}T${minutes}:${seconds}${offset}`)
  if (match === null || Number.isNaN(time) || !isDay(day)) throw refused(column, 'needs a time such as 2026-01-31T08:00:00Z')
  const micros = fraction.padEnd(6, '0').slice(0, 6)
  return `${new Date(time).toISOString().slice(0, 19)}.${micros.endsWith('000') ? micros.slice(0, 3) : micros}Z`
}

/** Special values (`infinity`, `0000-00-00 00:00:00`, years BC) pass as they are. */
export function readInstant(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|[+-]00(?::?00)?)?$/.exec(text)
  if (match === null || match[1]?.startsWith('0000') === true) return text
  const micros = (match[3] ?? '').padEnd(6, '0')
  return `${match[1]}T${match[2]}.${micros.endsWith('000') ? micros.slice(0, 3) : micros}Z`
}
