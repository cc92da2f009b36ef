/**
 * What an administrator says about one SQL target. The schema is both the validation and the dashboard's form, so every field
 * has a title and says what it is for.
 */
import * as v from 'valibot'

const identifier = (title: string, description: string) =>
  v.pipe(
    v.string(),
    v.nonEmpty(),
    v.maxLength(128),
    v.check((name) => !name.includes('\0'), 'A name of the database holds no NUL character'),
    v.title(title),
    v.description(description),
  )

const milliseconds = (title: string, description: string, standard: number, most: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(most), v.title(title), v.description(description)),
    standard,
  )

const ActiveColumn = v.pipe(
  v.strictObject({
    column: identifier('Column', 'The column that says whether the account may be used.'),
    whenActive: v.pipe(v.nullable(v.union([v.string(), v.number(), v.boolean()])), v.title('Value of an active account')),
    whenInactive: v.pipe(v.nullable(v.union([v.string(), v.number(), v.boolean()])), v.title('Value of a disabled account')),
  }),
  v.check(({ whenActive, whenInactive }) => whenActive !== whenInactive, 'The values for active and disabled must differ'),
  v.title('Active flag'),
  v.description('Where an account is switched on and off; without it, accounts cannot be disabled.'),
)

/** How passwords are stored. The forms are those that applications already read: PHC strings and Django's. */
export const hashNames = ['argon2id', 'scrypt', 'pbkdf2-sha256'] as const
export type HashName = (typeof hashNames)[number]

const PasswordColumn = v.pipe(
  v.strictObject({
    column: identifier('Column', 'The column that holds the password hash. It never shows among the attributes.'),
    hash: v.optional(
      v.pipe(
        v.picklist(hashNames),
        v.title('Hash'),
        v.description(
          'argon2id and scrypt are written as PHC strings, pbkdf2-sha256 as Django does. Clear text is never stored.',
        ),
      ),
      'argon2id',
    ),
    prefix: v.optional(
      v.pipe(
        v.string(),
        v.maxLength(20),
        v.title('Prefix'),
        v.description('Written before the hash, such as {ARGON2ID} for Dovecot.'),
      ),
      '',
    ),
  }),
  v.title('Password'),
)

const MembershipTable = v.pipe(
  v.strictObject({
    table: identifier('Table', 'Holds one row per membership; may be qualified by its schema.'),
    accountColumn: identifier('Account column', "Refers to the account's key."),
    groupColumn: identifier('Group column', 'Holds the group, as rules name it.'),
  }),
  v.title('Memberships'),
)

const Tls = v.pipe(
  v.strictObject({
    mode: v.optional(
      v.pipe(
        v.picklist(['auto', 'off', 'encrypt', 'verify']),
        v.title('Mode'),
        v.description(
          'auto = off on this machine, verify elsewhere; encrypt = the certificate is not checked; verify = certificate and host name are checked.',
        ),
      ),
      'auto',
    ),
    ca: v.optional(
      v.nullable(
        v.pipe(
          v.string(),
          v.startsWith('-----BEGIN CERTIFICATE-----'),
          v.title('Certificate authority'),
          v.description('PEM, when the public authorities do not know it.'),
        ),
      ),
      null,
    ),
  }),
  v.title('TLS'),
)

const Url = v.pipe(
  v.string(),
  v.regex(/^(postgres|postgresql|mysql|mariadb):\/\//, 'The URL begins with postgres:// or mysql://'),
  v.check(
    (text) => URL.canParse(text),
    'The URL cannot be read; characters such as @ and / in a password are written %40 and %2F',
  ),
  v.title('URL'),
  v.description('postgres://user:password@host:port/database; or leave it out and fill the fields below.'),
  v.metadata({ secret: true }),
)

const optionalText = (title: string) => v.optional(v.nullable(v.pipe(v.string(), v.nonEmpty(), v.title(title))), null)

export const SqlConfig = v.pipe(
  v.strictObject({
    dialect: v.pipe(
      v.picklist(['postgres', 'mysql']),
      v.title('Dialect'),
      v.description('mysql is MySQL 8 and MariaDB 10.5 or later.'),
    ),
    url: v.optional(v.nullable(Url), null),
    host: optionalText('Host'),
    port: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535), v.title('Port'))), null),
    database: optionalText('Database'),
    user: optionalText('User'),
    password: v.optional(v.nullable(v.pipe(v.string(), v.title('Password of the user'), v.metadata({ secret: true }))), null),
    tls: v.optional(Tls, {}),
    table: identifier(
      'Table',
      'Holds one row per account, such as person or hr.person; a part that holds a dot is put in double quotes.',
    ),
    key: identifier('Key column', 'The immutable primary key. Its value becomes the native id.'),
    keyFrom: v.optional(
      v.nullable(
        identifier(
          'Key from',
          'The attribute whose value becomes the key of a new account. Left out, the database generates the key.',
        ),
      ),
      null,
    ),
    columns: v.optional(
      v.nullable(
        v.pipe(
          v.array(identifier('Column', 'A column of the table.')),
          v.title('Columns'),
          v.description(
            'The only columns that are read and written, beside those named in the other fields. Left out: all of them.',
          ),
        ),
      ),
      null,
    ),
    active: v.optional(v.nullable(ActiveColumn), null),
    passwords: v.optional(v.nullable(PasswordColumn), null),
    memberships: v.optional(v.nullable(MembershipTable), null),
    version: v.optional(
      v.nullable(
        identifier(
          'Version column',
          'A number or time that every change renews; a change is refused when it is not as read. Numbers are counted up.',
        ),
      ),
      null,
    ),
    poolSize: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(100),
        v.title('Connections'),
        v.description('At most so many at once.'),
      ),
      5,
    ),
    connectTimeoutMs: milliseconds('Connect timeout', 'Milliseconds to wait for a connection.', 5_000, 30_000),
    statementTimeoutMs: milliseconds(
      'Statement timeout',
      'Milliseconds after which the server itself gives up a statement. The gateway waits a little longer, so that no outcome stays open.',
      5_000,
      10_000,
    ),
  }),
  v.check(({ url, host, database }) => url !== null || (host !== null && database !== null), 'Give url, or host and database'),
  v.check(
    ({ url, dialect }) => url === null || url.startsWith('postgres') === (dialect === 'postgres'),
    'The URL is of another dialect than the one chosen',
  ),
)
export type SqlConfig = v.InferOutput<typeof SqlConfig>

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
