/** One job's work on an application's user table, the same for every dialect: finding, listing, proving. Changes: `changes.ts`. */
import type { Account, AccountKey } from '#core/account.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Attributes } from '#core/values.ts'
import { phrases } from '../phrases.ts'
import { createChanges } from './changes.ts'
import { testTables } from './check.ts'
import type { SqlResult } from '../dialect.ts'
import type { Column } from '../column.ts'
import { schemaOf } from './schema.ts'
import { holdsPassword } from './password.ts'
import { surveyServer } from '../survey.ts'
import { createSpelling, valueKey } from '../spelling.ts'
import { selectByAttributes, selectByKey, selectPage } from './statements.ts'
import { toAccounts, type TableAccess } from './table.ts'

/** So many rows may equal a value in the database's eyes (case, accents) before we stop looking for the one that does in ours. */
const lookalikes = 20

export function createTableDriver(access: TableAccess): Driver {
  const { config, dialect, table, conversation } = access
  const accounts = (result: SqlResult) => toAccounts(dialect, config, table, result)

  async function find({ nativeId, correlate }: AccountKey): Promise<Account | null> {
    if (nativeId !== null) return findByKey(nativeId)
    checkCorrelation(access, correlate)
    const found = accounts(await conversation.read(selectByAttributes(dialect, table, correlate, lookalikes)))
    const matching = found.filter(({ attributes }) => table.columns.every((column) => matches(column, correlate, attributes)))
    if (matching.length > 1 || found.length === lookalikes) {
      throw new GatewayError('ambiguous', `${access.target}: several rows of ${config.table} have the correlating values`, {
        sent: 'yes',
        hint: phrases.unique,
      })
    }
    return matching[0] ?? null
  }

  /** A text that cannot be a key (a word for a number, a number too large) is the key of no account. */
  async function findByKey(nativeId: string): Promise<Account | null> {
    try {
      return accounts(await conversation.read(selectByKey(dialect, table, nativeId)))[0] ?? null
    } catch (error) {
      if (isGatewayError(error) && error.code === 'invalid') return null
      throw error
    }
  }

  return {
    spelling: createSpelling(table),
    find,
    ...createChanges(access, find),
    async holdsSecret(current, attribute, secret) {
      if (table.password === null || attribute !== table.password.name) return null
      const now = await find({ nativeId: current.nativeId, correlate: {} })
      const hash = now?.secrets?.[attribute]
      return hash === undefined ? false : holdsPassword(hash, secret, config.passwords?.prefix)
    },
    testConnection: () => testTables(access.target, dialect, config),
    discoverSchema: () => Promise.resolve(schemaOf(access)),
    survey: async () => ({ facts: [], narrows: {}, ...(await surveyServer(config, conversation)) }),
    async *list(pageSize, after = null) {
      let last: string | null = after
      for (;;) {
        const page: readonly Account[] = accounts(await conversation.read(selectPage(dialect, table, last, pageSize)))
        if (page.length > 0) yield page
        if (page.length < pageSize) return
        last = page.at(-1)?.nativeId ?? null
      }
    },
    [Symbol.asyncDispose]: () => conversation[Symbol.asyncDispose](),
  }
}

/** Every correlating attribute must narrow the search: a condition that is left out would find a stranger. */
function checkCorrelation({ target, config, table }: TableAccess, correlate: Attributes): void {
  for (const [name, values] of correlationOf({ correlate })) {
    const column = table.columns.find((one) => one.name === name)
    if (column === undefined || column.multivalued) {
      throw new GatewayError(
        'config',
        `${target}: ${name} is no single-valued column of ${config.table}, so accounts cannot be found by it`,
        {
          sent: 'no',
          at: name,
        },
      )
    }
    if (values.length > 1)
      throw new GatewayError('invalid', `${target}: correlating by ${name} needs exactly one value`, { sent: 'no', at: name })
  }
}

/** A collation may call `zoe` and `zoé` equal. They are two people: only case and compatible forms may differ. */
function matches(column: Column, wanted: Attributes, found: Attributes): boolean {
  const value = wanted[column.name]?.[0]
  if (value === undefined) return true
  return valueKey(column, value) === valueKey(column, found[column.name]?.[0] ?? '')
}
