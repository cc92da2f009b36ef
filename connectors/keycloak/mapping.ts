/**
 * Users of Keycloak and accounts of ours. A user's own fields and its custom attributes share one name space, as they do in the realm's user
 * profile. Keycloak folds user names and e-mail addresses to lower case, and keeps no empty values.
 */
import type { Account } from '#core/account.ts'
import type { Attributes, Scalar } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import * as v from 'valibot'

const texts = ['username', 'email', 'firstName', 'lastName'] as const

export const KeycloakUser = v.looseObject({
  id: v.string(),
  username: v.string(),
  email: v.optional(v.string()),
  firstName: v.optional(v.string()),
  lastName: v.optional(v.string()),
  emailVerified: v.optional(v.boolean(), false),
  enabled: v.optional(v.boolean(), true),
  attributes: v.optional(v.record(v.string(), v.array(v.string())), {}),
  federationLink: v.optional(v.string()),
  access: v.optional(v.record(v.string(), v.boolean())),
})
export type KeycloakUser = v.InferOutput<typeof KeycloakUser>

export const Credential = v.object({ id: v.string(), type: v.string(), createdDate: v.optional(v.number(), 0) })

export interface UserParts {
  readonly memberships: readonly string[]
  readonly credentials: readonly v.InferOutput<typeof Credential>[]
}

/** The mark of the password in force stands where other systems show its hash: it tells whether somebody set another one since. */
export function toAccount(user: KeycloakUser, { memberships, credentials }: UserParts, passwordAttribute: string): Account {
  const own = texts.map((name) => [name, user[name] === undefined ? [] : [user[name]]] as const)
  const custom = Object.entries(user.attributes)
  const filled = [...own, ...custom].filter(([, values]) => values.length > 0)
  const password = credentials.find(({ type }) => type === 'password')
  return {
    nativeId: user.id,
    label: user.username,
    enabled: user.enabled,
    attributes: { ...Object.fromEntries(filled), emailVerified: [user.emailVerified] },
    memberships: memberships.toSorted(),
    secrets: password === undefined ? {} : { [passwordAttribute]: `${password.id} ${password.createdDate}` },
  }
}

/** All that a PUT replaces: what is absent here is cleared. */
export function toUser(attributes: Attributes): Readonly<Record<string, unknown>> {
  const { username, email, firstName, lastName, emailVerified, ...custom } = attributes
  const named = Object.entries({ username, email, firstName, lastName }).filter(([, values]) => (values ?? []).length > 0)
  return {
    ...Object.fromEntries(named.map(([name, values]) => [name, String(values?.[0])])),
    emailVerified: emailVerified?.[0] === true,
    attributes: Object.fromEntries(
      Object.entries(custom).map(([name, values]) => [name, values.filter((value) => value !== '').map(String)]),
    ),
  }
}

export const spelling: Spelling = {
  attribute: (name) => name,
  value: spelled,
  key: (attribute, value) => String(spelled(attribute, value)),
  group: groupName,
  groupKey: groupName,
}

function spelled(attribute: string, value: Scalar): Scalar {
  if (attribute === 'emailVerified') return value === true || value === 'true'
  const text = String(value)
  return attribute === 'username' || attribute === 'email' ? text.toLowerCase() : text
}

/** A group is its path; a name alone is a group at the top. */
function groupName(group: string): string {
  return group.startsWith('role:') || group.startsWith('/') ? group : `/${group}`
}

/** Fields of a user, which are no custom attributes. */
export const isOwnField = (name: string) => name === 'emailVerified' || texts.some((text) => text === name)
