/** What the realm's user profile says of its users, for the rules that are written for it. */
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import * as v from 'valibot'
import { keepsAll, readProfile, type Profile, type Realm } from './realm.ts'

const Metadata = v.object({ attributes: v.array(v.object({ name: v.string(), readOnly: v.optional(v.boolean(), false) })) })

export async function describeUsers(realm: Realm): Promise<AccountSchema> {
  const [profile, metadata] = await Promise.all([
    readProfile(realm),
    // Whether user names may be edited is a setting of the realm, and shows here alone.
    realm.ask(Metadata, { doing: 'reading what is read-only', method: 'GET', path: '/users/profile/metadata' }),
  ])
  const fixed = new Set(metadata.attributes.filter(({ readOnly }) => readOnly).map(({ name }) => name))
  const text = { type: 'string', multivalued: false, required: false, readOnly: false, writeOnly: false, unique: false } as const
  return {
    isOpen: keepsAll(profile),
    attributes: [
      ...profile.attributes.map((attribute) => toAttribute(attribute, fixed.has(attribute.name))),
      { ...text, name: 'emailVerified', type: 'boolean', maxLength: null, allowedValues: null },
      { ...text, name: realm.config.passwordAttribute, writeOnly: true, maxLength: null, allowedValues: null },
    ],
  }
}

function toAttribute(attribute: Profile['attributes'][number], isFixed: boolean): AttributeSchema {
  const { name, multivalued, permissions, validations } = attribute
  return {
    name,
    type: 'string',
    multivalued,
    required: name === 'username' || isRequired(attribute.required),
    readOnly: isFixed || permissions?.edit?.includes('admin') === false,
    writeOnly: false,
    unique: name === 'username' || name === 'email',
    maxLength: validations.length?.max ?? null,
    allowedValues: validations.options?.options ?? null,
  }
}

/** Required of administrators: of everybody, or of them by name. */
function isRequired(required: unknown): boolean {
  const roles = (required as { roles?: unknown } | null | undefined)?.roles
  return required !== undefined && required !== null && (!Array.isArray(roles) || roles.length === 0 || roles.includes('admin'))
}
