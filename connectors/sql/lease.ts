/**
 * A job's hold on one connection of the pool. It knows in which phase an error happened, which decides between "not done"
 * and "unknown", and it replaces a connection that broke, so that a job can look after a lost reply.
 */
import type { SqlConnection, SqlResult, Statement } from './dialect.ts'
import { breaksConnection, ConnectionLost, toGatewayError, type Phase } from './errors.ts'
import type { Pool } from './pool.ts'

export type Run = (statement: Statement) => Promise<SqlResult>

/** All methods throw GatewayError only. */
export interface Lease extends AsyncDisposable {
  /** A statement that changes nothing. */
  read(statement: Statement): Promise<SqlResult>
  /** One statement that changes something, a transaction of its own. */
  change(statement: Statement): Promise<SqlResult>
  /** All statements of `work` or none; whatever `work` throws rolls back. */
  transaction<Result>(work: (run: Run) => Promise<Result>): Promise<Result>
  /** The connection itself, for reading the catalog. */
  withConnection<Result>(use: (connection: SqlConnection) => Promise<Result>): Promise<Result>
}

export interface LeaseOptions {
  readonly pool: Pool
  /** The dialect's words that begin a transaction. */
  readonly begin: string
  readonly target: string
  readonly signal: AbortSignal
}

/** Takes a connection at once, so that a target that is down is noticed here. */
export async function openLease({ pool, begin, target, signal }: LeaseOptions): Promise<Lease> {
  let held: SqlConnection | null = null
  let proved: SqlConnection | null = null
  const abort = () => held?.destroy('aborted')
  signal.addEventListener('abort', abort, { once: true })

  const connection = async (): Promise<SqlConnection> => {
    if (held?.usable === true) return held
    giveBack()
    try {
      held = await pool.acquire(signal)
    } catch (error) {
      throw toGatewayError(error, 'connect', target)
    }
    return held
  }
  const giveBack = () => {
    if (held !== null) pool.release(held)
    held = null
  }
  const attempt = async <Result>(phase: Phase, work: (on: SqlConnection) => Promise<Result>): Promise<Result> => {
    const on = await connection()
    const unproved = on !== proved
    try {
      const result = await work(on)
      proved = on
      return result
    } catch (error) {
      if (breaksConnection(error)) on.destroy('closed')
      // It broke in the pool, before its first question of this job was answered, and asking again harms nothing.
      if (unproved && phase === 'read' && closedUnderUs(on, error)) return again(phase, work)
      throw toGatewayError(error, phase, target)
    }
  }
  const again = async <Result>(phase: Phase, work: (on: SqlConnection) => Promise<Result>): Promise<Result> => {
    const on = await connection()
    proved = on
    return attempt(phase, work)
  }
  const closedUnderUs = (on: SqlConnection, error: unknown) =>
    !on.usable && !signal.aborted && !(error instanceof ConnectionLost && error.why !== 'closed')

  async function transaction<Result>(work: (run: Run) => Promise<Result>): Promise<Result> {
    await attempt('read', (on) => on.run({ text: begin, values: [] }))
    const on = await connection()
    const run: Run = (statement) => runMapped(on, statement, 'write', target)
    let result: Result
    try {
      result = await work(run)
    } catch (error) {
      await rollback(on)
      throw error
    }
    await runMapped(on, { text: 'COMMIT', values: [] }, 'commit', target)
    return result
  }

  try {
    await connection()
  } catch (error) {
    signal.removeEventListener('abort', abort)
    throw error
  }
  return {
    read: (statement) => attempt('read', (on) => on.run(statement)),
    change: (statement) => attempt('commit', (on) => on.run(statement)),
    transaction,
    withConnection: (use) => attempt('read', use),
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', abort)
      giveBack()
    },
  }
}

/** Like `run`, on this very connection: a transaction must not go on on another one. */
async function runMapped(on: SqlConnection, statement: Statement, phase: Phase, target: string): Promise<SqlResult> {
  try {
    return await on.run(statement)
  } catch (error) {
    if (breaksConnection(error)) on.destroy('closed')
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
