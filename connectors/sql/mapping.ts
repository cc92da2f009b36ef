/** How values of the gateway become values of columns and back, without loss. */
import type { Scalar, Values } from '#core/values.ts'
import { types } from 'pg'
import { refused, type Column } from './column.ts'
import { canonical, canonicalJson, readInstant, trimmedDecimal } from './written-form.ts'

/** `text[]`, whose parser reads arrays of every type as texts; the type list of pg lacks it. */
const textArray: number = 1009
const parseTextArray = types.getTypeParser(textArray, 'text') as (text: string) => unknown

/** What is bound to a placeholder; a list of strings is an array of PostgreSQL. */
export type Parameter = string | number | null | Buffer | readonly string[]

/** What a driver hands over for one column: PostgreSQL gives text, MySQL text, numbers and bytes. */
export type Raw = string | number | null | Buffer

/** The values of a column as read. NULL and the empty array are the empty list; NULL elements of arrays are left out. */
export function toValues(column: Column, raw: Raw): Values {
  if (raw === null) return []
  if (!column.multivalued) return [readScalar(column, raw)]
  const elements =
    column.castType === 'set'
      ? String(raw)
          .split(',')
          .filter((item) => item !== '')
      : arrayElements(String(raw))
  return elements.map((item) => readScalar(column, item))
}

/** The elements of an array that PostgreSQL wrote as text; an array of arrays is read as one list. */
export function arrayElements(text: string): readonly string[] {
  const parsed: unknown = parseTextArray(text)
  return Array.isArray(parsed) ? parsed.flat(6).filter((item) => typeof item === 'string') : []
}

/** The parameter that writes these values. Throws `invalid`, naming the column and never the value. */
export function toParameter(column: Column, values: Values): Parameter {
  if (column.multivalued) {
    if (values.length === 0 && column.nullable) return null
    const elements = values.map((value) => elementText(column, value))
    return column.castType === 'set' ? elements.join(',') : elements
  }
  const [value, ...others] = values
  if (others.length > 0) throw refused(column, 'takes one value only')
  if (value === undefined) {
    if (!column.nullable) throw refused(column, 'needs a value')
    return null
  }
  return scalarParameter(column, value)
}

function scalarParameter(column: Column, value: Scalar): Parameter {
  const known = canonical(column, value)
  switch (column.kind) {
    case 'binary':
      return Buffer.from(String(known), 'base64')
    case 'boolean':
      return column.castType === 'boolean' ? String(known) : Number(known)
    case 'timestamp':
      return String(known).replace('T', ' ').replace('Z', '')
    case 'timestamptz':
      return column.castType.startsWith('timestamp with') ? String(known) : String(known).replace('T', ' ').replace('Z', '')
    default:
      return String(known)
  }
}

function elementText(column: Column, value: Scalar): string {
  const parameter = scalarParameter(column, value)
  return Buffer.isBuffer(parameter) ? `\\x${parameter.toString('hex')}` : String(parameter)
}

function readScalar(column: Column, raw: string | number | Buffer): Scalar {
  if (Buffer.isBuffer(raw)) {
    if (column.kind === 'boolean') return raw.some((byte) => byte !== 0)
    return column.kind === 'binary' ? raw.toString('base64') : raw.toString('utf8')
  }
  const text = String(raw)
  switch (column.kind) {
    case 'integer':
    case 'float':
      return Number.isFinite(Number(text)) ? Number(text) : text
    case 'decimal':
      return trimmedDecimal(text)
    case 'boolean':
      // A tinyint(1) may hold other numbers; those must survive a before-image.
      return text === 't' || text === 'true' || text === '1'
        ? true
        : text === 'f' || text === 'false' || text === '0'
          ? false
          : Number(text)
    case 'timestamp':
    case 'timestamptz':
      return readInstant(text)
    case 'json':
      return canonicalJson(text)
    case 'binary':
      return Buffer.from(text.replace(/^\\x/, ''), 'hex').toString('base64')
    case 'text':
      // CHAR(n) of PostgreSQL comes back padded, and the padding means nothing.
      return column.castType === 'bpchar' ? text.trimEnd() : text
    default:
      return text
  }
}
