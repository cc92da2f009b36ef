/** The attributes of database accounts, described as if they were columns: reading, writing and comparing values is then the same. */
import type { AccountSchema } from '#connectors/kit/connector.ts'
import type { Column, ColumnKind } from '../column.ts'
import { toAttribute } from '../schema.ts'

/** A single-valued column that may be empty; `more` says what is different. */
export function columnOf(name: string, kind: ColumnKind, more: Partial<Column> = {}): Column {
  return {
    name,
    kind,
    castType: 'text',
    multivalued: false,
    nullable: true,
    hasDefault: false,
    generatedKey: false,
    maintained: false,
    foldsCase: false,
    unique: false,
    maxLength: null,
    allowedValues: null,
    ...more,
  }
}

/** These columns as attributes, those that the server looks after only to be read, and the password. */
export function toSchema(columns: readonly Column[], passwordAttribute: string): AccountSchema {
  return {
    attributes: [
      ...columns.map((column) => toAttribute(column, { readOnly: column.maintained, writeOnly: false })),
      toAttribute(columnOf(passwordAttribute, 'text'), { readOnly: false, writeOnly: true }),
    ],
  }
}
