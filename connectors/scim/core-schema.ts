/** The User and EnterpriseUser of RFC 7643 (§4.1, §4.3, §8.7), for servers that do not describe themselves. */
import type { ScimSchema } from './schema.ts'

export const coreUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** What of a user is not for rules: kept by the server, or spoken of elsewhere. */
export const apart: ReadonlySet<string> = new Set(['id', 'meta', 'schemas', 'groups', 'active', 'password'])

const simple = (name: string, more: object = {}) => ({
  ...{ name, type: 'string', multiValued: false, required: false, caseExact: false },
  ...{ mutability: 'readWrite', returned: 'default', uniqueness: 'none', subAttributes: [] },
  ...more,
})
const texts = (...names: readonly string[]) => names.map((name) => simple(name))
const several = (name: string, subAttributes: readonly ReturnType<typeof simple>[] = []) =>
  simple(name, {
    type: 'complex',
    multiValued: true,
    subAttributes:
      subAttributes.length > 0 ? subAttributes : [...texts('value', 'display', 'type'), simple('primary', { type: 'boolean' })],
  })

export const coreSchemas: readonly ScimSchema[] = [
  {
    id: coreUrn,
    attributes: [
      simple('userName', { required: true, uniqueness: 'server' }),
      simple('externalId', { caseExact: true }),
      simple('name', {
        type: 'complex',
        subAttributes: texts('formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'),
      }),
      ...texts('displayName', 'nickName', 'profileUrl', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone'),
      simple('active', { type: 'boolean' }),
      simple('password', { mutability: 'writeOnly', returned: 'never' }),
      ...['emails', 'phoneNumbers', 'ims', 'photos', 'entitlements', 'roles', 'x509Certificates'].map((name) => several(name)),
      several('addresses', [
        ...texts('formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type'),
        simple('primary', { type: 'boolean' }),
      ]),
      { ...several('groups'), mutability: 'readOnly' },
    ],
  },
  {
    id: enterpriseUrn,
    attributes: [
      ...texts('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
      simple('manager', { type: 'complex', subAttributes: [simple('value'), simple('displayName', { mutability: 'readOnly' })] }),
    ],
  },
]
