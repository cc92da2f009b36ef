/**
 * What an administrator says about one SQL target. The schema is both the validation and the dashboard's form, so every field
 * has a title and says what it is for.
 */
import * as v from 'valibot'
import type { Text } from '#connectors/kit/connector.ts'
import { caField, field, onlyWhen } from '#connectors/kit/form.ts'
import { toDatabaseAddress } from '#core/database-url.ts'
import { AccountsConfig } from './accounts/config.ts'
import { phrases } from './phrases.ts'
import { ActiveColumn, identifier, MembershipTable, PasswordColumn } from './tables/config.ts'

const milliseconds = (title: Text, help: Text, standard: number, most: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(most), field(title, help)), standard)

const Tls = v.pipe(
  v.strictObject({
    mode: v.optional(
      v.pipe(
        v.picklist(['auto', 'off', 'encrypt', 'verify']),
        field(
          { en: 'Mode', fr: 'Mode' },
          {
            en: 'auto = off on this machine, verify elsewhere; encrypt = the certificate is not checked; verify = certificate and host name are checked.',
            fr: 'auto = off sur cette machine, verify ailleurs ; encrypt = le certificat n’est pas vérifié ; verify = certificat et nom d’hôte sont vérifiés.',
          },
        ),
      ),
      'auto',
    ),
    ca: caField,
  }),
  field({ en: 'TLS', fr: 'TLS' }),
)

const Url = v.pipe(
  v.string(),
  v.regex(/^(postgres|postgresql|mysql|mariadb):\/\//, phrases.urlForm.en),
  v.check((text) => URL.canParse(text), phrases.unreadableUrl.en),
  v.check((text) => toDatabaseAddress(text).options.host === undefined, phrases.socketUrl.en),
  field(
    { en: 'URL', fr: 'URL' },
    {
      en: 'postgres://user:password@host:port/database; or leave it out and fill the fields below.',
      fr: 'postgres://utilisateur:motdepasse@hôte:port/base ; ou laissez vide et remplissez les champs ci-dessous.',
    },
  ),
  v.metadata({ secret: true }),
)

const optionalText = (title: Text) => v.optional(v.nullable(v.pipe(v.string(), v.nonEmpty(), field(title))), null)

export const SqlConfig = v.pipe(
  v.strictObject({
    mode: v.optional(
      v.pipe(
        v.picklist(['tables', 'accounts']),
        field(
          { en: 'Mode', fr: 'Mode' },
          {
            en: 'tables = an application keeps its users in a table; accounts = the roles and users of the database server itself.',
            fr: 'tables = une application garde ses utilisateurs dans une table ; accounts = les rôles et utilisateurs du serveur de base de données lui-même.',
          },
        ),
      ),
      'tables',
    ),
    dialect: v.pipe(
      v.picklist(['postgres', 'mysql']),
      field(
        { en: 'Dialect', fr: 'Dialecte' },
        { en: 'mysql is MySQL 8 and MariaDB 10.5, or later.', fr: 'mysql désigne MySQL 8 et MariaDB 10.5, ou plus récents.' },
      ),
    ),
    url: v.optional(v.nullable(Url), null),
    host: optionalText({ en: 'Host', fr: 'Hôte' }),
    port: v.optional(
      v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535), field({ en: 'Port', fr: 'Port' }))),
      null,
    ),
    database: optionalText({ en: 'Database', fr: 'Base de données' }),
    user: optionalText({ en: 'User', fr: 'Utilisateur' }),
    password: v.optional(
      v.nullable(
        v.pipe(
          v.string(),
          field({ en: 'Password of the user', fr: 'Mot de passe de l’utilisateur' }),
          v.metadata({ secret: true }),
        ),
      ),
      null,
    ),
    tls: v.optional(Tls, {}),
    table: v.pipe(
      v.optional(
        v.nullable(
          identifier(
            { en: 'Table', fr: 'Table' },
            {
              en: 'Holds one row per account, such as person or hr.person; a part that holds a dot is put in double quotes.',
              fr: 'Contient une ligne par compte, par exemple person ou hr.person ; une partie qui contient un point se met entre guillemets doubles.',
            },
          ),
        ),
        null,
      ),
      onlyWhen('mode', 'tables'),
    ),
    key: v.pipe(
      v.optional(
        v.nullable(
          identifier(
            { en: 'Key column', fr: 'Colonne clé' },
            {
              en: 'The immutable primary key. Its value becomes the native id.',
              fr: 'La clé primaire immuable. Sa valeur devient l’identifiant natif.',
            },
          ),
        ),
        null,
      ),
      onlyWhen('mode', 'tables'),
    ),
    keyFrom: v.pipe(
      v.optional(
        v.nullable(
          identifier(
            { en: 'Key from', fr: 'Clé tirée de' },
            {
              en: 'The attribute whose value becomes the key of a new account. Left out, the database generates the key.',
              fr: 'L’attribut dont la valeur devient la clé d’un nouveau compte. Vide : la base génère la clé.',
            },
          ),
        ),
        null,
      ),
      onlyWhen('mode', 'tables'),
    ),
    columns: v.pipe(
      v.optional(
        v.nullable(
          v.pipe(
            v.array(
              identifier({ en: 'Column', fr: 'Colonne' }, { en: 'A column of the table.', fr: 'Une colonne de la table.' }),
            ),
            field(
              { en: 'Columns', fr: 'Colonnes' },
              {
                en: 'The only columns that are read and written, beside those named in the other fields. Left out: all of them.',
                fr: 'Les seules colonnes lues et écrites, en plus de celles nommées dans les autres champs. Vide : toutes.',
              },
            ),
          ),
        ),
        null,
      ),
      onlyWhen('mode', 'tables'),
    ),
    accounts: v.pipe(v.optional(AccountsConfig, {}), onlyWhen('mode', 'accounts')),
    active: v.pipe(v.optional(v.nullable(ActiveColumn), null), onlyWhen('mode', 'tables')),
    passwords: v.pipe(v.optional(v.nullable(PasswordColumn), null), onlyWhen('mode', 'tables')),
    memberships: v.pipe(v.optional(v.nullable(MembershipTable), null), onlyWhen('mode', 'tables')),
    version: v.pipe(
      v.optional(
        v.nullable(
          identifier(
            { en: 'Version column', fr: 'Colonne de version' },
            {
              en: 'A number or time that every change renews; a change is refused when it is not as read. Numbers are counted up.',
              fr: 'Un nombre ou une heure que chaque changement renouvelle ; un changement est refusé si elle n’est plus telle que lue. Les nombres sont incrémentés.',
            },
          ),
        ),
        null,
      ),
      onlyWhen('mode', 'tables'),
    ),
    poolSize: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(100),
        field({ en: 'Connections', fr: 'Connexions' }, { en: 'At most so many at once.', fr: 'Au plus autant à la fois.' }),
      ),
      5,
    ),
    connectTimeoutMs: milliseconds(
      { en: 'Connect timeout', fr: 'Délai de connexion' },
      { en: 'Milliseconds to wait for a connection.', fr: 'Millisecondes d’attente d’une connexion.' },
      5_000,
      30_000,
    ),
    statementTimeoutMs: milliseconds(
      { en: 'Statement timeout', fr: 'Délai d’une requête' },
      {
        en: 'Milliseconds after which the server itself gives up a statement. The gateway waits a little longer, so that no outcome stays open.',
        fr: 'Millisecondes après lesquelles le serveur lui-même abandonne une requête. La passerelle attend un peu plus, pour qu’aucun résultat ne reste ouvert.',
      },
      5_000,
      10_000,
    ),
  }),
  v.check(({ mode, table, key }) => mode === 'accounts' || (table !== null && key !== null), phrases.tableOrAccounts.en),
  v.check(({ url, host, database }) => url !== null || (host !== null && database !== null), phrases.urlOrHost.en),
  v.check(({ url, dialect }) => url === null || url.startsWith('postgres') === (dialect === 'postgres'), phrases.otherDialect.en),
)
export type SqlConfig = v.InferOutput<typeof SqlConfig>

