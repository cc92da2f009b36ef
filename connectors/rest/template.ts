/**
 * Templates of calls. A template is data: what `{{…}}` stands for is encoded for the place it stands in (a segment of a path, a parameter, a
 * header, a value of JSON), and no value is ever read as a template or as syntax.
 */
import { GatewayError } from '#core/errors.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import { segment } from '#connectors/kit/http.ts'
import { phrases } from './phrases.ts'

/** What templates may speak of. */
export interface Context {
  readonly id?: string
  readonly attributes?: Attributes
  readonly correlate?: Attributes
  readonly enabled?: boolean
  readonly secret?: string
  readonly group?: string
  readonly groups?: readonly string[]
  readonly page?: number
  readonly offset?: number
  readonly pageSize?: number
  readonly cursor?: string
  /** Of an update that says only what changes: the attributes it changes. */
  readonly changed?: ReadonlySet<string>
}

export type JsonTemplate = string | number | boolean | null | readonly JsonTemplate[] | { readonly [name: string]: JsonTemplate }

/** `{{id}}`, `{{attributes.mail}}`, and `{{attributes.mail[]}}` for all values as a list. */
const slots = /\{\{\s*(\w+)(?:\.([^{}[\]]+?))?(\[\])?\s*\}\}/g
const oneSlot = new RegExp(`^${slots.source}$`)
const words = ['id', 'attributes', 'correlate', 'enabled', 'secret', 'group', 'groups', 'page', 'offset', 'pageSize', 'cursor']
const named = new Set(['attributes', 'correlate'])

interface Slot {
  readonly word: string
  readonly name: string | undefined
  readonly all: boolean
}

const toSlot = ([, word = '', name, brackets]: readonly (string | undefined)[]): Slot => ({
  word,
  name,
  all: brackets !== undefined,
})

/** Null when every `{{…}}` of the text speaks of something there is; else what is wrong. */
export function templateProblem(text: string): string | null {
  const unknown = [...text.matchAll(slots)]
    .map(toSlot)
    .find(({ word, name }) => !words.includes(word) || named.has(word) !== (name !== undefined))
  if (unknown !== undefined) return `{{${unknown.word}}} is nothing that templates know`
  return /\{\{|\}\}/.test(text.replaceAll(slots, '')) ? 'a {{…}} is not closed, or holds something else than a name' : null
}

/** Whether a template speaks of a word at all. */
export function mentions(template: JsonTemplate | undefined, word: string): boolean {
  return template !== undefined && [...JSON.stringify(template).matchAll(slots)].some((match) => match[1] === word)
}

function valuesOf({ word, name }: Slot, context: Context): Values {
  switch (word) {
    case 'attributes':
    case 'correlate':
      return context[word]?.[name ?? ''] ?? []
    case 'groups':
      return context.groups ?? []
    default: {
      const value = context[word as 'id' | 'enabled' | 'secret' | 'group' | 'page' | 'offset' | 'pageSize' | 'cursor']
      return value === undefined ? [] : [value]
    }
  }
}

function required(slot: Slot, context: Context): Scalar {
  const [value] = valuesOf(slot, context)
  if (value !== undefined && value !== '') return value
  const name = slot.name === undefined ? slot.word : `${slot.word}.${slot.name}`
  throw new GatewayError('invalid', `a call of the target needs ${name}, which has no value`, {
    sent: 'no',
    at: name,
    hint: phrases.giveValue,
  })
}

/** Each value is one segment, encoded. Throws `invalid` when one is missing, or would leave its place. */
export function renderPath(template: string, context: Context): string {
  return template.replaceAll(slots, (...match) => segment(String(required(toSlot(match), context))))
}

/** For parameters and headers, which are encoded, or refused, where they are sent. A missing value would ask for something else: `invalid`. */
export function renderText(template: string, context: Context): string {
  return template.replaceAll(slots, (...match) => String(required(toSlot(match), context)))
}

/**
 * A value of JSON. A text that is one slot becomes its value with its type; what has no value is left out. With `changed`, what speaks of an
 * attribute that stays is left out as well, and one that is cleared becomes null.
 */
export function renderJson(template: JsonTemplate, context: Context): unknown {
  if (typeof template === 'string') return renderWord(template, context)
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template))
    return template.map((item: JsonTemplate) => renderJson(item, context)).filter((item) => item !== undefined)
  const entries = Object.entries(template).map(([name, item]) => [name, renderJson(item, context)] as const)
  const present = entries.filter(([, item]) => item !== undefined)
  return present.length === 0 && entries.length > 0 ? undefined : Object.fromEntries(present)
}

function renderWord(text: string, context: Context): unknown {
  const one = oneSlot.exec(text)
  if (one === null) return renderMixed(text, context)
  const slot = toSlot(one)
  if (staysOut(slot, context)) return undefined
  const values = valuesOf(slot, context)
  if (slot.all) return values
  return values.length > 0 ? values[0] : context.changed !== undefined && slot.word === 'attributes' ? null : undefined
}

function staysOut({ word, name = '' }: Slot, { changed }: Context): boolean {
  return changed !== undefined && word === 'attributes' && !changed.has(name)
}

/** A text with slots among words: what has no value stands for nothing. */
function renderMixed(text: string, context: Context): string | undefined {
  const found = [...text.matchAll(slots)].map(toSlot)
  if (found.length > 0 && found.every((slot) => staysOut(slot, context))) return undefined
  return text.replaceAll(slots, (...match) => String(valuesOf(toSlot(match), context)[0] ?? ''))
}
