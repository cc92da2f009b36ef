/** What users of Firebase hold: the same in every project, but for the custom claims that the target's settings name. */
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import type { Mapping } from './mapping.ts'

const text = {
  type: 'string',
  multivalued: false,
  required: false,
  readOnly: false,
  writeOnly: false,
  unique: false,
  maxLength: null,
  allowedValues: null,
} as const satisfies Omit<AttributeSchema, 'name'>

export function describeUsers({ claims, listClaims, passwordAttribute }: Mapping): AccountSchema {
  return {
    attributes: [
      { ...text, name: 'uid', unique: true, maxLength: 128 },
      { ...text, name: 'email', unique: true },
      { ...text, name: 'emailVerified', type: 'boolean' },
      { ...text, name: 'displayName' },
      { ...text, name: 'photoURL' },
      { ...text, name: 'phoneNumber', unique: true },
      { ...text, name: 'providers', multivalued: true, readOnly: true },
      ...claims.map((name) => ({ ...text, name: `claims.${name}` })),
      ...listClaims.map((name) => ({ ...text, name: `claims.${name}`, multivalued: true })),
      { ...text, name: passwordAttribute, writeOnly: true },
    ],
  }
}
