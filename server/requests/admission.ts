/**
 * Back-pressure at the door: when the work that was accepted waits for too long, more of it is refused, with the time after which it makes
 * sense to come back. What counts is the age of the backlog in the ledger, whoever caused it and whatever else looks healthy.
 */
import { GatewayError } from '#core/errors.ts'
import type { OldestWaiting } from '#core/ledger/target-backlog.ts'

export interface Admission {
  /** Why nothing more is taken now; null when all is well. Costs a query a second at most. */
  refusal(): Promise<GatewayError | null>
}

export interface AdmissionOptions {
  readonly oldest: () => Promise<OldestWaiting>
  /** How old the backlog may be, in milliseconds. */
  readonly boundMs: number
  readonly now?: () => number
  readonly random?: () => number
}

const rememberMs = 1_000
const longestMs = 300_000

export function createAdmission({ oldest, boundMs, now = Date.now, random = Math.random }: AdmissionOptions): Admission {
  let sample: { readonly at: number; readonly oldest: OldestWaiting } | null = null
  let speed = 1
  let looking: Promise<void> | null = null

  async function look(): Promise<void> {
    const next = { at: now(), oldest: await oldest() }
    if (sample !== null) speed = speedOf(sample, next) ?? speed
    sample = next
  }
  return {
    async refusal() {
      if (sample === null || now() - sample.at >= rememberMs) {
        looking ??= look().finally(() => {
          looking = null
        })
        await looking
      }
      const ageMs = sample?.oldest.ageMs ?? 0
      if (ageMs <= boundMs) return null
      return new GatewayError('throttled', 'more work waits than is done: the oldest of it has waited for too long', {
        retryAfterMs: retryAfterMs(ageMs, boundMs, speed) * (1 + 0.2 * random()),
        hint: 'send it again after the time that Retry-After says',
      })
    },
  }
}

interface Sample {
  readonly at: number
  readonly oldest: OldestWaiting
}

/** Seconds of arrivals that are worked off in a second; null when that cannot be told. */
function speedOf(before: Sample, after: Sample): number | null {
  const [from, to] = [before.oldest.queuedAt, after.oldest.queuedAt]
  if (from === null || to === null || after.at <= before.at) return null
  return Math.max(0, (to - from) / (after.at - before.at))
}

/**
 * Milliseconds until the backlog is half as old as it may be, at the pace at which it is worked off; where nothing moves, as long as it
 * has waited.
 */
export function retryAfterMs(ageMs: number, boundMs: number, speed: number): number {
  const excess = ageMs - boundMs / 2
  const wait = speed > 0.01 ? excess / speed : ageMs
  return Math.min(Math.max(wait, 1_000), longestMs)
}
