/**
 * What an administrator says about one directory. The schema is both the validation and the dashboard's form, so every field has
 * a title and says what it is for.
 */
import * as v from 'valibot'
import type { Text } from '#connectors/kit/connector.ts'
import { caField, clearTextField, field } from '#connectors/kit/form.ts'
import { isDn } from './dn.ts'

const dn = (title: Text, help: Text) =>
  v.pipe(v.string(), v.nonEmpty(), v.check(isDn, 'This is not a distinguished name (RFC 4514)'), field(title, help))

const attributeName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, 'An attribute name has letters, digits and hyphens only'),
)

const milliseconds = (title: Text, help: Text, standard: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(600_000), field(title, help)), standard)

const Disable = v.pipe(
  v.variant('by', [
    v.pipe(
      v.strictObject({ by: v.literal('ppolicy') }),
      field({
        en: 'Password policy lock (pwdAccountLockedTime, OpenLDAP)',
        fr: 'Verrou de la politique des mots de passe (pwdAccountLockedTime, OpenLDAP)',
      }),
    ),
    v.pipe(
      v.strictObject({ by: v.literal('nsAccountLock') }),
      field({ en: 'nsAccountLock (389 Directory Server)', fr: 'nsAccountLock (389 Directory Server)' }),
    ),
    v.pipe(
      v.strictObject({
        by: v.literal('attribute'),
        attribute: v.pipe(attributeName, field({ en: 'Attribute', fr: 'Attribut' })),
        disabledValue: v.pipe(
          v.string(),
          v.nonEmpty(),
          field({ en: 'Value of a disabled account', fr: 'Valeur d’un compte désactivé' }),
        ),
        enabledValue: v.optional(
          v.nullable(
            v.pipe(
              v.string(),
              v.nonEmpty(),
              field({
                en: 'Value of an enabled account; none = no value',
                fr: 'Valeur d’un compte actif ; vide = aucune valeur',
              }),
            ),
          ),
          null,
        ),
      }),
      field({ en: 'An attribute of the entry', fr: 'Un attribut de l’entrée' }),
    ),
    v.pipe(
      v.strictObject({
        by: v.literal('move'),
        disabledBase: dn(
          { en: 'Base of disabled accounts', fr: 'Base des comptes désactivés' },
          { en: 'Disabled entries move there.', fr: 'Les entrées désactivées y sont déplacées.' },
        ),
      }),
      field({ en: 'Moving the entry', fr: 'Le déplacement de l’entrée' }),
    ),
  ]),
  field({ en: 'How accounts are disabled', fr: 'Comment les comptes sont désactivés' }),
)

const Url = v.pipe(
  v.string(),
  v.regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/i, 'The URL looks like ldaps://host:port and holds nothing else'),
  v.check((text) => URL.canParse(text), 'The URL cannot be read'),
  field(
    { en: 'URL', fr: 'URL' },
    {
      en: 'ldaps://host[:636], or ldap://host[:389] with StartTLS.',
      fr: 'ldaps://hôte[:636], ou ldap://hôte[:389] avec StartTLS.',
    },
  ),
)

