/**
 * Reconcile: every request that is not final has a next wake-up; whatever was lost on the way is rung again. When the queue engine
 * lost its memory, nobody waits for their wake-up.
 */
import type { CrashPoint } from '#core/crash-points.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { Queues } from '#core/queues.ts'
import { stillQueued } from './still-queued.ts'

const everyMs = 2_000
const atMost = 100

export interface ReconcilerDeps {
  readonly ledger: Pick<Ledger, 'due' | 'wake' | 'wakeAll' | 'knowsEngine' | 'keepEngine'>
  readonly queues: Pick<Queues, 'engine' | 'memory' | 'queue'>
  readonly log: Logger
  readonly crashPoint: CrashPoint
}

export function openReconciler({ ledger, queues, log, crashPoint }: ReconcilerDeps): AsyncDisposable {
  let closed = false
  let running: Promise<void> | null = null

  let isKept = false
  async function restore(): Promise<void> {
    let woken = 0
    let isNew = false
    const restored = await queues.memory.restore(async (isBlank) => {
      // Asked while nobody else can have marked it: what is new lost nothing.
      isNew = isBlank && !(await ledger.knowsEngine(queues.engine))
      woken = await ledger.wakeAll({})
    })
    if (restored !== 'elsewhere' && !isKept) {
      await ledger.keepEngine(queues.engine)
      isKept = true
    }
    if (restored !== 'rung') return
    if (isNew) log.debug({ woken }, 'the queue engine is new')
    else log.warn({ woken }, 'the queue engine may have lost jobs: everything unfinished is rung again')
  }
  async function wake(): Promise<void> {
    for (let looked = atMost; looked === atMost && !closed;) {
      const due = await ledger.due(atMost)
      // An engine that cannot say what it holds is told again.
      const queued = await stillQueued(queues, due).catch(() => [])
      const woken = await ledger.wake({ limit: atMost, queued })
      looked = Math.max(due.length, woken)
      if (looked > 0) crashPoint('reconcile:woken')
      if (woken > 0) log.info({ woken }, 'requests were rung again')
    }
  }
  async function look(): Promise<void> {
    // An engine that does not answer must not keep the ledger's own wake-ups waiting.
    void restoring()
    await wake().catch((err: unknown) => log.warn({ err }, 'the reconciler could not look'))
  }
  let asking = false
  async function restoring(): Promise<void> {
    if (asking) return
    asking = true
    await restore().catch((err: unknown) => log.debug({ err }, 'the queue engine does not take writes'))
    asking = false
  }
  // Whether jobs were lost while nobody was there is known at once.
  void restoring()
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = null
    })
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(timer)
      await running
    },
  }
}