/** The settings of a target whose accounts are rows of a table. */
export type TableConfig = SqlConfig & { readonly table: string; readonly key: string }

export function isTableConfig(config: SqlConfig): config is TableConfig {
  return config.mode === 'tables' && config.table !== null && config.key !== null
}

export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
}

/** Where to connect and as whom; the single fields win over the parts of the URL. */
export function addressOf(config: SqlConfig): Address {
  const url = config.url === null ? null : new URL(config.url)
  const part = (text: string | undefined) => (text === undefined || text === '' ? null : decodeURIComponent(text))
  const urlPort = url === null || url.port === '' ? null : Number(url.port)
  return {
    host: config.host ?? part(url?.hostname.replace(/^\[(.*)\]$/, '$1')) ?? '127.0.0.1',
    port: config.port ?? urlPort ?? (config.dialect === 'postgres' ? 5432 : 3306),
    database: config.database ?? part(url?.pathname.slice(1)) ?? '',
    user: config.user ?? part(url?.username) ?? '',
    password: config.password ?? part(url?.password) ?? '',
  }
}

export interface TlsOptions {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
}

/** The TLS options to connect with; null = in clear. */
export function tlsOf(config: SqlConfig): TlsOptions | null {
  const { host } = addressOf(config)
  const loopback = host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  const mode = config.tls.mode === 'auto' ? (loopback ? 'off' : 'verify') : config.tls.mode
  if (mode === 'off') return null
  return { rejectUnauthorized: mode === 'verify', ...(config.tls.ca === null ? {} : { ca: config.tls.ca }) }
}

/** A table's name in parts, `schema` null when it is not qualified. A part in double quotes may hold dots. */
export function tableName(text: string): { readonly schema: string | null; readonly table: string } {
  const parts = [...text.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
  const [first, second] = parts
  if (first === undefined || parts.length > 2) return { schema: null, table: text }
  return second === undefined ? { schema: null, table: first } : { schema: first, table: second }
}
