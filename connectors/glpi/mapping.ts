/**
 * Users of GLPI and accounts of ours. Attributes are named as GLPI's fields; `emails` are rows of their own. Groups are named by their whole
 * path (`Head office > IT`), profiles `profile:NAME`. What GLPI gives and takes by rules of its own (dynamic) is nobody's membership.
 */
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import type { AccountSchema, AttributeSchema, Spelling } from '#connectors/kit/connector.ts'
import * as v from 'valibot'
import { phrases } from './phrases.ts'

const texts = [
  'name',
  'realname',
  'firstname',
  'phone',
  'phone2',
  'mobile',
  'registration_number',
  'comment',
  'nickname',
  'language',
] as const
/** Ids of other items; 0 is none. The entity is the user's default one, where 0 is the root. */
const references = ['locations_id', 'usertitles_id', 'usercategories_id', 'users_id_supervisor'] as const

const flag = v.pipe(
  v.union([v.number(), v.string(), v.boolean()]),
  v.transform((value) => Number(value) === 1),
)
const id = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer())

export const User = v.looseObject({
  id,
  name: v.nullable(v.string()),
  is_active: flag,
  is_deleted: flag,
  password_last_update: v.optional(v.nullable(v.string()), null),
})
export type User = v.InferOutput<typeof User>
export const Email = v.looseObject({ id, email: v.string(), is_default: v.optional(flag, false) })
export type Email = v.InferOutput<typeof Email>
export const GroupUser = v.looseObject({ id, groups_id: id, is_dynamic: v.optional(flag, false) })
export const ProfileUser = v.looseObject({ id, profiles_id: id, entities_id: id, is_dynamic: v.optional(flag, false) })

/** A row that makes the user a member, and what it is called. */
export interface Link {
  readonly id: number
  readonly table: 'Group_User' | 'Profile_User'
  readonly membership: string
}

export interface UserParts {
  readonly emails: readonly Email[]
  readonly links: readonly Link[]
}

export const profilePrefix = 'profile:'

/** When the password was set stands where other systems show its hash: it tells whether somebody set another one since. */
export function toAccount(user: User, { emails, links }: UserParts, passwordAttribute: string): Account {
  const own = [...texts, ...references].flatMap((name): (readonly [string, Values])[] => {
    const value = user[name]
    if (typeof value !== 'string' && typeof value !== 'number') return []
    const isReference = references.some((reference) => reference === name)
    const isEmpty = value === '' || (isReference && Number(value) === 0)
    return isEmpty ? [] : [[name, [isReference ? Number(value) : String(value)]]]
  })
  return {
    nativeId: String(user.id),
    label: user.name ?? String(user.id),
    enabled: user.is_active,
    attributes: {
      ...Object.fromEntries(own),
      ...(emails.length === 0 ? {} : { emails: emails.map(({ email }) => email).toSorted() }),
    },
    memberships: [...new Set(links.map(({ membership }) => membership))].toSorted(),
    secrets: user.password_last_update === null ? {} : { [passwordAttribute]: user.password_last_update },
  }
}

export const spelling: Spelling = {
  attribute: (name) => name,
  value: spelled,
  // Logins are unique whatever their case (the database's collation).
  key: (attribute, value) => (attribute === 'name' ? String(value).toLowerCase() : String(spelled(attribute, value))),
  group: (group) => group,
  groupKey: (group) => group,
}

function spelled(attribute: string, value: Scalar): Scalar {
  if (references.some((name) => name === attribute)) return Number(value)
  // GLPI takes spaces off the ends of addresses, and keeps them in lower case.
  return attribute === 'emails' ? String(value).trim().toLowerCase() : String(value)
}

/** The fields of an input, emails apart; what is cleared is empty. */
export function toFields(attributes: Attributes): Readonly<Record<string, string | number>> {
  const { emails: _, ...fields } = attributes
  const entries = Object.entries(fields).map(([name, values]) => {
    const none = references.some((reference) => reference === name) ? 0 : ''
    const value = values[0] === undefined ? none : spelled(name, values[0])
    return [name, typeof value === 'boolean' ? Number(value) : value] as const
  })
  return Object.fromEntries(entries)
}

/**
 * Emails as GLPI wants them: an id with a new text, an id with nothing to take it away, a negative key for a new one. The default one stays while it
 * is there, else it is the first.
 */
export function toEmailInput(standing: readonly Email[], wanted: Values): Readonly<Record<string, unknown>> {
  const after = [...new Set(wanted.map((value) => String(spelled('emails', value))))]
  const kept = standing.filter(({ email }) => after.includes(email.toLowerCase()))
  const removed = standing.filter((email) => !kept.includes(email))
  const added = after.filter((email) => !kept.some((one) => one.email.toLowerCase() === email))
  const rows = [
    ...kept.map(({ id: key, email }) => [String(key), email] as const),
    ...removed.map(({ id: key }) => [String(key), ''] as const),
    ...added.map((email, index) => [String(-1 - index), email] as const),
  ]
  const first = kept.find(({ is_default: isDefault }) => isDefault)?.id ?? kept[0]?.id ?? -1
  return rows.length === 0 ? {} : { _useremails: Object.fromEntries(rows), _default_email: first }
}

/** GLPI's own rule for logins; another one is dropped without an error. */
const login = /^[\p{L}\p{N}'@_\-. ]+$/u

/** Throws for what GLPI has not, or would drop, before anything is sent. */
export function refuseAttributes(attributes: Attributes): void {
  const known = new Set<string>([...texts, ...references, 'emails'])
  for (const [name, values] of Object.entries(attributes)) {
    if (!known.has(name))
      throw new GatewayError('config', `${name} is no attribute that the gateway writes in GLPI`, {
        ...{ sent: 'no', at: name, hint: phrases.writable },
      })
    if (name !== 'emails' && values.length > 1)
      throw new GatewayError('invalid', `${name} takes one value`, { sent: 'no', at: name })
    if (values.some((value) => String(value).includes('\0') || !String(value).isWellFormed()))
      throw new GatewayError('invalid', `a value of ${name} holds a NUL character or is no text`, { sent: 'no', at: name })
    if (references.some((reference) => reference === name) && values.some((value) => !Number.isInteger(Number(value))))
      throw new GatewayError('invalid', `${name} takes the id of an item`, { sent: 'no', at: name })
    if (name === 'name' && !login.test(String(values[0] ?? '')))
      throw new GatewayError('invalid', "GLPI takes letters, digits, spaces and '@_-. in a login, and nothing else", {
        ...{ sent: 'no', at: name, hint: phrases.cleanLogin },
      })
  }
}

const plain = {
  ...{ type: 'string', multivalued: false, required: false, readOnly: false, writeOnly: false, unique: false },
  ...{ maxLength: 255, allowedValues: null },
} as const satisfies Omit<AttributeSchema, 'name'>

export function describeUsers(passwordAttribute: string): AccountSchema {
  return {
    attributes: [
      ...texts.map((name) => ({
        ...plain,
        name,
        ...(name === 'name' ? { required: true, unique: true } : {}),
        maxLength: name === 'comment' ? null : 255,
      })),
      ...references.map((name) => ({ ...plain, name, type: 'reference', maxLength: null }) as const),
      { ...plain, name: 'emails', multivalued: true },
      { ...plain, name: passwordAttribute, writeOnly: true, maxLength: null },
    ],
  }
}
