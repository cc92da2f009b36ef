/**
 * What the schema of the forest says about attributes, from its own entries: the LDAP form of it (subschema) leaves out how values compare, how long they
 * may be, and which the system keeps for itself ([MS-ADTS] §3.1.1.2.3).
 */
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import type { ActiveDirectoryConfig } from './config.ts'
import { flags } from './account-control.ts'

export type ValueKind = 'text' | 'exact' | 'integer' | 'boolean' | 'dn' | 'binary' | 'time' | 'expiry'

export interface AttributeType {
  readonly name: string
  readonly kind: ValueKind
  readonly single: boolean
  readonly maxLength: number | null
  /** The system keeps or computes it, or it is the other end of a link. */
  readonly readOnly: boolean
}

export interface ObjectClass {
  readonly name: string
  readonly parents: readonly string[]
  readonly must: readonly string[]
  readonly may: readonly string[]
}

/** Survives being written as JSON: it is kept in the cache. */
export interface SchemaRecord {
  readonly attributes: readonly AttributeType[]
  readonly classes: readonly ObjectClass[]
}

export interface Schema {
  /** In any case. */
  attribute(name: string): AttributeType | null
  objectClass(name: string): ObjectClass | null
  /** Every attribute whose values are bytes. */
  readonly binaryNames: readonly string[]
}

/** Names that only this connector knows, for what has no attribute that rules could write. */
export const ownAttributes = { parent: 'parent', mustChangePassword: 'mustChangePassword' } as const

const own = (name: string, kind: ValueKind): AttributeType => ({ name, kind, single: true, maxLength: null, readOnly: false })
const ownTypes = [
  own(ownAttributes.parent, 'dn'),
  ...[ownAttributes.mustChangePassword, ...flags].map((name) => own(name, 'boolean')),
]

export function createSchema({ attributes, classes }: SchemaRecord): Schema {
  const types = new Map([...attributes, ...ownTypes].map((type) => [type.name.toLowerCase(), type]))
  const byName = new Map(classes.map((found) => [found.name.toLowerCase(), found]))
  return {
    attribute: (name) => types.get(name.toLowerCase()) ?? null,
    objectClass: (name) => byName.get(name.toLowerCase()) ?? null,
    binaryNames: attributes.filter(({ kind }) => kind === 'binary').map(({ name }) => name),
  }
}

/** attributeSyntax and oMSyntax, [MS-ADTS] §3.1.1.2.2.2; what is not listed is text that compares without case. */
const kinds: Readonly<Record<string, ValueKind>> = {
  '2.5.5.1': 'dn',
  '2.5.5.3': 'exact',
  '2.5.5.5': 'exact',
  '2.5.5.6': 'exact',
  '2.5.5.8': 'boolean',
  '2.5.5.9': 'integer',
  '2.5.5.10': 'binary',
  '2.5.5.11': 'time',
  '2.5.5.15': 'binary',
  '2.5.5.16': 'integer',
  '2.5.5.17': 'binary',
}

const constructed = 0x4

export interface AttributeEntry {
  readonly name: string
  readonly syntax: string
  readonly single: boolean
  readonly rangeUpper: string | undefined
  readonly systemOnly: boolean
  readonly systemFlags: string | undefined
  readonly linkId: string | undefined
}

export function toAttributeType(entry: AttributeEntry): AttributeType {
  const { name, syntax, single, rangeUpper, systemOnly, systemFlags, linkId } = entry
  const kind = name === 'accountExpires' ? 'expiry' : (kinds[syntax] ?? 'text')
  const isBackLink = linkId !== undefined && Number(linkId) % 2 === 1
  const counts = kind === 'text' || kind === 'exact'
  return {
    name,
    kind,
    // The schema lets it have several; the security accounts manager does not.
    single: single || name === 'description',
    maxLength: counts && rangeUpper !== undefined && Number(rangeUpper) > 0 ? Number(rangeUpper) : null,
    readOnly: systemOnly || isBackLink || (Number(systemFlags ?? 0) & constructed) !== 0 || kept.has(name.toLowerCase()),
  }
}

/** Written by the system, or by operations of their own: never in images, never written by rules. */
const kept = new Set(
  [
    'objectClass objectCategory distinguishedName name objectGUID objectSid instanceType nTSecurityDescriptor sAMAccountType',
    'memberOf userAccountControl unicodePwd userPassword pwdLastSet lockoutTime adminCount operatorCount isDeleted lastKnownParent',
    'badPwdCount badPasswordTime lastLogon lastLogoff lastLogonTimestamp logonCount dSCorePropagationData',
    'uSNCreated uSNChanged whenCreated whenChanged dBCSPwd ntPwdHistory lmPwdHistory supplementalCredentials',
    'msDS-LastSuccessfulInteractiveLogonTime msDS-LastFailedInteractiveLogonTime msDS-FailedInteractiveLogonCount',
  ]
    .join(' ')
    .toLowerCase()
    .split(' '),
)

/** The attribute that a secret fills. */
export const passwordAttribute = 'unicodePwd'

const unique = new Set(['cn', 'samaccountname', 'userprincipalname'])
const required = new Set(['cn', 'samaccountname'])

/** What accounts of this target may hold, from the object class, its supertypes and its auxiliary classes. */
export function accountSchema(schema: Schema, { objectClass, readOnly }: ActiveDirectoryConfig): AccountSchema {
  const names = new Set<string>(ownTypes.map(({ name }) => name))
  const seen = new Set<string>()
  const visit = (className: string) => {
    const found = schema.objectClass(className)
    if (found === null || seen.has(found.name)) return
    seen.add(found.name)
    for (const name of [...found.must, ...found.may]) names.add(name)
    found.parents.forEach(visit)
  }
  visit(objectClass)
  const never = new Set(readOnly.map((name) => name.toLowerCase()))
  const attributes = new Map<string, AttributeSchema>()
  for (const type of [...names].flatMap((name) => schema.attribute(name) ?? []))
    attributes.set(type.name, toAttributeSchema(type, never))
  return { attributes: [...attributes.values()] }
}

function toAttributeSchema(
  { name, kind, single, maxLength, readOnly }: AttributeType,
  never: ReadonlySet<string>,
): AttributeSchema {
  const isPassword = name === passwordAttribute
  return {
    name,
    type: valueType(kind),
    multivalued: !single,
    required: required.has(name.toLowerCase()),
    readOnly: (readOnly && !isPassword) || never.has(name.toLowerCase()),
    writeOnly: isPassword,
    unique: unique.has(name.toLowerCase()),
    maxLength: name === 'sAMAccountName' ? 20 : maxLength,
    allowedValues: null,
  }
}

function valueType(kind: ValueKind): AttributeSchema['type'] {
  switch (kind) {
    case 'text':
    case 'exact':
      return 'string'
    case 'integer':
      return 'number'
    case 'dn':
      return 'reference'
    case 'time':
    case 'expiry':
      return 'date'
    case 'boolean':
    case 'binary':
      return kind
  }
}
