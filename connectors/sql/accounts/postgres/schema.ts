/** What a role of PostgreSQL has, for the rules that are written for it. */
import type { AccountSchema } from '#connectors/kit/connector.ts'
import type { SqlConfig } from '../../config.ts'
import { toAttribute } from '../../schema.ts'
import { columnOf } from '../columns.ts'
import { columns } from './role.ts'
import { attributeOf } from './settings.ts'

export function schemaOf({ accounts }: Pick<SqlConfig, 'accounts'>): AccountSchema {
  const settings = accounts.settings.map((parameter) => columnOf(attributeOf({ parameter, database: null }), 'text'))
  return {
    attributes: [
      ...[...columns, ...settings].map((column) => toAttribute(column, { readOnly: column.maintained, writeOnly: false })),
      toAttribute(columnOf(accounts.passwordAttribute, 'text'), { readOnly: false, writeOnly: true }),
    ],
  }
}
