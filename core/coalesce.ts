/**
 * Calls that arrive while the previous batch is under way go together into the next one. This is what makes a durable
 * ledger affordable: many writes share one commit, while the code above reads as if each wrote its own row.
 */
import { setTimeout as delay } from 'node:timers/promises'

export interface CoalesceOptions {
  /** At most so many values a batch. */
  readonly limit: number
  /**
   * Milliseconds to gather more after a batch of `crowd` values: then many callers are under way, each batch has a price of its own, and a
   * little patience halves it. A lone caller never waits.
   */
  readonly lingering?: { readonly crowd: number; readonly ms: number }
}

/**
 * `run` gets the waiting values and answers one result for each, in order; an error is everybody's error.
 * Each caller gets its own result.
 */
export function coalesce<Value, Result>(
  run: (values: readonly Value[]) => Promise<readonly Result[]>,
  { limit, lingering }: CoalesceOptions,
): (value: Value) => Promise<Result> {
  const waiting: { value: Value; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = []
  let busy = false

  async function flush(): Promise<void> {
    if (busy || waiting.length === 0) return
    busy = true
    const batch = waiting.splice(0, limit)
    try {
      const results = await run(batch.map((entry) => entry.value))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result)
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    }
    if (lingering !== undefined && batch.length >= lingering.crowd) await delay(lingering.ms)
    busy = false
    if (waiting.length > 0) setImmediate(() => void flush())
  }

  return (value) =>
    new Promise((resolve, reject) => {
      waiting.push({ value, resolve, reject })
      if (!busy) setImmediate(() => void flush())
    })
}
