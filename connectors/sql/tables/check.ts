/** The connection test: one question after the other, and for each a sentence that says what to mend. It changes nothing. */
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import type { Step } from '#connectors/kit/probe.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { TableConfig } from '../config.ts'
import type { Dialect, SqlConnection } from '../dialect.ts'
import { toGatewayError } from '../errors.ts'
import { testInSteps } from '../login.ts'
import { phrases } from '../phrases.ts'
import { describeTable, type AccountTable } from './table.ts'

/** Tries each step; the first failure ends the test. Never throws. */
export function testTables(target: string, dialect: Dialect, config: TableConfig): Promise<ConnectionReport> {
  return testInSteps(target, dialect, config, (opened) => tableSteps(target, dialect, config, opened))
}

/** Names that do not exist are a matter of the schema, although they are met first; without them no right can be tried. */
function tableSteps(target: string, dialect: Dialect, config: TableConfig, opened: () => SqlConnection): readonly Step[] {
  let described: AccountTable | GatewayError | null = null
  return [
    {
      check: 'rights',
      run: async () => {
        const connection = opened()
        try {
          described = await describeTable(dialect, connection, config)
        } catch (error) {
          described = toGatewayError(error, 'read', target)
          if (described.code !== 'config') throw described
          return phrases.notYet
        }
        const missing = await missingRights(target, dialect, connection, described)
        if (missing.length === 0) return phrases.canChange
        throw new GatewayError('denied', `${target}: the database user may not ${missing.join(', ')}`, {
          sent: 'no',
          hint: phrases.grantThese,
        })
      },
    },
    {
      check: 'schema',
      run: async () => {
        if (described === null || described instanceof GatewayError) throw described ?? new Error('the table was not described')
        checkSchema(target, config, described)
        return phrases.columnsMapped({ count: String(described.columns.length) })
      },
    },
  ]
}

/** EXPLAIN checks the rights of a statement and does not run it, in PostgreSQL, MySQL and MariaDB alike. */
async function missingRights(
  target: string,
  dialect: Dialect,
  connection: SqlConnection,
  table: AccountTable,
): Promise<readonly string[]> {
  const missing: string[] = []
  for (const [right, statement] of statementsOf(dialect, table)) {
    try {
      await connection.run({ text: `EXPLAIN ${statement}`, values: [] })
    } catch (error) {
      const ours = toGatewayError(error, 'read', target)
      if (ours.code !== 'denied') throw ours
      missing.push(right)
    }
  }
  return missing
}

function statementsOf(dialect: Dialect, { name, key, columns, password, active, version, memberships }: AccountTable) {
  const known = [...columns, password, active, version].filter((column) => column !== null)
  const all = known.map((column) => dialect.quote(column.name))
  const added = known.filter((column) => !column.generatedKey).map((column) => dialect.quote(column.name))
  const changed = added.filter((column) => column !== dialect.quote(key.name))
  const statements: [right: string, statement: string][] = [
    [`SELECT from ${name}`, `SELECT ${all.join(', ')} FROM ${name}`],
    [`INSERT into ${name}`, insertNothing(name, added.length === 0 ? all : added)],
    [
      `UPDATE ${name}`,
      `UPDATE ${name} SET ${(changed.length === 0 ? all : changed).map((column) => `${column} = ${column}`).join(', ')} WHERE 1 = 0`,
    ],
    [`DELETE from ${name}`, `DELETE FROM ${name} WHERE 1 = 0`],
  ]
  if (memberships === null) return statements
  const pair = [memberships.account, memberships.group].map((column) => dialect.quote(column.name))
  statements.push(
    [`SELECT from ${memberships.name}`, `SELECT ${pair.join(', ')} FROM ${memberships.name}`],
    [`INSERT into ${memberships.name}`, insertNothing(memberships.name, pair)],
    [`DELETE from ${memberships.name}`, `DELETE FROM ${memberships.name} WHERE 1 = 0`],
  )
  return statements
}

function insertNothing(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM ${table} WHERE 1 = 0`
}

function checkSchema(target: string, { keyFrom, dialect }: TableConfig, { key }: AccountTable): void {
  const problem = (message: string, hint: Phrase) => new GatewayError('config', `${target}: ${message}`, { sent: 'no', hint })
  if (!key.unique) throw problem(`the key column ${key.name} is not unique`, phrases.primaryKey)
  if (keyFrom !== null || key.generatedKey) return
  if (!key.hasDefault) throw problem(`the database does not generate ${key.name}`, phrases.keyFrom)
  if (dialect === 'mysql') {
    throw problem(`MySQL does not tell which ${key.name} its default made`, phrases.autoIncrement)
  }
}
