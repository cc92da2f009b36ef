/**
 * Users of Firebase and accounts of ours. A user's own fields keep their names; a custom claim is `claims.NAME`, one that the target's settings do
 * not name (or that holds something else than they say) is `claimsAsJson.NAME`: shown and put back, never written by rules.
 */
import { createHash } from 'node:crypto'
import type { Account, Writes } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { groupsMissingFrom } from '#connectors/kit/spelling.ts'
import { writtenValues } from '#connectors/kit/written.ts'
import type { UpdateRequest, UserRecord } from 'firebase-admin/auth'
import type { FirebaseConfig } from './config.ts'
import { phrases } from './phrases.ts'

export type Mapping = Pick<FirebaseConfig, 'claims' | 'listClaims' | 'groupsClaim' | 'groups' | 'passwordAttribute'>
export type Claims = Readonly<Record<string, unknown>>

const texts = ['email', 'displayName', 'photoURL', 'phoneNumber'] as const
const shown = 'claims.'
const raw = 'claimsAsJson.'
/** Links to other providers that come and go with the user's own fields. */
const ownProviders = new Set(['password', 'phone'])

export function toAccount(user: UserRecord, mapping: Mapping): Account {
  const { uid, email, emailVerified, disabled, customClaims = {}, passwordHash } = user
  const own = texts.flatMap((name) => (user[name] === undefined ? [] : [[name, [user[name]]] as const]))
  const links = user.providerData.filter(({ providerId }) => !ownProviders.has(providerId)).map((link) => JSON.stringify(link))
  return {
    nativeId: uid,
    label: email ?? user.phoneNumber ?? uid,
    enabled: !disabled,
    attributes: {
      uid: [uid],
      ...Object.fromEntries(own),
      emailVerified: [emailVerified],
      ...claimAttributes(customClaims, mapping),
      ...(links.length === 0 ? {} : { providers: links }),
    },
    memberships: groupsOf(customClaims, mapping)?.toSorted() ?? [],
    // The hash itself, which an emulator keeps in clear, is not needed: its mark tells whether somebody set another password since.
    secrets: passwordHash === undefined ? {} : { [mapping.passwordAttribute]: markOf(passwordHash) },
  }
}

const markOf = (hash: string) => createHash('sha256').update(hash).digest('base64url')

function claimAttributes(claims: Claims, mapping: Mapping): Attributes {
  const entries = Object.entries(claims).flatMap(([name, value]): (readonly [string, Values])[] => {
    if (name === mapping.groupsClaim && groupsOf(claims, mapping) !== null) return []
    const values = valuesOfClaim(name, value, mapping)
    if (values === null) return [[raw + name, [JSON.stringify(value)]]]
    return values.length === 0 ? [] : [[shown + name, values]]
  })
  return Object.fromEntries(entries)
}

/** Null when the claim is none of ours, or holds something else than the settings say. */
function valuesOfClaim(name: string, value: unknown, { claims, listClaims }: Mapping): Values | null {
  if (claims.includes(name) && isScalar(value)) return [value]
  return listClaims.includes(name) && Array.isArray(value) && value.every(isScalar) ? value : null
}

const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)

/** Null when the claim of the groups holds something else than a list of names. */
function groupsOf(claims: Claims, { groupsClaim }: Mapping): readonly string[] | null {
  const value = groupsClaim === null ? [] : (claims[groupsClaim] ?? [])
  return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : null
}

export const spelling: Spelling = {
  attribute: (name) => name,
  value: spelled,
  // A claim may be 42 or "42", which applications tell apart.
  key: (attribute, value) => JSON.stringify(spelled(attribute, value)),
  group: (group) => group,
  groupKey: (group) => group,
}

function spelled(attribute: string, value: Scalar): Scalar {
  if (attribute === 'emailVerified') return value === true || value === 'true'
  if (attribute.startsWith(shown)) return value
  return attribute === 'email' ? String(value).toLowerCase() : String(value)
}

/** Throws for attributes that Firebase has not, or that nobody but Firebase writes, before anything is sent. */
export function refuseAttributes(attributes: Attributes, mapping: Mapping): void {
  const known = new Set([...texts, 'emailVerified', ...[...mapping.claims, ...mapping.listClaims].map((name) => shown + name)])
  const single = new Set([...texts, 'emailVerified', ...mapping.claims.map((name) => shown + name)])
  for (const [name, values] of Object.entries(attributes)) {
    if (!known.has(name))
      throw new GatewayError('config', `${name} is no attribute that the gateway writes in this project`, {
        sent: 'no',
        at: name,
        hint: phrases.written,
      })
    if (single.has(name) && values.length > 1)
      throw new GatewayError('invalid', `${name} takes one value`, { sent: 'no', at: name })
    if (values.some((value) => String(value).includes('\0') || !String(value).isWellFormed()))
      throw new GatewayError('invalid', `a value of ${name} holds a NUL character or is no text`, { sent: 'no', at: name })
  }
}

