/** The attributes of database accounts, described as if they were columns: reading, writing and comparing values is then the same. */
import type { Column, ColumnKind } from '../mapping.ts'

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
