/** The connection test: one question after the other, and for each a sentence that says what to mend. It changes nothing. */
import type { ConnectionCheck, ConnectionReport } from '#connectors/kit/connector.ts'
import { isGatewayError } from '#core/errors.ts'
import { lookup } from 'node:dns/promises'
import { Socket } from 'node:net'
import { addressOf, tlsOf, type Address, type SqlConfig } from './config.ts'
import { withDeadline } from './connection.ts'
import type { Dialect, SqlConnection } from './dialect.ts'
import { isTlsError, toGatewayError } from './errors.ts'
import { describeTable, type AccountTable } from './table.ts'

type Line = ConnectionReport['checks'][number]

/** Tries each step on a connection of its own; the first failure ends the test. Never throws. */
export async function testSqlConnection(target: string, dialect: Dialect, config: SqlConfig): Promise<ConnectionReport> {
  const address = addressOf(config)
  const lines: Line[] = []
  let connection: SqlConnection | null = null
  try {
    lines.push(await checkName(address))
    if (lines.at(-1)?.ok === true) lines.push(await checkTcp(address, config.connectTimeoutMs))
    if (lines.at(-1)?.ok === true) {
      const login = await checkLogin(target, dialect, config)
      connection = login.connection
      lines.push(...login.lines)
    }
    if (connection !== null) lines.push(...(await checkTable(target, dialect, config, connection)))
  } finally {
    await connection?.close()
  }
  return { ok: lines.every(({ ok }) => ok), checks: lines }
}

function passed(check: ConnectionCheck, message: string): Line {
  return { check, ok: true, message }
}

function failed(check: ConnectionCheck, message: string, hint?: string): Line {
  return { check, ok: false, message, ...(hint === undefined ? {} : { hint }) }
}

async function checkName({ host }: Address): Promise<Line> {
  try {
    const { address } = await lookup(host)
    return passed('name', `${host} is ${address}`)
  } catch {
    return failed('name', `The host name ${host} cannot be resolved`, 'Check the spelling and the name servers.')
  }
}

async function checkTcp({ host, port }: Address, timeoutMs: number): Promise<Line> {
  const socket = new Socket()
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect({ host, port }, resolve)
    })
    await withDeadline(connected, timeoutMs, () => socket.destroy())
    return passed('tcp', `Port ${port} answers`)
  } catch {
    return failed(
      'tcp',
      `Nothing answers on ${host} port ${port}`,
      'Check that the database runs, its port, and firewalls in between.',
    )
  } finally {
    socket.destroy()
  }
}

async function checkLogin(
  target: string,
  dialect: Dialect,
  config: SqlConfig,
): Promise<{ readonly connection: SqlConnection | null; readonly lines: Line[] }> {
  const tls = tlsOf(config)
  const encrypted = passed('tls', tls === null ? 'Not encrypted, as configured' : 'Encrypted')
  try {
    const connection = await dialect.connect({ ...addressOf(config), ...config, ...addressOf(config), tls })
    return { connection, lines: [encrypted, passed('login', 'The login works')] }
  } catch (error) {
    if (isTlsError(error)) {
      const hint = 'Give the certificate authority in tls.ca, or check the host name in the certificate.'
      return { connection: null, lines: [failed('tls', 'No trusted encrypted connection could be made', hint)] }
    }
    const ours = toGatewayError(error, 'connect', target)
    return { connection: null, lines: [encrypted, failed('login', ours.message, ours.hint)] }
  }
}

async function checkTable(target: string, dialect: Dialect, config: SqlConfig, connection: SqlConnection): Promise<Line[]> {
  let table: AccountTable
  try {
    table = await describeTable(dialect, connection, config)
  } catch (error) {
    // Names that are not there are a matter of the schema, and without them no right can be tried.
    const ours = toGatewayError(error, 'read', target)
    return [failed(isGatewayError(error) ? 'schema' : 'rights', ours.message, ours.hint)]
  }
  const missing = await missingRights(dialect, connection, table)
  if (missing.length > 0) {
    return [
      failed(
        'rights',
        `The database user may not ${missing.join(', ')}`,
        'Grant these, or list in columns only what it may use.',
      ),
    ]
  }
  const problem = schemaProblem(config, table)
  const schema =
    problem === null
      ? passed('schema', `${table.columns.length} columns can be mapped`)
      : failed('schema', problem[0], problem[1])
  return [passed('rights', 'The database user may read, add, change and delete'), schema]
}

/** EXPLAIN checks the rights of a statement and does not run it, in PostgreSQL, MySQL and MariaDB alike. */
async function missingRights(dialect: Dialect, connection: SqlConnection, table: AccountTable): Promise<readonly string[]> {
  const { name, key, columns, password, active, version, memberships } = table
  const all = [...columns, password, active, version].flatMap((column) => (column === null ? [] : [dialect.quote(column.name)]))
  const written = all.filter((column) => column !== dialect.quote(key.name))
  const assignments = (written.length === 0 ? all : written).map((column) => `${column} = ${column}`)
  const statements: [string, string][] = [
    [`SELECT on ${name}`, `SELECT ${all.join(', ')} FROM ${name}`],
    [`INSERT into ${name}`, insertNothing(name, written.length === 0 ? all : written)],
    [`UPDATE ${name}`, `UPDATE ${name} SET ${assignments.join(', ')} WHERE 1 = 0`],
    [`DELETE from ${name}`, `DELETE FROM ${name} WHERE 1 = 0`],
  ]
  if (memberships !== null) {
    const pair = [memberships.account, memberships.group].map((column) => dialect.quote(column.name))
    statements.push(
      [`SELECT on ${memberships.name}`, `SELECT ${pair.join(', ')} FROM ${memberships.name}`],
      [`INSERT into ${memberships.name}`, insertNothing(memberships.name, pair)],
      [`DELETE from ${memberships.name}`, `DELETE FROM ${memberships.name} WHERE 1 = 0`],
    )
  }
  const missing: string[] = []
  for (const [right, statement] of statements) {
    try {
      await connection.run({ text: `EXPLAIN ${statement}`, values: [] })
    } catch {
      missing.push(right)
    }
  }
  return missing
}

function insertNothing(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM ${table} WHERE 1 = 0`
}

function schemaProblem(config: SqlConfig, { key }: AccountTable): readonly [string, string] | null {
  if (!key.unique) return [`The key column ${key.name} is not unique`, 'Choose the primary key of the table.']
  if (config.keyFrom === null && !key.generatedKey && !key.hasDefault) {
    return [`The database does not generate the key ${key.name}`, 'Name in keyFrom the attribute that becomes the key.']
  }
  if (config.keyFrom === null && !key.generatedKey && config.dialect === 'mysql') {
    return [
      `MySQL does not tell the key ${key.name} that a default made`,
      'Use AUTO_INCREMENT, or name in keyFrom the attribute that becomes the key.',
    ]
  }
  return null
}
