/**
 * Leases of the steps this process is working on, renewed together. A process that dies or freezes stops renewing, and its
 * steps become free after the lease: nothing else has to notice the death.
 */
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'

export interface Leases extends AsyncDisposable {
  readonly seconds: number
  hold(claim: { requestId: string; target: string; fence: number }): Disposable
}

export function createLeases({ ledger, seconds, log }: { ledger: Pick<Ledger, 'renew'>; seconds: number; log: Logger }): Leases {
  const held = new Set<{ requestId: string; target: string; fence: number }>()
  const timer = setInterval(
    () => {
      if (held.size === 0) return
      ledger.renew([...held], seconds).catch((err: unknown) => log.warn({ err, held: held.size }, 'leases could not be renewed'))
    },
    (seconds * 1000) / 3,
  )
  return {
    seconds,
    hold(claim) {
      held.add(claim)
      return { [Symbol.dispose]: () => held.delete(claim) }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
    },
  }
}
