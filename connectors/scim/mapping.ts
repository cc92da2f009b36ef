/** Users of SCIM and accounts of ours: reading named values out of a resource, and writing them into one, without touching the rest of it. */
import type { Account } from '#core/account.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import * as v from 'valibot'
import { coreUrn } from './core-schema.ts'
import type { Place, UserSchema } from './schema.ts'

export const Resource = v.looseObject({
  id: v.string(),
  meta: v.optional(v.looseObject({ version: v.optional(v.string()) })),
})
export type Resource = v.InferOutput<typeof Resource>
type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)
const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]

export function createSpelling(schema: UserSchema): Spelling {
  return {
    attribute: (name) => schema.find(name)?.name ?? name,
    value: (name, value) => typed(schema.find(name), value),
    key(name, value) {
      const place = schema.find(name)
      const text = String(typed(place, value))
      return place?.definition.caseExact === true ? text : text.toLowerCase()
    },
    group: (group) => group,
    groupKey: (group) => group.toLowerCase(),
  }
}

function typed(place: Place | null, value: Scalar): Scalar {
  const type = place?.definition.type
  if (type === 'boolean' && typeof value === 'string')
    return value.toLowerCase() === 'true' ? true : value.toLowerCase() === 'false' ? false : value
  if ((type === 'integer' || type === 'decimal') && typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)))
    return Number(value)
  return type === 'boolean' || type === 'integer' || type === 'decimal' ? value : String(value)
}

/** Some servers say it in words. */
export const isActive = ({ active }: Json) => active !== false && String(active).toLowerCase() !== 'false'

export function toAccount(schema: UserSchema, resource: Resource, memberships: readonly string[]): Account {
  const version = resource.meta?.version
  const userName = resource['userName']
  return {
    nativeId: resource.id,
    label: typeof userName === 'string' ? userName : resource.id,
    enabled: isActive(resource),
    attributes: attributesOf(schema, resource),
    memberships: memberships.toSorted(),
    ...(version === undefined ? {} : { version }),
  }
}

function attributesOf(schema: UserSchema, resource: Json): Attributes {
  const found: Record<string, Scalar[]> = {}
  const add = (name: string, value: unknown) => {
    const place = schema.find(name)
    if (place === null || !isScalar(value) || value === '') return
    if (place.definition.mutability === 'readOnly' || place.definition.returned === 'never') return
    const values = (found[place.name] ??= [])
    values.push(typed(place, value))
  }
  for (const { id, attributes } of schema.schemas) {
    const holder = id === coreUrn ? resource : resource[id]
    if (!isObject(holder)) continue
    const prefix = id === coreUrn ? '' : `${id}:`
    for (const { name, mutability, multiValued } of attributes)
      if (mutability !== 'readOnly') for (const value of listOf(holder[name])) addValue(add, prefix + name, multiValued, value)
  }
  return found
}

/** A part that says no more than that it is not the primary value says nothing. */
function addValue(add: (name: string, value: unknown) => void, name: string, multiValued: boolean, value: unknown): void {
  if (!isObject(value)) return add(name, value)
  if (!multiValued) {
    for (const [part, text] of Object.entries(value)) add(`${name}.${part}`, text)
    return
  }
  const { type, value: own, display: _display, $ref: _ref, ...parts } = value
  const base = typeof type === 'string' && type !== '' ? `${name}.${type}` : name
  add(base, own)
  for (const [part, text] of Object.entries(parts)) if (text !== false) add(`${base}.${part}`, text)
}

/** What stands at the place in a resource. */
export function valuesAt(resource: Json, place: Place): Values {
  const holder = place.extension === null ? resource : resource[place.extension]
  const values = isObject(holder) ? listOf(holder[place.attribute]) : []
  return values
    .filter((value) => ofType(value, place))
    .map((value) => partOf(value, place))
    .filter(isScalar)
}

function ofType(value: unknown, { multiValued, type }: Place): boolean {
  if (!multiValued || !isObject(value)) return true
  return type === null ? value['type'] === undefined || value['type'] === '' : value['type'] === type
}

const partOf = (value: unknown, { sub }: Place) => (sub === null ? value : isObject(value) ? value[sub] : undefined)

/** The resource with these values at the place, and everything else as it was. */
export function withValues(resource: Json, place: Place, values: Values): Json {
  if (place.extension === null) return withAttribute(resource, place, values)
  const holder = resource[place.extension]
  return { ...resource, [place.extension]: withAttribute(isObject(holder) ? holder : {}, place, values) }
}

function withAttribute(holder: Json, place: Place, values: Values): Json {
  const { attribute, multiValued, sub } = place
  const { [attribute]: present, ...rest } = holder
  if (multiValued) {
    const list = sub === null ? values : withElements(listOf(present), place, values)
    return list.length === 0 ? rest : { ...rest, [attribute]: list }
  }
  if (sub === null) return values.length === 0 ? rest : { ...rest, [attribute]: values[0] }
  const { [sub]: _replaced, ...others } = isObject(present) ? present : {}
  const value = values.length === 0 ? others : { ...others, [sub]: values[0] }
  return Object.keys(value).length === 0 ? rest : { ...rest, [attribute]: value }
}

/** Elements of the place's type take the values in their order; what an element says besides stays with it. */
function withElements(elements: readonly unknown[], place: Place, values: Values): readonly unknown[] {
  const { sub, type } = place
  const others = elements.filter((element) => !ofType(element, place))
  const own = elements.filter((element) => ofType(element, place))
  if (sub === null) return [...others, ...values]
  if (sub !== 'value') return [...others, ...withParts(own, place, values)]
  const kept = values.map((value) => own.find((element) => isObject(element) && String(element['value']) === String(value)))
  return [...others, ...values.map((value, index) => kept[index] ?? { value, ...(type === null ? {} : { type }) })]
}

function withParts(own: readonly unknown[], { sub, type }: Place, values: Values): readonly unknown[] {
  const length = Math.max(own.length, values.length)
  return Array.from({ length }, (_none, index) => {
    const element = own[index]
    const { [sub ?? '']: _replaced, ...rest } = isObject(element) ? element : type === null ? {} : { type }
    const value = values[index]
    return value === undefined ? rest : { ...rest, [sub ?? '']: value }
  }).filter((element) => Object.keys(element).some((name) => name !== 'type'))
}
