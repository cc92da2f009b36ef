/**
 * A transaction whose outcome is never unknown while the server can be asked: it knows its own number, and PostgreSQL remembers what
 * became of it (pg_xact_status, PostgreSQL manual, 9.27.6).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Conversation, Run } from '../conversation.ts'
import { stale } from '../accounts/refusal.ts'
import type { RoleAccess } from './role.ts'

const pollMs = 50

/** Throws what `work` throws, `transient` when it is certain that nothing was changed, `unknown_outcome` when nobody can be asked. */
export async function settled<Result>(
  { conversation, config, target }: Pick<RoleAccess, 'conversation' | 'config' | 'target'>,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const done: { number: string; result?: Result } = { number: '' }
  try {
    return await conversation.transaction(async (run) => {
      done.number = String((await run({ text: 'SELECT pg_current_xact_id()::text', values: [] })).rows[0]?.[0])
      const result = await work(run)
      done.result = result
      return result
    })
  } catch (error) {
    // Two sessions that change one role at once: the server lets the second one fail (XX000, tuple concurrently updated).
    if (isGatewayError(error) && error.vendorCode === 'SQLSTATE XX000') throw stale(target, 'something')
    if (!isGatewayError(error) || error.code !== 'unknown_outcome' || !('result' in done)) throw error
    switch (await statusOf(conversation, done.number, Date.now() + config.statementTimeoutMs)) {
      case 'committed':
        return done.result
      case 'aborted':
        throw new GatewayError('transient', `${target}: the connection was lost, and nothing was changed`, {
          sent: 'no',
          cause: error,
        })
      default:
        throw error
    }
  }
}

/** Waits for a transaction that still ends; null when the server cannot be asked or has forgotten. */
async function statusOf(conversation: Conversation, number: string, until: number): Promise<string | null> {
  try {
    for (;;) {
      const { rows } = await conversation.read({ text: 'SELECT pg_xact_status($1::text::xid8)', values: [number] })
      const status = rows[0]?.[0]
      if (status !== 'in progress') return typeof status === 'string' ? status : null
      if (Date.now() > until) return null
      await sleep(pollMs)
    }
  } catch (error) {
    if (isGatewayError(error)) return null
    throw error
  }
}
