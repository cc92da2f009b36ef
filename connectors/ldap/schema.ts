/**
 * The directory's own schema (RFC 4512 §4.1), read from its subschema entry: which attributes there are, how they compare, and
 * which the server keeps to itself. Without it a connector guesses, and guesses wrong on the second directory.
 */
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import type { LdapConfig } from './config.ts'

export interface AttributeType {
  readonly name: string
  /** OID of the syntax, for example 1.3.6.1.4.1.1466.115.121.1.12 for a DN. */
  readonly syntax: string
  /** Name of the equality rule, lower case; empty when values cannot be compared. */
  readonly equality: string
  readonly single: boolean
  /** The server sets it by itself. */
  readonly readOnly: boolean
}

export interface ObjectClass {
  readonly name: string
  readonly parents: readonly string[]
  readonly must: readonly string[]
  readonly may: readonly string[]
}

export interface Schema {
  /** By any of its names or its OID, in any case, with or without options (`cn;lang-fr`). */
  attribute(name: string): AttributeType | null
  objectClass(name: string): ObjectClass | null
  /** Every name of every attribute whose values are bytes. */
  readonly binaryNames: readonly string[]
}

export const syntaxes = {
  boolean: '1.3.6.1.4.1.1466.115.121.1.7',
  dn: '1.3.6.1.4.1.1466.115.121.1.12',
  time: '1.3.6.1.4.1.1466.115.121.1.24',
  integer: '1.3.6.1.4.1.1466.115.121.1.27',
} as const

/** Syntaxes whose values are no text: octet string, JPEG, certificates, binary, audio, fax. */
const binarySyntaxes = new Set(['40', '28', '8', '9', '10', '5', '4', '23'].map((last) => `1.3.6.1.4.1.1466.115.121.1.${last}`))

export function isBinary({ syntax }: Pick<AttributeType, 'syntax'>): boolean {
  return binarySyntaxes.has(syntax)
}

/** Reads the values of `attributeTypes` and `objectClasses`; descriptions it cannot read are left out. */
export function parseSchema(attributeTypes: readonly string[], objectClasses: readonly string[]): Schema {
  const definitions = new Map<string, Definition>()
  for (const definition of attributeTypes.map(parseDefinition))
    for (const key of keysOf(definition)) definitions.set(key, definition)
  const classes = new Map<string, Definition>()
  for (const definition of objectClasses.map(parseDefinition)) for (const key of keysOf(definition)) classes.set(key, definition)
  const types = new Map(
    [...new Set(definitions.values())].map((definition) => [definition, attributeType(definitions, definition)]),
  )
  const typeByName = new Map([...definitions].map(([name, definition]) => [name, types.get(definition) ?? null]))
  return {
    binaryNames: [...types].flatMap(([definition, type]) => (isBinary(type) ? (definition.get('NAME') ?? []) : [])),
    attribute: (name) => typeByName.get(withoutOptions(name).toLowerCase()) ?? null,
    objectClass(name) {
      const found = classes.get(name.toLowerCase())
      if (found === undefined) return null
      return {
        name: firstName(found),
        parents: found.get('SUP') ?? [],
        must: found.get('MUST') ?? [],
        may: found.get('MAY') ?? [],
      }
    },
  }
}

export function withoutOptions(name: string): string {
  const end = name.indexOf(';')
  return end < 0 ? name : name.slice(0, end)
}

/** Keyword → its words; the OID stands under the empty keyword. */
type Definition = ReadonlyMap<string, readonly string[]>

const keywords = new Set(
  'NAME DESC OBSOLETE SUP EQUALITY ORDERING SUBSTR SYNTAX SINGLE-VALUE COLLECTIVE NO-USER-MODIFICATION USAGE ABSTRACT STRUCTURAL AUXILIARY MUST MAY'.split(
    ' ',
  ),
)

function parseDefinition(text: string): Definition {
  const tokens = text.match(/'(?:[^'])*'|[()$]|[^\s()$']+/g) ?? []
  const definition = new Map<string, string[]>()
  let words: string[] = []
  definition.set('', words)
  for (const token of tokens) {
    if (keywords.has(token) || token.startsWith('X-')) {
      words = []
      definition.set(token, words)
    } else if (!['(', ')', '$'].includes(token)) {
      words.push(token.replace(/^'|'$/g, ''))
    }
  }
  return definition
}

function keysOf(definition: Definition): string[] {
  return [...(definition.get('') ?? []), ...(definition.get('NAME') ?? [])].map((key) => key.toLowerCase())
}

function firstName(definition: Definition): string {
  return definition.get('NAME')?.[0] ?? definition.get('')?.[0] ?? ''
}

function attributeType(definitions: ReadonlyMap<string, Definition>, definition: Definition): AttributeType {
  return {
    name: firstName(definition),
    syntax: (inherited(definitions, definition, 'SYNTAX') ?? '').replace(/\{\d+\}$/, ''),
    equality: (inherited(definitions, definition, 'EQUALITY') ?? '').toLowerCase(),
    single: definition.has('SINGLE-VALUE'),
    readOnly: definition.has('NO-USER-MODIFICATION'),
  }
}

/** `cn` says nothing of its own: syntax and comparison come from its supertype `name`. */
function inherited(definitions: ReadonlyMap<string, Definition>, definition: Definition, keyword: string): string | undefined {
  let current: Definition | undefined = definition
  for (let depth = 0; current !== undefined && depth < 20; depth++) {
    const found = current.get(keyword)?.[0]
    if (found !== undefined) return found
    current = definitions.get((current.get('SUP')?.[0] ?? '').toLowerCase())
  }
  return undefined
}

/** What accounts of this target may hold, from the configured object classes and their supertypes. */
export function accountSchema(schema: Schema, config: LdapConfig): AccountSchema {
  const must = new Set<string>([config.rdnAttribute.toLowerCase()])
  const names = new Set<string>([config.rdnAttribute])
  const seen = new Set<string>()
  const visit = (className: string) => {
    const found = schema.objectClass(className)
    if (found === null || seen.has(found.name)) return
    seen.add(found.name)
    for (const name of found.must) must.add(name.toLowerCase())
    for (const name of [...found.must, ...found.may]) names.add(name)
    found.parents.forEach(visit)
  }
  config.objectClasses.forEach(visit)
  const attributes = new Map<string, AttributeSchema>()
  for (const name of names) {
    const type = schema.attribute(name)
    if (type !== null) attributes.set(type.name, attributeSchema(type, must, config))
  }
  return { attributes: [...attributes.values()] }
}

function attributeSchema(type: AttributeType, must: ReadonlySet<string>, config: LdapConfig): AttributeSchema {
  const isConfigured = (name: string) => name.toLowerCase() === type.name.toLowerCase()
  return {
    name: type.name,
    type: valueType(type),
    multivalued: !type.single,
    required: must.has(type.name.toLowerCase()),
    readOnly: type.readOnly || config.readOnly.some(isConfigured),
    writeOnly: isConfigured(config.passwordAttribute),
    unique: isConfigured(config.rdnAttribute),
    // The length in a syntax is a minimum that servers must bear (RFC 4512 §4.1.2), not a limit.
    maxLength: null,
    allowedValues: null,
  }
}

function valueType(type: AttributeType): AttributeSchema['type'] {
  if (isBinary(type)) return 'binary'
  switch (type.syntax) {
    case syntaxes.boolean:
      return 'boolean'
    case syntaxes.dn:
      return 'reference'
    case syntaxes.time:
      return 'date'
    case syntaxes.integer:
      return 'number'
    default:
      return 'string'
  }
}
