/**
 * MySQL 8 and MariaDB 10.5 and later. Only prepared statements run, so no value is ever escaped into a text, and the session's
 * sql_mode is set all the same: a server with NO_BACKSLASH_ESCAPES must behave like any other.
 */
import mysql from 'mysql2/promise'
import { Socket } from 'node:net'
import { createConnection, withDeadline } from './connection.ts'
import type { ConnectOptions, Dialect, SqlConnection, SqlResult, Statement, TableName } from './dialect.ts'
import type { Column, ColumnKind } from './column.ts'
import type { Parameter, Raw } from './mapping.ts'

export const mysqlDialect: Dialect = {
  connect,
  describe,
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  comparable: (column, placeholder) => (column.castType in casts ? `CAST(${placeholder} AS ${column.castType})` : placeholder),
  collect: (column, from) => `(SELECT JSON_ARRAYAGG(CAST(${column} AS CHAR)) ${from})`,
  collected: (raw) => (raw === null ? [] : (JSON.parse(String(raw)) as string[])),
  begin: 'START TRANSACTION READ WRITE',
  outcome: null,
  onConflict: '',
  returning: false,
  defaultRow: '() VALUES ()',
  overriding: '',
  // At REPEATABLE READ a plain SELECT would show the rows as they were before the account was locked.
  lockMemberships: ' FOR UPDATE',
}

/** Types in which a text must be turned before it is compared: MySQL would compare both sides as floating-point numbers. */
const casts: Readonly<Record<string, true>> = { signed: true, unsigned: true, 'decimal(65,30)': true }

