/**
 * Which attributes a server's users have. Rules name them as RFC 7644 §3.10 does (`name.givenName`, `urn:…:User:department`); where there are
 * several values, the type stands for the filter: `emails.work` is `emails[type eq "work"].value`, `emails` are those without a type.
 */
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import { GatewayError } from '#core/errors.ts'
import * as v from 'valibot'
import { apart, coreUrn } from './core-schema.ts'
import { phrases } from './phrases.ts'

export interface ScimAttribute {
  readonly name: string
  readonly type: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly caseExact: boolean
  readonly mutability: string
  readonly returned: string
  readonly uniqueness: string
  readonly canonicalValues?: readonly string[] | undefined
  readonly subAttributes: readonly ScimAttribute[]
}

export interface ScimSchema {
  readonly id: string
  readonly attributes: readonly ScimAttribute[]
}

const flag = v.optional(v.boolean(), false)
const word = (standard: string) => v.optional(v.string(), standard)
const Attribute = (subAttributes: v.GenericSchema<unknown, readonly ScimAttribute[]>) =>
  v.object({
    name: v.string(),
    type: word('string'),
    multiValued: flag,
    required: flag,
    caseExact: flag,
    mutability: word('readWrite'),
    returned: word('default'),
    uniqueness: word('none'),
    canonicalValues: v.optional(v.array(v.string())),
    subAttributes,
  })
const none = v.pipe(
  v.unknown(),
  v.transform((): readonly ScimAttribute[] => []),
)
const sub = v.optional(v.array(Attribute(none)), [])

/** What /Schemas answers for one schema (RFC 7643 §7). */
export const Schema = v.object({ id: v.string(), attributes: v.optional(v.array(Attribute(sub)), []) })

/** Where the values of a named attribute stand in a resource. */
export interface Place {
  readonly name: string
  /** The extension's URN; null for the core schema. */
  readonly extension: string | null
  readonly attribute: string
  readonly multiValued: boolean
  /** Among several values, those of this type; null: those without one. */
  readonly type: string | null
  /** Null: the attribute itself holds the values. */
  readonly sub: string | null
  readonly definition: ScimAttribute
}

export interface UserSchema {
  readonly schemas: readonly ScimSchema[]
  /** Null when the server knows no such attribute. */
  find(name: string): Place | null
  /** Throws `config` when the server knows no such attribute. */
  place(name: string): Place
  /** The same, for what is to be written: throws `config` for what the server keeps by itself. */
  writable(name: string): Place
}

export function createUserSchema(schemas: readonly ScimSchema[]): UserSchema {
  const find = (name: string) => placeOf(schemas, name)
  function place(name: string): Place {
    const found = find(name)
    if (found !== null) return found
    throw new GatewayError('config', `the server has no attribute ${name} of users that could be written`, {
      sent: 'no',
      at: name,
      hint: phrases.attributePaths,
    })
  }
  return {
    schemas,
    find,
    place,
    writable(name) {
      const found = place(name)
      if (found.definition.mutability !== 'readOnly') return found
      throw new GatewayError('config', `the server keeps the attribute ${name} by itself`, {
        sent: 'no',
        at: name,
        hint: phrases.leaveOut,
      })
    },
  }
}

const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()

function placeOf(schemas: readonly ScimSchema[], name: string): Place | null {
  const extension = schemas.find(({ id }) => id !== coreUrn && name.toLowerCase().startsWith(`${id.toLowerCase()}:`))
  const owner = extension ?? schemas.find(({ id }) => id === coreUrn) ?? schemas[0]
  const local = extension === undefined ? name.replace(new RegExp(`^${coreUrn}:`, 'i'), '') : name.slice(extension.id.length + 1)
  const [first = '', ...rest] = local.split('.')
  const definition = owner?.attributes.find((attribute) => same(attribute.name, first))
  if (definition === undefined || (extension === undefined && apart.has(definition.name))) return null
  const prefix = extension === undefined ? '' : `${extension.id}:`
  const base = { extension: extension?.id ?? null, attribute: definition.name, multiValued: definition.multiValued }
  if (definition.type !== 'complex')
    return rest.length > 0 ? null : { ...base, name: prefix + definition.name, type: null, sub: null, definition }
  return complexPlace({ prefix, base, definition, rest })
}

