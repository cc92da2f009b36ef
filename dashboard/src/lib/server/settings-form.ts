/**
 * Between a form and the settings of a connector. A field's name is the path of its setting, `tls/mode`; what is as usual is left out, so that the
 * configuration says what is particular, and so is what counts only for another choice. A secret is the name of the variable that holds it: no secret passes through here.
 */
import type { FormField } from '#lib/api.ts'
import { counts } from '#lib/settings.ts'
import { formText } from './form-text.ts'

export interface ReadSettings {
  readonly config: Readonly<Record<string, unknown>>
  /** Paths of fields that hold no JSON although they should. */
  readonly unreadable: readonly string[]
}

export function readSettings(fields: readonly FormField[], form: FormData): ReadSettings {
  const unreadable: string[] = []
  return { config: readFields(fields, form, '', unreadable) ?? {}, unreadable }
}

function readFields(
  fields: readonly FormField[],
  form: FormData,
  prefix: string,
  unreadable: string[],
): Record<string, unknown> | undefined {
  const entries = fields.flatMap((field) => {
    if (!counts(field, fields, (name) => formText(form, prefix + name) || undefined)) return []
    const value = readField(field, form, prefix + field.name, unreadable)
    return value === undefined || isUsual(field, value) ? [] : [[field.name, value] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const isUsual = ({ required, default: usual }: FormField, value: unknown) =>
  !required && usual !== null && JSON.stringify(value) === JSON.stringify(usual)

function readField(field: FormField, form: FormData, path: string, unreadable: string[]): unknown {
  const text = formText(form, path).replaceAll('\r\n', '\n').trim()
  if (field.secret) return text === '' ? undefined : `\${${text.replaceAll(/[^A-Za-z0-9_]/g, '_')}}`
  switch (field.type) {
    case 'boolean':
      return text === 'true'
    case 'group':
      return readFields(field.fields ?? [], form, `${path}/`, unreadable)
    case 'variants':
      return readVariant(field, form, path, unreadable)
    case 'list':
      return readList(field, text, path, unreadable)
    case 'whole':
    case 'number':
      return text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text)
    case 'map':
    case 'any':
      return readJson(text, path, unreadable)
    case 'text':
    case 'choice':
      return text === '' ? undefined : text
  }
}

function readVariant({ variants }: FormField, form: FormData, path: string, unreadable: string[]): unknown {
  const chosen = variants?.[Number(formText(form, path))]
  return chosen === undefined ? undefined : readFields(chosen.fields, form, `${path}/`, unreadable)
}

function readList({ item }: FormField, text: string, path: string, unreadable: string[]): unknown {
  if (item?.type !== 'text' && item?.type !== 'choice') return readJson(text, path, unreadable)
  const lines = text.split('\n').map((line) => line.trim())
  return text === '' ? undefined : lines.filter((line) => line !== '')
}

function readJson(text: string, path: string, unreadable: string[]): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    unreadable.push(`/${path}`)
    return undefined
  }
}