/** The fields of an update; what is cleared is null. */
export function toFields(attributes: Attributes): UpdateRequest {
  const email = attributes['email']
  if (email?.length === 0)
    throw new GatewayError('unsupported', 'Firebase cannot take the e-mail address from a user', {
      ...{ sent: 'no', at: 'email', hint: phrases.otherAddress },
    })
  const named = texts.flatMap((name) => {
    const value = attributes[name]?.[0]
    return attributes[name] === undefined ? [] : [[name, value === undefined ? null : spelled(name, value)] as const]
  })
  const verified = attributes['emailVerified']
  return {
    ...(Object.fromEntries(named) as UpdateRequest),
    ...(verified === undefined ? {} : { emailVerified: verified[0] === true || verified[0] === 'true' }),
  }
}

/** The custom claims after the writes, everybody else's kept; null when the writes touch none. Throws where a claim of ours is not as the settings say. */
export function writtenClaims(user: Pick<UserRecord, 'customClaims'>, writes: Writes, mapping: Mapping): Claims | null {
  const { add, remove } = writes.memberships
  const touched = writes.attributes.filter(({ attribute }) => attribute.startsWith(shown))
  if (touched.length === 0 && add.length === 0 && remove.length === 0) return null
  const claims = user.customClaims ?? {}
  const after = new Map(Object.entries(claims))
  for (const write of touched) {
    const name = write.attribute.slice(shown.length)
    const found = after.has(name) ? valuesOfClaim(name, after.get(name), mapping) : []
    if (found === null) throw otherShape(name)
    put(after, name, writtenValues(spelling, found, write), mapping)
  }
  if (add.length > 0 || remove.length > 0) putGroups(after, claims, writes, mapping)
  return fitting(Object.fromEntries(after))
}

function put(claims: Map<string, unknown>, name: string, values: Values, { listClaims }: Mapping): void {
  if (values.length === 0) claims.delete(name)
  else claims.set(name, listClaims.includes(name) ? values : values[0])
}

function putGroups(after: Map<string, unknown>, claims: Claims, { memberships }: Writes, mapping: Mapping): void {
  if (mapping.groupsClaim === null)
    throw new GatewayError('unsupported', 'this target has no memberships', {
      ...{ sent: 'no', hint: phrases.nameGroupsClaim },
    })
  const standing = groupsOf(claims, mapping)
  if (standing === null) throw otherShape(mapping.groupsClaim)
  if (mapping.groups.length > 0 && memberships.add.some((group) => !mapping.groups.includes(group)))
    throw new GatewayError('not_found', 'a group of the change is none of this target’s', {
      ...{ sent: 'no', hint: phrases.groups },
    })
  const left = groupsMissingFrom(spelling, standing, memberships.remove)
  const groups = [...left, ...groupsMissingFrom(spelling, memberships.add, left)]
  if (groups.length === 0) after.delete(mapping.groupsClaim)
  else after.set(mapping.groupsClaim, groups)
}

/** Firebase's own limit: what does not fit would be refused when the rest is done. */
export function fitting(claims: Claims): Claims {
  if (Buffer.byteLength(JSON.stringify(claims)) <= 1_000) return claims
  throw new GatewayError('invalid', 'the custom claims of the user would be larger than 1000 bytes', {
    ...{ sent: 'no', hint: phrases.claimSize },
  })
}

function otherShape(name: string): GatewayError {
  return new GatewayError('invalid', `the user’s claim ${name} holds something else than the target’s settings say`, {
    ...{ sent: 'no', at: shown + name, hint: phrases.otherWriter },
  })
}

/** All claims of an image, as Firebase had them. */
export function claimsOf({ attributes, memberships }: Pick<Account, 'attributes' | 'memberships'>, mapping: Mapping): Claims {
  const claims = new Map<string, unknown>()
  for (const [name, values] of Object.entries(attributes)) {
    if (name.startsWith(shown)) put(claims, name.slice(shown.length), values, mapping)
    if (name.startsWith(raw)) claims.set(name.slice(raw.length), JSON.parse(String(values[0])))
  }
  if (memberships.length > 0 && mapping.groupsClaim !== null) claims.set(mapping.groupsClaim, memberships)
  return Object.fromEntries(claims)
}
