/** What the table says about its accounts, for the rules that are written for it. */
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import type { Column, ColumnKind } from './mapping.ts'
import type { TableAccess } from './table.ts'

export function schemaOf({ config, table }: Pick<TableAccess, 'config' | 'table'>): AccountSchema {
  const ordinary = table.columns.map((column) =>
    toAttribute(column, { readOnly: column.name === table.key.name && config.keyFrom !== config.key, writeOnly: false }),
  )
  const password = table.password === null ? [] : [toAttribute(table.password, { readOnly: false, writeOnly: true })]
  // What is hashed may be longer or shorter than its hash.
  return { attributes: [...ordinary, ...password.map((attribute) => ({ ...attribute, maxLength: null }))] }
}

function toAttribute(column: Column, roles: { readonly readOnly: boolean; readonly writeOnly: boolean }): AttributeSchema {
  return {
    name: column.name,
    type: attributeTypes[column.kind],
    multivalued: column.multivalued,
    required: !column.nullable && !column.hasDefault && !column.generatedKey,
    readOnly: roles.readOnly,
    writeOnly: roles.writeOnly,
    unique: column.unique,
    maxLength: column.maxLength,
    allowedValues: column.allowedValues,
  }
}

const attributeTypes: Readonly<Record<ColumnKind, AttributeSchema['type']>> = {
  text: 'string',
  integer: 'number',
  bigint: 'number',
  decimal: 'number',
  float: 'number',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'date',
  timestamptz: 'date',
  uuid: 'string',
  json: 'string',
  binary: 'binary',
  other: 'string',
}