interface Complex {
  readonly prefix: string
  readonly base: Pick<Place, 'extension' | 'attribute' | 'multiValued'>
  readonly definition: ScimAttribute
  readonly rest: readonly string[]
}

function complexPlace({ prefix, base, definition, rest }: Complex): Place | null {
  const subNamed = (name: string) => definition.subAttributes.find((attribute) => same(attribute.name, name))
  if (!definition.multiValued) {
    const found = rest.length === 1 ? subNamed(rest[0] ?? '') : undefined
    if (found === undefined) return null
    return { ...base, name: `${prefix}${definition.name}.${found.name}`, type: null, sub: found.name, definition: found }
  }
  const [first, second] = rest
  if (rest.length > 2) return null
  // emails, emails.work, addresses.work.locality; a single word that is a part of the value, not a type, is of those without a type.
  const untyped = rest.length === 1 && first !== 'value' && subNamed(first ?? '') !== undefined
  const type = rest.length === 0 || untyped ? null : (first ?? null)
  const found = subNamed((untyped ? first : second) ?? 'value')
  if (found === undefined) return null
  const words = [definition.name, ...(type === null ? [] : [type]), ...(found.name === 'value' ? [] : [found.name])]
  return { ...base, name: prefix + words.join('.'), type, sub: found.name, definition: found }
}

const kinds: Readonly<Record<string, AttributeSchema['type']>> = {
  boolean: 'boolean',
  integer: 'number',
  decimal: 'number',
  dateTime: 'date',
  binary: 'binary',
  reference: 'reference',
}

/** The usual types where the server names none. */
const usualTypes = ['work', 'home']

export function toAccountSchema({ schemas }: UserSchema): AccountSchema {
  const listed = schemas.flatMap(({ id, attributes }) =>
    attributes
      .filter(({ name }) => !(id === coreUrn && apart.has(name)))
      .flatMap((attribute) => described(id === coreUrn ? '' : `${id}:`, attribute)),
  )
  const password = schemas.flatMap(({ attributes }) => attributes).find(({ name }) => name === 'password')
  return { attributes: password === undefined ? listed : [...listed, { ...toAttribute('password', password), writeOnly: true }] }
}

function described(prefix: string, attribute: ScimAttribute): AttributeSchema[] {
  const { name, type, multiValued, subAttributes } = attribute
  if (type !== 'complex') return [toAttribute(prefix + name, attribute)]
  const subs = subAttributes.filter((one) => !(multiValued && ['type', 'display', '$ref'].includes(one.name)))
  if (!multiValued) return subs.map((one) => toAttribute(`${prefix}${name}.${one.name}`, one))
  const types = subAttributes.find((one) => one.name === 'type')?.canonicalValues ?? usualTypes
  return [null, ...types].flatMap((kind) =>
    subs.map((one) => {
      const words = [name, ...(kind === null ? [] : [kind]), ...(one.name === 'value' ? [] : [one.name])]
      return { ...toAttribute(prefix + words.join('.'), one), multivalued: true }
    }),
  )
}

function toAttribute(name: string, attribute: ScimAttribute): AttributeSchema {
  return {
    name,
    type: kinds[attribute.type] ?? 'string',
    multivalued: attribute.multiValued,
    required: attribute.required,
    readOnly: attribute.mutability === 'readOnly',
    writeOnly: attribute.mutability === 'writeOnly',
    unique: attribute.uniqueness === 'server' || attribute.uniqueness === 'global',
    maxLength: null,
    allowedValues: attribute.canonicalValues ?? null,
  }
}
