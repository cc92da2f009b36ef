/** "Too many requests" for a while: the next so many calls are refused, and told how long to wait in one of the two forms that HTTP has for it. */

/** What `Retry-After` holds (RFC 9110 §10.2.3). */
export type WaitForm = 'seconds' | 'date'

export interface Throttle {
  start(calls: number, seconds: number, form?: WaitForm): void
  /** The Retry-After of a call that is refused; null for one that is let through. */
  next(): string | null
}

export function createThrottle(): Throttle {
  let left = 0
  let retryAfter = ''
  return {
    start(calls, seconds, form = 'seconds') {
      left = calls
      retryAfter = form === 'seconds' ? String(seconds) : new Date(Date.now() + seconds * 1_000).toUTCString()
    },
    next() {
      if (left === 0) return null
      left--
      return retryAfter
    },
  }
}
