/** How a column shows among the attributes that rules are written for. */
import type { AttributeSchema } from '#connectors/kit/connector.ts'
import type { Column, ColumnKind } from './column.ts'

export function toAttribute(column: Column, roles: { readonly readOnly: boolean; readonly writeOnly: boolean }): AttributeSchema {
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
