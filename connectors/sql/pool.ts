/**
 * Connections that outlive a job. Neither driver's own pool looks at a connection before handing it out, and a half-dead one
 * would turn the first change of a job into an unknown outcome; so this one does, and both dialects share it.
 */
import { GatewayError } from '#core/errors.ts'
import { withDeadline } from './connection.ts'
import type { SqlConnection } from './dialect.ts'

export interface Pool extends AsyncDisposable {
  /** A connection that answers. Waits while all are lent; throws what `connect` throws, `transient` when none comes free. */
  acquire(signal: AbortSignal): Promise<SqlConnection>
  /** Takes a connection back; one that broke is dropped. The caller has ended its transaction. */
  release(connection: SqlConnection): void
}

export interface PoolOptions {
  readonly target: string
  readonly size: number
  readonly connect: () => Promise<SqlConnection>
  /** Milliseconds to wait for a connection to come free. */
  readonly waitMs: number
}

interface Idle {
  readonly connection: SqlConnection
  readonly since: number
}

/** A connection that was used a moment ago is trusted: its socket would have told. */
const trustedMs = 100
const pingMs = 1_000
const idleMs = 30_000

export function openPool({ target, size, connect, waitMs }: PoolOptions): Pool {
  const idle: Idle[] = []
  const places = createPlaces(target, size, waitMs)
  let closed = false
  let sweep: NodeJS.Timeout | null = null

  async function aliveOrNull(): Promise<SqlConnection | null> {
    for (let candidate = idle.pop(); candidate !== undefined; candidate = idle.pop()) {
      if (await answers(candidate)) return candidate.connection
      candidate.connection.destroy()
    }
    return null
  }

  function sweepLater(): void {
    sweep ??= setTimeout(() => {
      sweep = null
      const old = idle.filter(({ since }) => Date.now() - since >= idleMs)
      for (const { connection } of old) void connection.close()
      idle.splice(0, idle.length, ...idle.filter((one) => !old.includes(one)))
      if (idle.length > 0) sweepLater()
    }, idleMs).unref()
  }

  return {
    async acquire(signal) {
      await places.take(signal)
      try {
        return await orAborted(async () => (await aliveOrNull()) ?? (await connect()), signal, target)
      } catch (error) {
        places.free()
        throw error
      }
    },
    release(connection) {
      if (connection.usable && !closed) {
        idle.push({ connection, since: Date.now() })
        sweepLater()
      } else {
        connection.destroy()
      }
      places.free()
    },
    async [Symbol.asyncDispose]() {
      closed = true
      if (sweep !== null) clearTimeout(sweep)
      await Promise.all(idle.splice(0).map(({ connection }) => connection.close()))
    },
  }
}

async function answers({ connection, since }: Idle): Promise<boolean> {
  if (!connection.usable) return false
  if (Date.now() - since < trustedMs) return true
  try {
    await withDeadline(connection.run({ text: 'SELECT 1', values: [] }), pingMs, () => connection.destroy('deadline'))
    return connection.usable
  } catch {
    // Whatever is wrong with an idle connection, a new one is tried and reports it if it lasts.
    return false
  }
}

/** Opens a connection unless the job ends first; one that comes too late is closed. */
async function orAborted(open: () => Promise<SqlConnection>, signal: AbortSignal, target: string): Promise<SqlConnection> {
  const aborted = () => new GatewayError('transient', `${target}: the job ended before a connection was there`, { sent: 'no' })
  if (signal.aborted) throw aborted()
  const opening = open()
  let stop: (() => void) | undefined
  const end = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(aborted())
      opening.then((late) => late.destroy('aborted')).catch(() => undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([opening, end])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

/** At most `size` holders at once, first come, first served. */
function createPlaces(target: string, size: number, waitMs: number) {
  let taken = 0
  const queue: (() => void)[] = []
  return {
    take(signal: AbortSignal): Promise<void> {
      if (taken < size) {
        taken += 1
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          const place = queue.indexOf(enter)
          if (place >= 0) queue.splice(place, 1)
        }
        const enter = () => {
          leave()
          resolve()
        }
        const giveUp = () => {
          leave()
          reject(
            new GatewayError('transient', `${target}: all ${size} connections are in use`, {
              sent: 'no',
              hint: 'Raise poolSize, or lower the target’s concurrency.',
            }),
          )
        }
        const timer = setTimeout(giveUp, waitMs)
        signal.addEventListener('abort', giveUp, { once: true })
        queue.push(enter)
      })
    },
    free(): void {
      const next = queue.shift()
      if (next === undefined) taken -= 1
      else next()
    },
  }
}
