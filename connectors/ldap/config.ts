/**
 * What an administrator says about one directory. The schema is both the validation and the dashboard's form, so every field has
 * a title and says what it is for.
 */
import * as v from 'valibot'
import { isDn } from './dn.ts'

const dn = (title: string, description: string) =>
  v.pipe(
    v.string(),
    v.nonEmpty(),
    v.check(isDn, 'This is not a distinguished name (RFC 4514)'),
    v.title(title),
    v.description(description),
  )

const attributeName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, 'An attribute name has letters, digits and hyphens only'),
)

const milliseconds = (title: string, description: string, standard: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(600_000), v.title(title), v.description(description)),
    standard,
  )

const Disable = v.pipe(
  v.variant('by', [
    v.pipe(v.strictObject({ by: v.literal('ppolicy') }), v.title('Password policy lock (pwdAccountLockedTime, OpenLDAP)')),
    v.pipe(v.strictObject({ by: v.literal('nsAccountLock') }), v.title('nsAccountLock (389 Directory Server)')),
    v.pipe(
      v.strictObject({
        by: v.literal('attribute'),
        attribute: v.pipe(attributeName, v.title('Attribute')),
        disabledValue: v.pipe(v.string(), v.nonEmpty(), v.title('Value of a disabled account')),
        enabledValue: v.optional(
          v.nullable(v.pipe(v.string(), v.nonEmpty(), v.title('Value of an enabled account; none = no value'))),
          null,
        ),
      }),
      v.title('An attribute of the entry'),
    ),
    v.pipe(
      v.strictObject({ by: v.literal('move'), disabledBase: dn('Base of disabled accounts', 'Disabled entries move there.') }),
      v.title('Moving the entry'),
    ),
  ]),
  v.title('How accounts are disabled'),
)

const Url = v.pipe(
  v.string(),
  v.regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/i, 'The URL looks like ldaps://host:port and holds nothing else'),
  v.check((text) => URL.canParse(text), 'The URL cannot be read'),
  v.title('URL'),
  v.description('ldaps://host[:636], or ldap://host[:389] with StartTLS.'),
)

export const LdapConfig = v.pipe(
  v.strictObject({
    url: Url,
    startTls: v.optional(
      v.pipe(v.boolean(), v.title('StartTLS'), v.description('Encrypts an ldap:// connection before anything else is sent.')),
      false,
    ),
    allowClearText: v.optional(
      v.pipe(
        v.boolean(),
        v.title('Allow clear text'),
        v.description('Passwords cross the network readable. Only for a network nobody else is on.'),
      ),
      false,
    ),
    ca: v.optional(
      v.nullable(
        v.pipe(
          v.string(),
          v.startsWith('-----BEGIN CERTIFICATE-----', 'A certificate in PEM form begins with -----BEGIN CERTIFICATE-----'),
          v.title('Certificate authority'),
          v.description('PEM, when the public authorities do not know it.'),
        ),
      ),
      null,
    ),
    bindDn: dn('Bind DN', 'The service account of the gateway.'),
    bindPassword: v.pipe(v.string(), v.nonEmpty(), v.title('Bind password'), v.metadata({ secret: true })),
    peopleBase: dn('Base of people', 'New entries are made right under it; existing ones are found anywhere below.'),
    groupBase: v.optional(
      v.nullable(dn('Base of groups', 'Only groups below it are looked at and changed. Without it there are no memberships.')),
      null,
    ),
    objectClasses: v.optional(
      v.pipe(v.array(v.pipe(v.string(), v.nonEmpty())), v.minLength(1), v.title('Object classes of a new entry')),
      ['inetOrgPerson'],
    ),
    rdnAttribute: v.optional(v.pipe(attributeName, v.title('Naming attribute')), 'uid'),
    idAttribute: v.optional(
      v.pipe(
        v.picklist(['entryUUID', 'nsUniqueId']),
        v.title('Immutable id'),
        v.description('entryUUID (RFC 4530), or nsUniqueId on 389 Directory Server.'),
      ),
      'entryUUID',
    ),
    groupAttribute: v.optional(
      v.pipe(
        v.picklist(['member', 'uniqueMember', 'memberUid']),
        v.title('Group attribute'),
        v.description('member and uniqueMember hold DNs, memberUid holds logins.'),
      ),
      'member',
    ),
    emptyGroupMember: v.optional(
      v.nullable(dn('Member of an empty group', 'groupOfNames needs a member: this DN takes the place of the last one to go.')),
      null,
    ),
    disable: v.optional(Disable, { by: 'ppolicy' }),
    passwordAttribute: v.optional(v.pipe(attributeName, v.title('Password attribute')), 'userPassword'),
    passwordMode: v.optional(
      v.pipe(
        v.picklist(['exop', 'modify']),
        v.title('How passwords are set'),
        v.description(
          'exop = Password Modify operation (RFC 3062), the server hashes; modify = the attribute is written, the server must hash it (ppolicy_hash_cleartext).',
        ),
      ),
      'exop',
    ),
    readOnly: v.optional(v.pipe(v.array(attributeName), v.title('Attributes that are never written')), []),
    connectTimeoutMs: milliseconds('Connection timeout', 'Milliseconds to connect and to bind.', 5_000),
    timeoutMs: milliseconds('Operation timeout', 'Milliseconds after which an operation counts as lost.', 15_000),
    poolSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64), v.title('Connections at once')), 8),
  }),
  v.check(
    ({ url, startTls, allowClearText }) => /^ldaps:/i.test(url) || startTls || allowClearText || isLoopback(url),
    'Use ldaps://, or StartTLS; ldap:// in clear is for this machine only (or with allowClearText)',
  ),
  v.check(
    ({ url, startTls }) => !(startTls && /^ldaps:/i.test(url)),
    'StartTLS belongs to ldap://; ldaps:// is encrypted already',
  ),
)
export type LdapConfig = v.InferOutput<typeof LdapConfig>

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Host and port as sockets want them (no brackets around IPv6). */
export function endpointOf({ url }: Pick<LdapConfig, 'url'>): {
  readonly host: string
  readonly port: number
  readonly tls: boolean
} {
  const { hostname, port, protocol } = new URL(url)
  const tls = protocol === 'ldaps:'
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (tls ? 636 : 389) : Number(port), tls }
}
