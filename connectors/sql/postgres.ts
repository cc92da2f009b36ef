/** PostgreSQL 12 and later. Every value travels as text in its own parameter and comes back as text, so that nothing is rounded. */
import { Socket } from 'node:net'
import pg from 'pg'
import { createConnection, withDeadline } from './connection.ts'
import type { ConnectOptions, Dialect, SqlConnection, SqlResult, Statement, TableName } from './dialect.ts'
import type { Column, ColumnKind } from './column.ts'
import { arrayElements, type Raw } from './mapping.ts'

export const postgres: Dialect = {
  connect,
  describe,
  quote: (identifier) => pg.escapeIdentifier(identifier),
  placeholder: (position) => `$${position}`,
  comparable: (column, placeholder) => `CAST(${placeholder} AS ${column.castType})`,
  collect: (column, from) => `ARRAY(SELECT ${column}::text ${from})`,
  collected: (raw) => (raw === null ? [] : arrayElements(String(raw))),
  begin: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT txid_current()::text, pg_backend_pid()::text',
  // By these names in every version; PostgreSQL 13 has others besides (pg_current_xact_id, pg_xact_status).
  outcome: {
    ask: ([number = null]) => ({ text: 'SELECT txid_status($1::text::bigint)', values: [toText(number)] }),
    end: ([number = null, pid = null]) => ({
      text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE pid = $2::text::int AND backend_xid::text::bigint = $1::text::bigint & 4294967295`,
      values: [toText(number), toText(pid)],
    }),
  },
  onConflict: ' ON CONFLICT DO NOTHING',
  returning: true,
  defaultRow: 'DEFAULT VALUES',
  overriding: ' OVERRIDING SYSTEM VALUE',
  // Locking rows needs the right to UPDATE them; at READ COMMITTED every statement sees the newest rows anyway.
  lockMemberships: '',
}

const toText = (raw: Raw) => (raw === null ? null : String(raw))

const rawText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

async function connect(options: ConnectOptions): Promise<SqlConnection> {
  const { host, port, database, user, password, tls, connectTimeoutMs, statementTimeoutMs } = options
  // Our own socket, because the client's end() waits for the server and its close does not tell.
  const socket = new Socket()
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    ssl: tls ?? false,
    types: rawText,
    keepAlive: true,
    application_name: 'passerelle',
    stream: () => socket,
  })
  const connection = createConnection({
    socket,
    statementTimeoutMs,
    send: (statement) => send(client, statement),
    quit: () => client.end(),
  })
  client.on('error', () => connection.destroy('closed'))
  client.on('end', () => connection.destroy('closed'))
  try {
    await withDeadline(
      client.connect().then(() => client.query(session(statementTimeoutMs))),
      connectTimeoutMs,
      () => socket.destroy(),
    )
  } catch (error) {
    connection.destroy('closed')
    throw error
  }
  return connection
}

/** After the client gave up or vanished, the server itself ends the statement, or the transaction and its locks. */
function session(statementTimeoutMs: number): string {
  return `SET statement_timeout = ${statementTimeoutMs}; SET idle_in_transaction_session_timeout = ${statementTimeoutMs};
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1`
}

async function send(client: pg.Client, { text, values }: Statement): Promise<SqlResult> {
  const answer: pg.QueryArrayResult<Raw[]> | pg.QueryArrayResult<Raw[]>[] = await client.query<Raw[]>({
    ...{ text, values: [...values], rowMode: 'array' },
  })
  // Of several statements in one text, the last one answers.
  const result = Array.isArray(answer) ? answer.at(-1) : answer
  if (result === undefined) throw new Error('there was nothing to run')
  // A COMMIT of a transaction that had failed is answered with ROLLBACK and no error.
  if (text === 'COMMIT' && result.command !== 'COMMIT') throw Object.assign(new Error('rolled back'), { code: '40000' })
  return { rows: result.rows, count: result.rowCount ?? 0, insertedId: null }
}

const kinds: Readonly<Record<string, ColumnKind>> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'bigint',
  numeric: 'decimal',
  float4: 'float',
  float8: 'float',
  bool: 'boolean',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  citext: 'text',
  name: 'text',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
  json: 'text',
  jsonb: 'json',
  bytea: 'binary',
}

/** One row per column: domains are read as the type below them, arrays as the type of their elements (PostgreSQL manual, 53.7). */
const catalog = `
SELECT a.attname, e.typname, format_type(e.oid, -1), (b.typelem <> 0 AND b.typlen = -1)::text, (a.attnotnull OR t.typnotnull)::text,
       (a.atthasdef OR t.typdefault IS NOT NULL)::text, a.attidentity::text, a.attgenerated::text,
       COALESCE(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false)::text,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indnkeyatts = 1
                  AND i.indkey[0] = a.attnum AND i.indpred IS NULL)::text,
       CASE WHEN e.typname IN ('varchar', 'bpchar') AND m.typmod > 4 THEN m.typmod - 4 END::text,
       (SELECT array_agg(l.enumlabel::text ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = e.oid)::text
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  JOIN pg_type e ON e.oid = CASE WHEN b.typelem <> 0 AND b.typlen = -1 THEN b.typelem ELSE b.oid END
 CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) m
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum`

async function describe(connection: SqlConnection, { schema, table }: TableName): Promise<readonly Column[]> {
  const name = [schema, table].flatMap((part) => (part === null ? [] : [pg.escapeIdentifier(part)])).join('.')
  const { rows } = await connection.run({ text: catalog, values: [name] })
  return rows.map((row) => toColumn(row.map((cell) => (cell === null ? null : String(cell)))))
}

function toColumn(row: readonly (string | null)[]): Column {
  const [name, type, castType, array, notNull, hasDefault, identity, generated, serial, unique, maxLength, labels] = row
  const allowedValues = labels === null || labels === undefined ? null : arrayElements(labels)
  return {
    name: name ?? '',
    kind: allowedValues === null ? (kinds[type ?? ''] ?? 'other') : 'text',
    castType: castType ?? 'text',
    multivalued: array === 'true',
    nullable: notNull !== 'true',
    hasDefault: hasDefault === 'true',
    generatedKey: identity !== '' || serial === 'true',
    maintained: generated !== '',
    foldsCase: type === 'citext',
    unique: unique === 'true',
    maxLength: maxLength === null || maxLength === undefined ? null : Number(maxLength),
    allowedValues,
  }
}
