/** What an administrator says about an application's user table. */
import * as v from 'valibot'
import type { Text } from '#connectors/kit/connector.ts'
import { field } from '#connectors/kit/form.ts'
import { phrases } from '../phrases.ts'

export const identifier = (title: Text, help: Text) =>
  v.pipe(
    v.string(),
    v.nonEmpty(),
    v.maxLength(128),
    v.check((name) => !name.includes('\0'), phrases.nul.en),
    field(title, help),
  )

export const ActiveColumn = v.pipe(
  v.strictObject({
    column: identifier(
      { en: 'Column', fr: 'Colonne' },
      { en: 'The column that says whether the account may be used.', fr: 'La colonne qui dit si le compte peut être utilisé.' },
    ),
    whenActive: v.pipe(
      v.nullable(v.union([v.string(), v.number(), v.boolean()])),
      field({ en: 'Value of an active account', fr: 'Valeur d’un compte actif' }),
    ),
    whenInactive: v.pipe(
      v.nullable(v.union([v.string(), v.number(), v.boolean()])),
      field({ en: 'Value of a disabled account', fr: 'Valeur d’un compte désactivé' }),
    ),
  }),
  v.check(({ whenActive, whenInactive }) => whenActive !== whenInactive, phrases.differ.en),
  field(
    { en: 'Active flag', fr: 'Indicateur d’activité' },
    {
      en: 'Where an account is switched on and off; without it, accounts cannot be disabled.',
      fr: 'Où un compte est activé et désactivé ; sans lui, les comptes ne peuvent pas être désactivés.',
    },
  ),
)

/** How passwords are stored. The forms are those that applications already read: PHC strings and Django's. */
export const hashNames = ['argon2id', 'scrypt', 'pbkdf2-sha256'] as const
export type HashName = (typeof hashNames)[number]

export const PasswordColumn = v.pipe(
  v.strictObject({
    column: identifier(
      { en: 'Column', fr: 'Colonne' },
      {
        en: 'The column that holds the password hash. It never shows among the attributes.',
        fr: 'La colonne qui contient le hachage du mot de passe. Elle n’apparaît jamais parmi les attributs.',
      },
    ),
    hash: v.optional(
      v.pipe(
        v.picklist(hashNames),
        field(
          { en: 'Hash', fr: 'Hachage' },
          {
            en: 'argon2id and scrypt are written as PHC strings, pbkdf2-sha256 as Django does. Clear text is never stored.',
            fr: 'argon2id et scrypt sont écrits en chaînes PHC, pbkdf2-sha256 à la manière de Django. Rien n’est jamais stocké en clair.',
          },
        ),
      ),
      'argon2id',
    ),
    prefix: v.optional(
      v.pipe(
        v.string(),
        v.maxLength(20),
        field(
          { en: 'Prefix', fr: 'Préfixe' },
          {
            en: 'Written before the hash, such as {ARGON2ID} for Dovecot.',
            fr: 'Écrit avant le hachage, par exemple {ARGON2ID} pour Dovecot.',
          },
        ),
      ),
      '',
    ),
  }),
  field({ en: 'Password', fr: 'Mot de passe' }),
)

export const MembershipTable = v.pipe(
  v.strictObject({
    table: identifier(
      { en: 'Table', fr: 'Table' },
      {
        en: 'Holds one row per membership; may be qualified by its schema.',
        fr: 'Contient une ligne par appartenance ; peut être qualifiée par son schéma.',
      },
    ),
    accountColumn: identifier(
      { en: 'Account column', fr: 'Colonne du compte' },
      { en: "Refers to the account's key.", fr: 'Renvoie à la clé du compte.' },
    ),
    groupColumn: identifier(
      { en: 'Group column', fr: 'Colonne du groupe' },
      { en: 'Holds the group, as rules name it.', fr: 'Contient le groupe, tel que les règles le nomment.' },
    ),
  }),
  field({ en: 'Memberships', fr: 'Appartenances' }),
)
