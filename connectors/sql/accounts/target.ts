/** What every piece of a job on database accounts works with. */
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import type { Logger } from 'pino'
import type { SqlConfig } from '../config.ts'
import type { Dialect } from '../dialect.ts'

export interface AccountsTarget {
  readonly target: string
  readonly config: SqlConfig
  readonly dialect: Dialect
  readonly log: Logger
  /** The connection test, on a connection of its own. */
  readonly test: () => Promise<ConnectionReport>
}
