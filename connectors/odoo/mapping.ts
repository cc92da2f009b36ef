/**
 * Values of Odoo and values of ours. Odoo says `false` for what is empty, ids for what is elsewhere, and dates in UTC without saying so; lists of
 * records are changed by commands, one record at a time.
 */
import { GatewayError } from '#core/errors.ts'
import type { Scalar, Values } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { userType, type Field, type Fields } from './fields.ts'
import { phrases } from './phrases.ts'

/** Puts a record into a list, or takes it out of it; what others put there stays. */
export type Command = readonly [4 | 3, number]
export const link = (id: number): Command => [4, id]
export const unlink = (id: number): Command => [3, id]

export function toValues({ type }: Field, raw: unknown): Values {
  if (type === 'boolean') return [raw === true]
  if (type === 'many2many') return Array.isArray(raw) ? raw.map(Number).toSorted((left, right) => left - right) : []
  if (typeof raw === 'number') return [raw]
  return typeof raw === 'string' && raw !== '' ? [raw] : []
}

/** @param before what stands there, of which a list keeps what `after` has too */
export function toWritten(name: string, { type }: Field, before: Values, after: Values): unknown {
  if (type === 'many2many') {
    const [old, wanted] = [before, after].map((values) => values.map((value) => idIn(name, value)))
    const added = (wanted ?? []).filter((id) => old?.includes(id) !== true).map(link)
    return [...added, ...(old ?? []).filter((id) => wanted?.includes(id) !== true).map(unlink)]
  }
  if (after.length > 1)
    throw new GatewayError('invalid', `${name} takes one value, and is to get several`, { sent: 'no', at: name })
  const value = after[0]
  if (value === undefined || value === '') return false
  if (type === 'many2one') return idIn(name, value)
  if ((type === 'integer' || type === 'float' || type === 'monetary') && typeof value !== 'number')
    throw new GatewayError('invalid', `${name} is a number`, { sent: 'no', at: name })
  return value
}

function idIn(name: string, value: Scalar): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new GatewayError('invalid', `${name} takes the ids of records of Odoo`, {
    ...{ sent: 'no', at: name, hint: phrases.lookupTable },
  })
}

export function spellingOf({ attributes }: Fields): Spelling {
  const spelled = (name: string, value: Scalar): Scalar => {
    const type = name === userType ? 'selection' : attributes[name]?.type
    return type === undefined ? value : spelledAs(type, value)
  }
  return {
    attribute: (name) => name,
    value: spelled,
    key: (name, value) => String(spelled(name, value)),
    group: (group) => group,
    groupKey: (group) => group,
  }
}

function spelledAs(type: Field['type'], value: Scalar): Scalar {
  switch (type) {
    case 'boolean':
      return value === true || value === 'true'
    case 'integer':
    case 'float':
    case 'monetary':
    case 'many2one':
    case 'many2many':
      return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
    case 'date':
      return String(value).slice(0, 10)
    case 'datetime':
      return inUtc(String(value))
    case 'char':
    case 'text':
    case 'html':
    case 'selection':
      return String(value)
  }
}

/** 2026-03-01T10:00:00+01:00 is 2026-03-01 09:00:00 to Odoo. */
function inUtc(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(Date.parse(text))) return text
  return new Date(text).toISOString().slice(0, 19).replace('T', ' ')
}
