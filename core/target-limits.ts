/** What a target bears, as the configuration says it and the database keeps it. Milliseconds everywhere. */

export interface BreakerLimits {
  /** Failures in a row, in all workers together, after which the target is left alone. */
  readonly failures: number
  /** For how long at first; twice as long each time that the one step that tries fails. */
  readonly openForMs: number
  /** And at most for so long. */
  readonly atMostMs: number
}

export interface TargetLimits {
  /** Steps at a time, in all workers together; absent: as many as the workers take. */
  readonly concurrency?: number
  /** Steps begun in each such time, in all workers together. */
  readonly rateLimit?: { readonly max: number; readonly perMs: number }
  readonly breaker?: Partial<BreakerLimits>
}

/** Five seconds are the pause that most restarts need; five minutes are bearable for whoever waits for the target's return. */
export const usualBreaker: BreakerLimits = { failures: 5, openForMs: 5_000, atMostMs: 300_000 }

export function breakerOf({ breaker }: TargetLimits): BreakerLimits {
  return { ...usualBreaker, ...breaker }
}
