/** What a role of PostgreSQL has, for the rules that are written for it. */
import type { AccountSchema } from '#connectors/kit/connector.ts'
import { columnOf, toSchema } from '../accounts/columns.ts'
import type { SqlConfig } from '../config.ts'
import { columns } from './role.ts'
import { attributeOf } from './settings.ts'

export function schemaOf({ accounts }: Pick<SqlConfig, 'accounts'>): AccountSchema {
  const settings = accounts.settings.map((parameter) => columnOf(attributeOf({ parameter, database: null }), 'text'))
  return toSchema([...columns, ...settings], accounts.passwordAttribute)
}
