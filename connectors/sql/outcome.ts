/**
 * What became of a transaction whose COMMIT was not answered, where the server can be asked: PostgreSQL gives it a number, and remembers (PostgreSQL
 * manual, 9.27.6). Reading the account back would mistake a stranger's row for ours, and a COMMIT that goes on (a deferred trigger, a standby that is
 * waited for: no timeout of a statement ends those) for none.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Outcome, SqlResult, Statement } from './dialect.ts'

export interface OutcomeOptions {
  readonly read: (statement: Statement) => Promise<SqlResult>
  readonly outcome: Outcome | null
  /** What the server answered when the transaction began. */
  readonly begun: SqlResult['rows'][number]
  readonly target: string
  /** A transaction that still goes on is waited for as long again, within the job's own deadline, before its session is ended. */
  readonly statementTimeoutMs: number
}

const pollMs = 50
const longestWaitMs = 2_000
/** How long a session that is ended may take to say so. */
const endingMs = 1_000

/** Returns when the transaction was committed. Throws `transient` when it is certain that nothing was changed, and `error` when nobody can be asked. */
export async function settleCommit(error: unknown, options: OutcomeOptions): Promise<void> {
  const { read, outcome, begun, target, statementTimeoutMs } = options
  if (outcome === null || !isGatewayError(error) || error.code !== 'unknown_outcome') throw error
  const question = outcome.ask(begun)
  let status = await statusOf(read, question, Math.min(statementTimeoutMs, longestWaitMs))
  if (status === 'in progress') {
    await read(outcome.end(begun)).catch(() => null)
    status = await statusOf(read, question, endingMs)
  }
  switch (status) {
    case 'committed':
      return
    case 'aborted':
      throw new GatewayError('transient', `${target}: the connection was lost, and nothing was changed`, {
        sent: 'no',
        cause: error,
      })
    default:
      throw error
  }
}

/** Waits for a transaction that still ends; null when the server cannot be asked or has forgotten. */
async function statusOf(read: OutcomeOptions['read'], question: Statement, withinMs: number): Promise<string | null> {
  const until = Date.now() + withinMs
  try {
    for (;;) {
      const status = (await read(question)).rows[0]?.[0]
      if (typeof status !== 'string') return null
      if (status !== 'in progress' || Date.now() > until) return status
      await sleep(pollMs)
    }
  } catch (error) {
    if (isGatewayError(error)) return null
    throw error
  }
}