export const LdapConfig = v.pipe(
  v.strictObject({
    url: Url,
    startTls: v.optional(
      v.pipe(
        v.boolean(),
        field(
          { en: 'StartTLS', fr: 'StartTLS' },
          {
            en: 'Encrypts an ldap:// connection before anything else is sent.',
            fr: 'Chiffre une connexion ldap:// avant tout autre envoi.',
          },
        ),
      ),
      false,
    ),
    allowClearText: clearTextField,
    ca: caField,
    bindDn: dn(
      { en: 'Bind DN', fr: 'DN de connexion' },
      { en: 'The service account of the gateway.', fr: 'Le compte de service de la passerelle.' },
    ),
    bindPassword: v.pipe(
      v.string(),
      v.nonEmpty(),
      field({ en: 'Bind password', fr: 'Mot de passe de connexion' }),
      v.metadata({ secret: true }),
    ),
    peopleBase: dn(
      { en: 'Base of people', fr: 'Base des personnes' },
      {
        en: 'New entries are made right under it; existing ones are found anywhere below.',
        fr: 'Les nouvelles entrées sont créées juste en dessous ; les existantes sont trouvées partout plus bas.',
      },
    ),
    groupBase: v.optional(
      v.nullable(
        dn(
          { en: 'Base of groups', fr: 'Base des groupes' },
          {
            en: 'Only groups below it are looked at and changed. Without it there are no memberships.',
            fr: 'Seuls les groupes situés dessous sont lus et modifiés. Sans elle, il n’y a pas d’appartenances.',
          },
        ),
      ),
      null,
    ),
    objectClasses: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.nonEmpty())),
        v.minLength(1),
        field({ en: 'Object classes of a new entry', fr: 'Classes d’objet d’une nouvelle entrée' }),
      ),
      ['inetOrgPerson'],
    ),
    rdnAttribute: v.optional(v.pipe(attributeName, field({ en: 'Naming attribute', fr: 'Attribut de nommage' })), 'uid'),
    idAttribute: v.optional(
      v.pipe(
        v.picklist(['entryUUID', 'nsUniqueId']),
        field(
          { en: 'Immutable id', fr: 'Identifiant immuable' },
          {
            en: 'entryUUID (RFC 4530), or nsUniqueId on 389 Directory Server.',
            fr: 'entryUUID (RFC 4530), ou nsUniqueId sur 389 Directory Server.',
          },
        ),
      ),
      'entryUUID',
    ),
    groupAttribute: v.optional(
      v.pipe(
        v.picklist(['member', 'uniqueMember', 'memberUid']),
        field(
          { en: 'Group attribute', fr: 'Attribut des groupes' },
          {
            en: 'member and uniqueMember hold DNs, memberUid holds logins.',
            fr: 'member et uniqueMember contiennent des DN, memberUid des identifiants.',
          },
        ),
      ),
      'member',
    ),
    emptyGroupMember: v.optional(
      v.nullable(
        dn(
          { en: 'Member of an empty group', fr: 'Membre d’un groupe vide' },
          {
            en: 'groupOfNames needs a member: this DN takes the place of the last one to go.',
            fr: 'groupOfNames exige un membre : ce DN prend la place du dernier qui part.',
          },
        ),
      ),
      null,
    ),
    disable: v.optional(Disable, { by: 'ppolicy' }),
    passwordAttribute: v.optional(
      v.pipe(attributeName, field({ en: 'Password attribute', fr: 'Attribut du mot de passe' })),
      'userPassword',
    ),
    passwordMode: v.optional(
      v.pipe(
        v.picklist(['exop', 'modify']),
        field(
          { en: 'How passwords are set', fr: 'Comment les mots de passe sont fixés' },
          {
            en: 'exop = Password Modify operation (RFC 3062), the server hashes; modify = the attribute is written, the server must hash it (ppolicy_hash_cleartext).',
            fr: 'exop = opération Password Modify (RFC 3062), le serveur hache ; modify = l’attribut est écrit, le serveur doit le hacher (ppolicy_hash_cleartext).',
          },
        ),
      ),
      'exop',
    ),
    readOnly: v.optional(
      v.pipe(v.array(attributeName), field({ en: 'Attributes that are never written', fr: 'Attributs jamais écrits' })),
      [],
    ),
    connectTimeoutMs: milliseconds(
      { en: 'Connection timeout', fr: 'Délai de connexion' },
      { en: 'Milliseconds to connect and to bind.', fr: 'Millisecondes pour se connecter et s’authentifier.' },
      5_000,
    ),
    timeoutMs: milliseconds(
      { en: 'Operation timeout', fr: 'Délai d’une opération' },
      {
        en: 'Milliseconds after which an operation counts as lost.',
        fr: 'Millisecondes après lesquelles une opération est réputée perdue.',
      },
      15_000,
    ),
    poolSize: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(64),
        field({ en: 'Connections at once', fr: 'Connexions simultanées' }),
      ),
      8,
    ),
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
