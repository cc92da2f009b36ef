/** What an administrator says about the accounts of a database server itself: its roles and users. */
import * as v from 'valibot'
import { field } from '#connectors/kit/form.ts'
import { phrases } from '../phrases.ts'

const name = (title: { readonly en: string; readonly fr: string }) =>
  v.pipe(
    v.string(),
    v.nonEmpty(),
    v.check((text) => !text.includes('\0'), phrases.nul.en),
    field(title),
  )

export const AccountsConfig = v.pipe(
  v.strictObject({
    host: v.optional(
      v.pipe(
        v.string(),
        v.nonEmpty(),
        v.maxLength(255),
        field(
          { en: 'Host of new accounts', fr: 'Hôte des nouveaux comptes' },
          {
            en: 'MySQL and MariaDB: from where a new account may log in. % = from everywhere.',
            fr: 'MySQL et MariaDB : d’où un nouveau compte peut se connecter. % = de partout.',
          },
        ),
      ),
      '%',
    ),
    groups: v.optional(
      v.nullable(
        v.pipe(
          v.array(name({ en: 'Role', fr: 'Rôle' })),
          field(
            { en: 'Roles that are groups', fr: 'Rôles qui sont des groupes' },
            {
              en: 'The only roles that accounts are put in. Left out: every role except those that may do everything.',
              fr: 'Les seuls rôles attribués aux comptes. Vide : tous, sauf ceux qui peuvent tout.',
            },
          ),
        ),
      ),
      null,
    ),
    settings: v.optional(
      v.pipe(
        v.array(
          v.pipe(
            v.string(),
            v.regex(/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)*$/, phrases.settingForm.en),
            field({ en: 'Setting', fr: 'Paramètre' }),
          ),
        ),
        field(
          { en: 'Settings of the session', fr: 'Paramètres de session' },
          {
            en: 'PostgreSQL: the settings of an account that rules may write, as settings.search_path.',
            fr: 'PostgreSQL : les paramètres d’un compte que les règles peuvent écrire, comme settings.search_path.',
          },
        ),
      ),
      ['search_path', 'statement_timeout'],
    ),
    passwordAttribute: v.optional(
      v.pipe(
        v.string(),
        v.nonEmpty(),
        field(
          { en: 'Name of the password', fr: 'Nom du mot de passe' },
          {
            en: 'Under which rules set the password.',
            fr: 'Sous lequel les règles définissent le mot de passe.',
          },
        ),
      ),
      'password',
    ),
  }),
  field(
    { en: 'Database accounts', fr: 'Comptes de base de données' },
    {
      en: 'How roles and users of the server itself are kept.',
      fr: 'Comment les rôles et utilisateurs du serveur lui-même sont gérés.',
    },
  ),
)
export type AccountsConfig = v.InferOutput<typeof AccountsConfig>
