/** What the table says about its accounts, for the rules that are written for it. */
import type { AccountSchema } from '#connectors/kit/connector.ts'
import { toAttribute } from '../schema.ts'
import type { TableAccess } from './table.ts'

export function schemaOf({ config, table }: Pick<TableAccess, 'config' | 'table'>): AccountSchema {
  const ordinary = table.columns.map((column) =>
    toAttribute(column, { readOnly: column.name === table.key.name && config.keyFrom !== config.key, writeOnly: false }),
  )
  const password = table.password === null ? [] : [toAttribute(table.password, { readOnly: false, writeOnly: true })]
  // What is hashed may be longer or shorter than its hash.
  return { attributes: [...ordinary, ...password.map((attribute) => ({ ...attribute, maxLength: null }))] }
}
