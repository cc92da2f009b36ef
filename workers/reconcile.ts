/** Reconcile: every request that is not final has a next wake-up; whatever was lost on the way is rung again. */
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'

const everyMs = 2_000
const atMost = 100

export function openReconciler({ ledger, log }: { ledger: Pick<Ledger, 'wake'>; log: Logger }): AsyncDisposable {
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    running = running
      .then(() => ledger.wake({ limit: atMost }))
      .then((woken) => {
        if (woken > 0) log.info({ woken }, 'requests were rung again')
      })
      .catch((err: unknown) => log.warn({ err }, 'the reconciler could not look'))
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running
    },
  }
}
