/**
 * A job's talk with the database over one connection of the pool. It knows in which phase an error happened, which decides
 * between "not done" and "unknown", and it replaces a connection that broke, so that a job can look after a lost reply.
 */
import type { Lease, Pool } from '#connectors/kit/pool.ts'
import type { Dialect, SqlConnection, SqlResult, Statement } from './dialect.ts'
import { breaksConnection, ConnectionLost, toGatewayError, type Phase } from './errors.ts'
import { settleCommit } from './outcome.ts'

export type Run = (statement: Statement) => Promise<SqlResult>

/** All methods throw GatewayError only. */
export interface Conversation extends AsyncDisposable {
  /** A statement that changes nothing. */
  read(statement: Statement): Promise<SqlResult>
  /** One statement that changes something, a transaction of its own. */
  change(statement: Statement): Promise<SqlResult>
  /**
   * All statements of `work` or none; whatever `work` throws rolls back. When the COMMIT is not answered, the server is asked what became of it, where it
   * knows: `transient` then means that nothing was changed, and `unknown_outcome` that nobody could be asked.
   */
  transaction<Result>(work: (run: Run) => Promise<Result>): Promise<Result>
  /** The connection itself, for reading the catalog. */
  withConnection<Result>(use: (connection: SqlConnection) => Promise<Result>): Promise<Result>
}

export interface ConversationOptions {
  readonly pool: Pool<SqlConnection>
  readonly dialect: Pick<Dialect, 'begin' | 'outcome'>
  readonly statementTimeoutMs: number
  readonly target: string
  readonly signal: AbortSignal
}

/** Takes a connection at once, so that a target that is down is noticed here. */
export async function openConversation(options: ConversationOptions): Promise<Conversation> {
  const { dialect, target, statementTimeoutMs } = options
  const hold = createHold(options)
  try {
    await hold.connection()
  } catch (error) {
    await hold.end()
    throw error
  }
  const attempt = async <Result>(phase: Phase, work: (on: SqlConnection) => Promise<Result>): Promise<Result> => {
    const on = await hold.connection()
    try {
      return await mapped(on, phase, target, () => work(on))
    } finally {
      hold.answered(on)
    }
  }
  /** Asking again harms nothing, and a connection that broke in the pool must not end the job. */
  const ask = async <Result>(work: (on: SqlConnection) => Promise<Result>): Promise<Result> => {
    const on = await hold.connection()
    const first = hold.isUnproved(on)
    try {
      return await attempt('read', work)
    } catch (error) {
      if (!first || !hold.closedUnderUs(on)) throw error
      return attempt('read', work)
    }
  }
  const read = (statement: Statement) => ask((on) => on.run(statement))
  return {
    read,
    withConnection: ask,
    change: (statement) => attempt('commit', (on) => on.run(statement)),
    async transaction(work) {
      const begun = await ask((on) => on.run({ text: dialect.begin, values: [] }))
      // From here on this very connection: a transaction does not go on on another one.
      const on = await hold.connection()
      const result = await unlessRolledBack(on, work, target)
      try {
        await mapped(on, 'commit', target, () => on.run({ text: 'COMMIT', values: [] }))
      } catch (error) {
        await settleCommit(error, { read, outcome: dialect.outcome, begun: begun.rows[0] ?? [], target, statementTimeoutMs })
      }
      return result
    },
    [Symbol.asyncDispose]: () => hold.end(),
  }
}

/** The connection that a job holds, renewed when it broke; an aborted job destroys it. */
function createHold({ pool, target, signal }: ConversationOptions) {
  let lease: Lease<SqlConnection> | null = null
  let proved: SqlConnection | null = null
  const abort = () => lease?.resource.destroy('aborted')
  signal.addEventListener('abort', abort, { once: true })
  const giveBack = async () => {
    const last = lease
    lease = null
    if (last?.resource.usable === true) last.giveBack()
    else await last?.discard()
  }
  return {
    async connection(): Promise<SqlConnection> {
      if (lease?.resource.usable === true) return lease.resource
      await giveBack()
      try {
        lease = await pool.take(signal)
      } catch (error) {
        throw toGatewayError(error, 'connect', target)
      }
      return lease.resource
    },
    answered(on: SqlConnection): void {
      proved = on
    },
    isUnproved: (on: SqlConnection) => proved !== on,
    closedUnderUs: (on: SqlConnection) => on.lost === 'closed' && !signal.aborted,
    async end(): Promise<void> {
      signal.removeEventListener('abort', abort)
      await giveBack()
    },
  }
}

async function unlessRolledBack<Result>(on: SqlConnection, work: (run: Run) => Promise<Result>, target: string): Promise<Result> {
  try {
    return await work((statement) => mapped(on, 'write', target, () => on.run(statement)))
  } catch (error) {
    await rollback(on)
    throw error
  }
}

async function mapped<Result>(on: SqlConnection, phase: Phase, target: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (breaksConnection(error)) on.destroy(error instanceof ConnectionLost ? error.why : 'closed')
    throw toGatewayError(error, phase, target)
  }
}

/** A connection whose rollback fails is of no use to anyone; the server ends its transaction with it. */
async function rollback(on: SqlConnection): Promise<void> {
  if (!on.usable) return
  try {
    await on.run({ text: 'ROLLBACK', values: [] })
  } catch {
    on.destroy('closed')
  }
}
