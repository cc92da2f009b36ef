/**
 * Connections that outlive one job. What is handed out answered a moment ago, or was looked at and works; what broke, or was used in a call that failed, is
 * thrown away and never mends itself behind the job's back: a reconnected session may be anonymous, or in clear.
 */
import { GatewayError } from '#core/errors.ts'

export interface PoolOptions<Resource> {
  /** Opens a new one; its errors reach whoever waits for it. */
  readonly open: (signal: AbortSignal) => Promise<Resource>
  /** Whether an idle one still works; a rejection counts as no. */
  readonly isAlive: (resource: Resource) => Promise<boolean>
  readonly close: (resource: Resource) => Promise<void> | void
  /** The most that are lent at once. */
  readonly size: number
  /** Milliseconds after which an idle one is closed. */
  readonly idleMs: number
}

export interface Lease<Resource> {
  readonly resource: Resource
  /** Gives it back for others; once. */
  giveBack(): void
  /** Throws it away. */
  discard(): Promise<void>
}

export interface Pool<Resource> extends AsyncDisposable {
  /** Waits while all are lent. Throws what `open` throws, and `transient` when the signal aborts first or the pool is closed. */
  take(signal: AbortSignal): Promise<Lease<Resource>>
}

/**
 * Milliseconds for which a connection's last answer is proof enough that it works: had it broken since, its socket would soon have told. Asking
 * before each job would double what a mass of short ones costs.
 */
export const trustedMs = 100

export function createPool<Resource>(options: PoolOptions<Resource>): Pool<Resource> {
  return new CheckedPool(options)
}

interface Idle<Resource> {
  readonly resource: Resource
  readonly timer: NodeJS.Timeout
}

class CheckedPool<Resource> implements Pool<Resource> {
  readonly #options: PoolOptions<Resource>
  readonly #idle: Idle<Resource>[] = []
  readonly #waiting: (() => void)[] = []
  #lent = 0
  #closed = false

  constructor(options: PoolOptions<Resource>) {
    this.#options = options
  }

  async take(signal: AbortSignal): Promise<Lease<Resource>> {
    await this.#place(signal)
    try {
      const resource = (await this.#working()) ?? (await this.#options.open(signal))
      return this.#lease(resource)
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all(this.#idle.splice(0).map((idle) => this.#end(idle)))
  }

  async #place(signal: AbortSignal): Promise<void> {
    while (!this.#closed && !signal.aborted && this.#lent >= this.#options.size) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake)
          const index = this.#waiting.indexOf(wake)
          if (index >= 0) this.#waiting.splice(index, 1)
          resolve()
        }
        signal.addEventListener('abort', wake, { once: true })
        this.#waiting.push(wake)
      })
    }
    if (this.#closed || signal.aborted) {
      // It may have been woken for a place that it no longer wants.
      this.#waiting.shift()?.()
      throw new GatewayError('transient', 'no connection to the target came free in time', { sent: 'no' })
    }
    this.#lent++
  }

  /** The most recently used first, so that the others grow old and are closed. */
  async #working(): Promise<Resource | null> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer)
      if (await this.#options.isAlive(idle.resource).catch(() => false)) return idle.resource
      await this.#options.close(idle.resource)
    }
    return null
  }

  #lease(resource: Resource): Lease<Resource> {
    let over = false
    const once = (end: () => void | Promise<void>) => {
      if (over) return undefined
      over = true
      const ended = end()
      this.#leave()
      return ended
    }
    return {
      resource,
      giveBack: () => void once(() => (this.#closed ? void this.#options.close(resource) : this.#keep(resource))),
      discard: async () => once(() => this.#options.close(resource)),
    }
  }

  #keep(resource: Resource): void {
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(idle), 1)
      void this.#end(idle)
    }, this.#options.idleMs)
    timer.unref()
    const idle = { resource, timer }
    this.#idle.push(idle)
  }

  async #end({ resource, timer }: Idle<Resource>): Promise<void> {
    clearTimeout(timer)
    await this.#options.close(resource)
  }

  #leave(): void {
    this.#lent--
    this.#waiting.shift()?.()
  }
}
