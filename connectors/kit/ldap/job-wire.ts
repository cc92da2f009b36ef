/**
 * The connection that a job has to itself, tied to it: cut when the job is aborted, and given back only when it never failed. It is one connection
 * from the first answer on: a session that broke in the middle of a job is not mended behind its back.
 */
import type { Client } from 'ldapts'
import type { Lease, Pool } from '#connectors/kit/pool.ts'
import type { Attempt } from './network-error.ts'
import type { BoundWire, Wire } from './wire.ts'

export interface JobWire extends Wire, AsyncDisposable {}

/** Throws what opening a connection throws, and `transient` when the job ends first. */
export async function takeWire(pool: Pool<BoundWire>, signal: AbortSignal): Promise<JobWire> {
  return new LentWire(pool, await pool.take(signal), signal)
}

class LentWire implements JobWire {
  readonly #pool: Pool<BoundWire>
  readonly #signal: AbortSignal
  readonly #stop = () => this.#lease.resource.destroy()
  #lease: Lease<BoundWire>
  #proved = false

  constructor(pool: Pool<BoundWire>, lease: Lease<BoundWire>, signal: AbortSignal) {
    this.#pool = pool
    this.#lease = lease
    this.#signal = signal
    signal.addEventListener('abort', this.#stop, { once: true })
    if (signal.aborted) this.#stop()
  }

  async run<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result> {
    const wasProved = this.#proved
    this.#proved = true
    try {
      return await this.#lease.resource.run(attempt, operation)
    } catch (error) {
      // It broke while it lay in the pool and nobody had noticed. Asking again harms nothing; a write may have come through.
      if (wasProved || attempt.kind !== 'read' || !this.#lease.resource.over || this.#signal.aborted) throw error
      await this.#lease.discard()
      this.#lease = await this.#pool.take(this.#signal)
      return this.#lease.resource.run(attempt, operation)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop)
    if (this.#lease.resource.usable) this.#lease.giveBack()
    else await this.#lease.discard()
  }
}