async function connect(options: ConnectOptions): Promise<SqlConnection> {
  const { host, port, database, user, password, tls, connectTimeoutMs, statementTimeoutMs } = options
  // Our own socket, because destroy() of the client only ends its own half of the stream.
  const socket = new Socket()
  const opening = mysql.createConnection({
    host,
    port,
    database,
    user,
    password,
    ...(tls === null ? {} : { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    maxPreparedStatements: 100,
    connectTimeout: connectTimeoutMs,
    stream: () => socket.setNoDelay(true).setKeepAlive(true).connect(port, host),
  })
  try {
    const client = await withDeadline(opening, connectTimeoutMs, () => socket.destroy())
    const connection = createConnection({
      socket,
      statementTimeoutMs,
      send: (statement) => send(client, statement),
      quit: () => client.end(),
    })
    client.on('error', () => connection.destroy('closed'))
    client.on('end', () => connection.destroy('closed'))
    await withDeadline(client.query(session(statementTimeoutMs)), connectTimeoutMs, () => connection.destroy('deadline'))
    return connection
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The server gives up by itself: MariaDB every statement, MySQL queries and lock waits (it has no limit for changes). */
function session(statementTimeoutMs: number): string {
  const seconds = Math.max(1, Math.ceil(statementTimeoutMs / 1_000))
  return `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00',
 group_concat_max_len = 67108864, innodb_lock_wait_timeout = ${seconds}, lock_wait_timeout = ${seconds}
 /*M!100100 , max_statement_time = ${statementTimeoutMs / 1_000} */ /*!50708 , max_execution_time = ${statementTimeoutMs} */`
}

async function send(client: mysql.Connection, { text, values }: Statement): Promise<SqlResult> {
  // BEGIN, COMMIT and their like hold no values and give no rows: preparing them would cost a round trip each.
  const plain = values.length === 0 && !text.startsWith('SELECT')
  const [result] = plain
    ? await client.query<mysql.RowDataPacket[] | mysql.ResultSetHeader>(text)
    : await client.execute<mysql.RowDataPacket[] | mysql.ResultSetHeader>(text, values.map(toBound))
  if (Array.isArray(result)) return { rows: result as unknown as Raw[][], count: result.length, insertedId: null }
  return { rows: [], count: result.affectedRows, insertedId: String(result.insertId) }
}

function toBound(parameter: Parameter): string | number | null | Buffer {
  if (typeof parameter === 'object' && parameter !== null && !Buffer.isBuffer(parameter))
    throw new TypeError('MySQL has no arrays')
  return parameter
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  tinyint: 'integer',
  smallint: 'integer',
  mediumint: 'integer',
  int: 'integer',
  year: 'integer',
  bigint: 'bigint',
  decimal: 'decimal',
  float: 'float',
  double: 'float',
  char: 'text',
  varchar: 'text',
  tinytext: 'text',
  text: 'text',
  mediumtext: 'text',
  longtext: 'text',
  enum: 'text',
  set: 'text',
  date: 'date',
  datetime: 'timestamp',
  timestamp: 'timestamptz',
  uuid: 'uuid',
  json: 'json',
  bit: 'binary',
  binary: 'binary',
  varbinary: 'binary',
  tinyblob: 'binary',
  blob: 'binary',
  mediumblob: 'binary',
  longblob: 'binary',
}

/** Two plain queries: with constant names the server opens one table only, and a join of the two would open all of them. */
async function describe(connection: SqlConnection, { schema, table }: TableName): Promise<readonly Column[]> {
  const place = schema === null ? 'table_schema = DATABASE() AND table_name = ?' : 'table_schema = ? AND table_name = ?'
  const values = schema === null ? [table] : [schema, table]
  const columns = await connection.run({
    text: `SELECT column_name, data_type, column_type, is_nullable, column_default IS NOT NULL, extra, character_maximum_length, collation_name
             FROM information_schema.columns WHERE ${place} ORDER BY ordinal_position`,
    values,
  })
  const indexes = await connection.run({
    text: `SELECT index_name, column_name, sub_part FROM information_schema.statistics WHERE ${place} AND non_unique = 0`,
    values,
  })
  const unique = uniqueColumns(indexes.rows)
  return columns.rows.map((row) => toColumn(row, unique))
}

/** The columns that are the whole of a unique index, with their whole length. */
function uniqueColumns(rows: readonly (readonly Raw[])[]): ReadonlySet<string> {
  const alone = rows.filter(([index], _place, all) => all.filter(([other]) => other === index).length === 1)
  return new Set(alone.filter(([, , prefix]) => prefix === null).map(([, column]) => String(column)))
}

function toColumn(row: readonly Raw[], unique: ReadonlySet<string>): Column {
  const [name, dataType, columnType, nullable, hasDefault, extra, maxLength, collation] = row.map((cell) =>
    cell === null ? '' : String(cell),
  )
  const type = dataType?.toLowerCase() ?? ''
  const full = columnType?.toLowerCase() ?? ''
  const isBoolean = full === 'tinyint(1)' || full === 'bit(1)'
  const kind = isBoolean ? 'boolean' : (kinds[type] ?? 'other')
  return {
    name: name ?? '',
    kind,
    castType: castTypeOf(kind, type, full),
    multivalued: type === 'set',
    nullable: nullable === 'YES',
    hasDefault: hasDefault === '1',
    generatedKey: /auto_increment/i.test(extra ?? ''),
    maintained: /(VIRTUAL|STORED|PERSISTENT) GENERATED|ON UPDATE/i.test(extra ?? ''),
    foldsCase: collation?.endsWith('_ci') === true,
    unique: unique.has(name ?? ''),
    maxLength: (type === 'char' || type === 'varchar') && maxLength !== '' ? Number(maxLength) : null,
    allowedValues: type === 'enum' || type === 'set' ? listed(columnType ?? '') : null,
  }
}

function castTypeOf(kind: ColumnKind, type: string, full: string): string {
  if (type === 'set') return 'set'
  if (kind === 'integer' || kind === 'bigint' || kind === 'boolean') return full.includes('unsigned') ? 'unsigned' : 'signed'
  return kind === 'decimal' ? 'decimal(65,30)' : type
}

/** `enum('a','it''s')` → a, it's. */
function listed(columnType: string): readonly string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = '']) => label.replaceAll("''", "'"))
}
