/**
 * Leases of the steps this process is working on, renewed together. A process that dies or freezes stops renewing, and its
 * steps become free after the lease: nothing else has to notice the death. A process that wakes up must notice it itself, before it calls
 * a target: the target knows no fences, and others may have gone on from there.
 */
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'

interface Claimed {
  readonly requestId: string
  readonly target: string
  readonly fence: number
}

export interface Lease extends Disposable {
  /** Whether nobody else can have claimed the step yet; by a clock that goes on while the process is stopped. */
  isHeld(): boolean
}

export interface Leases extends AsyncDisposable {
  readonly seconds: number
  /** @param since performance.now() when the claim was sent, which is before its lease began */
  hold(claim: Claimed, since: number): Lease
}

export function createLeases({ ledger, seconds, log }: { ledger: Pick<Ledger, 'renew'>; seconds: number; log: Logger }): Leases {
  /** Until when each is held, in milliseconds of performance.now(). */
  const held = new Map<Claimed, number>()

  async function renew(): Promise<void> {
    const [claims, sent] = [[...held.keys()], performance.now()]
    if (claims.length === 0) return
    try {
      const renewed = new Set((await ledger.renew(claims, seconds)).map(nameOf))
      for (const claim of claims) if (held.has(claim) && renewed.has(nameOf(claim))) held.set(claim, sent + seconds * 1000)
    } catch (err) {
      log.warn({ err, held: claims.length }, 'leases could not be renewed')
    }
  }
  const timer = setInterval(() => void renew(), (seconds * 1000) / 3)
  return {
    seconds,
    hold(claim, since) {
      held.set(claim, since + seconds * 1000)
      return {
        isHeld: () => performance.now() < (held.get(claim) ?? 0),
        [Symbol.dispose]: () => void held.delete(claim),
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
    },
  }
}

const nameOf = ({ requestId, target, fence }: Claimed) => `${requestId} ${target} ${fence}`
