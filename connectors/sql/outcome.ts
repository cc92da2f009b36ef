/**
 * What became of a transaction whose COMMIT was not answered, where the server can be asked: PostgreSQL gives it a number, and remembers (PostgreSQL
 * manual, 9.27.6). Reading the account back would mistake a stranger's row for ours, and a COMMIT that still waits for a standby for none.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { SqlResult, Statement } from './dialect.ts'

export interface OutcomeOptions {
  readonly ask: (statement: Statement) => Promise<SqlResult>
  /** What asks: null where transactions have no numbers. */
  readonly question: Statement | null
  readonly target: string
  /** How long a transaction that still ends is waited for. */
  readonly patienceMs: number
}

const pollMs = 50

/** Returns when the transaction was committed. Throws `transient` when it is certain that nothing was changed, and `error` when nobody can be asked. */
export async function settleCommit(error: unknown, { ask, question, target, patienceMs }: OutcomeOptions): Promise<void> {
  if (question === null || !isGatewayError(error) || error.code !== 'unknown_outcome') throw error
  switch (await statusOf(ask, question, Date.now() + patienceMs)) {
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
async function statusOf(ask: OutcomeOptions['ask'], question: Statement, until: number): Promise<string | null> {
  try {
    for (;;) {
      const status = (await ask(question)).rows[0]?.[0]
      if (status !== 'in progress') return typeof status === 'string' ? status : null
      if (Date.now() > until) return null
      await sleep(pollMs)
    }
  } catch (error) {
    if (isGatewayError(error)) return null
    throw error
  }
}
