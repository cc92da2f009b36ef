/** How long to wait before a thing is tried again that may be tried for days. Pure: chance comes in. */

/** Seconds. */
const first = 1
const longest = 15 * 60

/**
 * Seconds until the next try after `tries` that failed: doubled each time, a quarter of an hour at most, and spread by a fifth so that what
 * failed together is not tried together.
 * @param chance from 0 to 1
 */
export function backoffSeconds(tries: number, chance: number): number {
  const seconds = Math.min(first * 2 ** Math.min(tries, 20), longest)
  return seconds * (0.9 + 0.2 * chance)
}
