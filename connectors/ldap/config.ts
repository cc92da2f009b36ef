/**
 * What an administrator says about one directory. The schema is both the validation and the dashboard's form, so every field has
 * a title and says what it is for.
 */
import * as v from 'valibot'
import { field } from '#connectors/kit/form.ts'
import {
  attributeName,
  connectionFields,
  dn,
  groupBaseField,
  limitFields,
  loginFields,
  refuseClearText,
  refuseDoubleTls,
} from '#connectors/kit/ldap/settings.ts'

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

export const LdapConfig = v.pipe(
  v.strictObject({
    ...connectionFields,
    ...loginFields,
    peopleBase: dn(
      { en: 'Base of people', fr: 'Base des personnes' },
      {
        en: 'New entries are made right under it; existing ones are found anywhere below.',
        fr: 'Les nouvelles entrées sont créées juste en dessous ; les existantes sont trouvées partout plus bas.',
      },
    ),
    groupBase: groupBaseField,
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
    ...limitFields,
  }),
  refuseClearText(),
  refuseDoubleTls(),
)
export type LdapConfig = v.InferOutput<typeof LdapConfig>
