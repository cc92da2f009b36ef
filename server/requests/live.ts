/**
 * Live: what the ledger announces, told to whoever waits in this process. Callers who wait for a request's end are told by its
 * final state; streams get everything. A lost announcement costs a waiting caller one second, never the answer.
 */
import type { Sql } from '#core/database.ts'
import { eventsChannel } from '#core/ledger/writer.ts'
import { isOutage } from '#core/outage.ts'
import { isFinal, type RequestState } from '#core/states.ts'

export interface Change {
  readonly requestId: string
  /** null: one of its steps changed. */
  readonly state: RequestState | null
}

export interface Live extends AsyncDisposable {
  /**
   * Resolves true when the request is final, false when the time is up, `signal` is aborted or everybody is released. While the database
   * cannot be asked it goes on waiting.
   */
  untilFinal(requestId: string, waitMs: number, signal?: AbortSignal): Promise<boolean>
  subscribe(listener: (changes: readonly Change[]) => void): Disposable
  /** Nobody waits here any longer: this server stops. */
  release(): void
  /** Aborted by `release`. */
  readonly released: AbortSignal
}

const pollMs = 1_000

export async function openLive(sql: Sql): Promise<Live> {
  const waiting = new Map<string, Set<() => void>>()
  const listeners = new Set<(changes: readonly Change[]) => void>()
  const released = new AbortController()

  const listening = await sql.listen(eventsChannel, (payload) => {
    const changes = payload.split('\n').map((line): Change => {
      const [requestId = '', state = ''] = line.split(' ')
      return { requestId, state: state === '' ? null : (state as RequestState) }
    })
    for (const { requestId, state } of changes)
      if (state !== null && isFinal(state)) for (const wake of waiting.get(requestId) ?? []) wake()
    for (const listener of listeners) listener(changes)
  })

  return {
    released: released.signal,
    release() {
      released.abort()
      for (const wakes of waiting.values()) for (const wake of wakes) wake()
    },
    async untilFinal(requestId, waitMs, signal) {
      // Not one signal of both: what follows one that lives as long as the process costs more than all the rest of a wait.
      const isGivenUp = () => released.signal.aborted || signal?.aborted === true
      if (isGivenUp()) return false
      const end = Date.now() + waitMs
      const told = Promise.withResolvers<true>()
      const wake = () => told.resolve(true)
      const others = waiting.get(requestId) ?? new Set()
      waiting.set(requestId, others.add(wake))
      signal?.addEventListener('abort', wake)
      try {
        for (let left = waitMs; left > 0; left = end - Date.now()) {
          const timer = Promise.withResolvers<false>()
          const timeout = setTimeout(() => timer.resolve(false), Math.min(left, pollMs))
          const isTold = await Promise.race([told.promise, timer.promise])
          clearTimeout(timeout)
          if (isTold) return !isGivenUp()
          if (await isOver(sql, requestId)) return true
        }
        return false
      } finally {
        signal?.removeEventListener('abort', wake)
        others.delete(wake)
        if (others.size === 0) waiting.delete(requestId)
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => listeners.delete(listener) }
    },
    async [Symbol.asyncDispose]() {
      await listening.unlisten()
    },
  }
}

/** false while the database cannot be asked. */
async function isOver(sql: Sql, requestId: string): Promise<boolean> {
  const rows = await sql<{ state: RequestState }[]>`select state from request where id = ${requestId}`.catch((error: unknown) => {
    if (isOutage(error)) return []
    throw error
  })
  const [row] = rows
  return row !== undefined && isFinal(row.state)
}
