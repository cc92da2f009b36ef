/** What PostgreSQL and MySQL must each provide; everything else of table mode is the same for both and knows only this. */
import type { TlsOptions } from './config.ts'
import type { Column } from './column.ts'
import type { Parameter, Raw } from './mapping.ts'

export interface Statement {
  readonly text: string
  readonly values: readonly Parameter[]
}

export interface SqlResult {
  readonly rows: readonly (readonly Raw[])[]
  /** Rows that the statement matched or added. */
  readonly count: number
  /** The generated key, where the database reports it apart from the rows. */
  readonly insertedId: string | null
}

/** One physical connection. Errors are the driver's own, or ConnectionLost; `toGatewayError` maps them. */
export interface SqlConnection {
  /** Runs one statement, alone: never two at once. Fails with ConnectionLost once the client's deadline has passed. */
  run(statement: Statement): Promise<SqlResult>
  /** False as soon as the socket ended or `destroy` was called. */
  readonly usable: boolean
  /** Why it is not usable any more. */
  readonly lost: 'aborted' | 'deadline' | 'closed' | null
  /** When it last answered, in milliseconds of `performance.now()`. */
  readonly answeredAt: number
  /** Ends the socket at once; whatever runs fails with ConnectionLost. */
  destroy(why?: 'aborted' | 'deadline' | 'closed'): void
  /** Says goodbye to the server. */
  close(): Promise<void>
}

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly tls: TlsOptions | null
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
}

export interface TableName {
  readonly schema: string | null
  readonly table: string
}

export interface Outcome {
  /** committed, aborted, in progress; NULL when it is forgotten. */
  ask(begun: readonly Raw[]): Statement
  /** Ends the session that is still at it, and no other. */
  end(begun: readonly Raw[]): Statement
}

export interface Dialect {
  connect(options: ConnectOptions): Promise<SqlConnection>
  /** The columns of a table in their order; none when there is no such table, or no right to see it. */
  describe(connection: SqlConnection, name: TableName): Promise<readonly Column[]>
  /** An identifier, quoted so that nothing in it is read as SQL. */
  quote(identifier: string): string
  /** The n-th placeholder of a statement, counted from 1. */
  placeholder(position: number): string
  /** A placeholder as it is compared with the column: in the column's own type, never as a floating-point number. */
  comparable(column: Column, placeholder: string): string
  /** An expression that gives a column over all rows of `from` as one list of texts, and what reads that list. */
  collect(column: string, from: string): string
  collected(raw: Raw): readonly string[]
  /** Begins a transaction; answers with what `outcome` knows it by. */
  readonly begin: string
  /** Null where nobody remembers what became of a transaction. */
  readonly outcome: Outcome | null
  /** Between VALUES and RETURNING: a taken unique value adds no row instead of failing. Empty where that does not exist. */
  readonly onConflict: string
  /** Whether INSERT … RETURNING exists; if not, `insertedId` holds a generated key. */
  readonly returning: boolean
  /** Stands for the columns and values of a row without any. */
  readonly defaultRow: string
  /** Lets an INSERT write a key that the database would generate. */
  readonly overriding: string
  /** Ends a SELECT of memberships that must hold still and be current until the transaction ends. */
  readonly lockMemberships: string
}
