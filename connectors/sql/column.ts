/** A column as the catalog of a database describes it, and the refusal of a value that it cannot hold. */
import { GatewayError } from '#core/errors.ts'

/** integer fits a JavaScript number; bigint and decimal are strings; timestamp has no zone and counts as UTC; other is left to the database. */
export type ColumnKind =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'json'
  | 'binary'
  | 'other'

export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** The type as it is written in a cast, without its length; from the catalog, never from outside. */
  readonly castType: string
  /** PostgreSQL arrays and MySQL sets hold several values. */
  readonly multivalued: boolean
  readonly nullable: boolean
  readonly hasDefault: boolean
  /** The database fills it when a row is added: auto increment, identity, serial. */
  readonly generatedKey: boolean
  /** Computed from other columns, or renewed by the database with every change: never written, and no attribute. */
  readonly maintained: boolean
  /** Compared without regard to case: citext, collations that end in _ci. */
  readonly foldsCase: boolean
  readonly unique: boolean
  readonly maxLength: number | null
  readonly allowedValues: readonly string[] | null
}

/** Names the column, and never the value. */
export function refused(column: Column, problem: string): GatewayError {
  return new GatewayError('invalid', `Column ${column.name} ${problem}`, { sent: 'no', at: column.name })
}
