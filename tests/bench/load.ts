/** A closed loop: so many under way at once until the count is reached. */

export interface LoadResult {
  readonly perSecond: number
  /** Milliseconds of each, sorted. */
  readonly times: readonly number[]
}

export async function load(one: () => Promise<void>, count: number, inFlight: number): Promise<LoadResult> {
  const times: number[] = []
  let left = count
  const start = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        const before = performance.now()
        await one()
        times.push(performance.now() - before)
      }
    }),
  )
  return { perSecond: count / ((performance.now() - start) / 1000), times: times.sort((a, b) => a - b) }
}

export function percentile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
}
