/** Opens drivers for a target's user table; the catalog is read once for many jobs. */
import type { Driver } from '#connectors/kit/connector.ts'
import type { Conversation } from '../conversation.ts'
import { createTableDriver } from './driver.ts'
import { describeTable, type AccountTable, type TableAccess } from './table.ts'

/** The catalog is read again after so many milliseconds, so that a new column is seen. */
const descriptionMs = 300_000

export function createTableOpener(
  access: Pick<TableAccess, 'target' | 'config' | 'dialect'>,
): (conversation: Conversation) => Promise<Driver> {
  const { config, dialect } = access
  let known: { readonly table: AccountTable; readonly until: number } | null = null

  async function tableOf(conversation: Conversation): Promise<AccountTable> {
    if (known !== null && Date.now() < known.until) return known.table
    const table = await conversation.withConnection((connection) => describeTable(dialect, connection, config))
    known = { table, until: Date.now() + descriptionMs }
    return table
  }

  return async (conversation) => createTableDriver({ ...access, table: await tableOf(conversation), conversation })
}
