/**
 * What both drivers lack: a statement that never waits longer than its deadline, and a connection that really ends when it is
 * given up (`end` of either driver waits for a server that may never answer).
 */
import type { Socket } from 'node:net'
import { trustedMs } from '#connectors/kit/pool.ts'
import type { SqlConnection, SqlResult, Statement } from './dialect.ts'
import { ConnectionLost } from './errors.ts'

/** How much longer than the server's own timeout the client waits, so that the server has settled before the client gives up. */
const patienceMs = 1_000

export interface Wire {
  readonly socket: Socket
  readonly statementTimeoutMs: number
  readonly send: (statement: Statement) => Promise<SqlResult>
  readonly quit: () => Promise<unknown>
}

/** A connection over a driver that is logged in. */
export function createConnection({ socket, statementTimeoutMs, send, quit }: Wire): SqlConnection {
  let lost: ConnectionLost | null = null
  let answeredAt = performance.now()
  const waiting = new Set<(error: ConnectionLost) => void>()
  const destroy = (why: 'aborted' | 'deadline' | 'closed' = 'closed') => {
    lost ??= new ConnectionLost(why)
    socket.destroy()
    for (const fail of waiting) fail(lost)
  }
  socket.once('close', () => destroy('closed'))
  return {
    get usable() {
      return lost === null && !socket.destroyed
    },
    get lost() {
      return lost?.why ?? null
    },
    get answeredAt() {
      return answeredAt
    },
    destroy,
    run: (statement) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(lost)
        const timer = setTimeout(() => destroy('deadline'), statementTimeoutMs + patienceMs)
        const settled = () => {
          clearTimeout(timer)
          waiting.delete(fail)
        }
        const fail = (error: unknown) => {
          settled()
          reject(error)
        }
        waiting.add(fail)
        send(statement).then((result) => {
          settled()
          answeredAt = performance.now()
          resolve(result)
        }, fail)
      }),
    async close() {
      if (lost !== null) return
      await withDeadline(quit(), patienceMs, () => destroy('closed')).catch(() => undefined)
      destroy('closed')
    },
  }
}

/** Whether an idle connection still answers. A broken one is ended. */
export async function isAlive(connection: SqlConnection): Promise<boolean> {
  if (!connection.usable) return false
  if (performance.now() - connection.answeredAt < trustedMs) return true
  await withDeadline(connection.run({ text: 'SELECT 1', values: [] }), patienceMs, () => connection.destroy('deadline'))
  return connection.usable
}

/** Awaits `work`; after `ms` milliseconds calls `giveUp` and fails with ConnectionLost. What `work` does later is ignored. */
export async function withDeadline<Result>(work: Promise<Result>, ms: number, giveUp: () => void): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      giveUp()
      reject(new ConnectionLost('deadline'))
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
