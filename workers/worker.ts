/** A worker process's inside: all queues of its targets, the finalizer, the relay and the reconciler. */
import type { Connector } from '#connectors/kit/connector.ts'
import { createCrashPoint } from '#core/crash-points.ts'
import { openDatabase } from '#core/database.ts'
import type { Environment } from '#core/environment.ts'
import { openLedger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { applyQueue, finalizeQueue, openQueues, undoQueue } from '#core/queues.ts'
import { createSealer } from '#core/sealing.ts'
import { configurationChannel } from '#core/targets.ts'
import { createApplyStep } from './apply.ts'
import { createFinalize } from './finalize.ts'
import { createLeases } from './leases.ts'
import { openReconciler } from './reconcile.ts'
import { openRelay } from './relay.ts'
import { openTargets } from './open-targets.ts'
import { createUndoStep } from './undo.ts'

export interface WorkerOptions {
  readonly environment: Environment
  readonly connectors: Readonly<Record<string, Connector>>
  readonly log: Logger
}

export interface RunningWorker extends AsyncDisposable {
  readonly engine: string
  readonly targets: readonly string[]
  /** Resolves when the configuration has changed and this worker must be opened anew. */
  readonly outdated: Promise<void>
}

export async function openWorker({ environment, connectors, log }: WorkerOptions): Promise<RunningWorker> {
  const stack = new AsyncDisposableStack()
  try {
    const database = stack.use(await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-worker' }))
    const sealer = createSealer(environment.PASSERELLE_KEY)
    const ledger = openLedger({ database, sealer, log })
    const queues = stack.use(await openQueues({ redisUrl: environment.REDIS_URL, databaseUrl: environment.DATABASE_URL, log }))
    const targets = stack.use(await openTargets({ database, ledger, connectors, log, only: environment.WORKER_TARGETS }))
    const leases = stack.use(createLeases({ ledger, seconds: environment.WORKER_LEASE_SECONDS, log }))
    const crashPoint = createCrashPoint(environment.CRASH_AT)
    const jobs = { ledger, targets, leases, sealer, log, crashPoint }
    const lockMs = environment.WORKER_LEASE_SECONDS * 1000
    const options = { concurrency: environment.WORKER_CONCURRENCY, lockDuration: lockMs, stalledInterval: lockMs }

    const workers = [
      queues.worker(finalizeQueue, createFinalize({ ledger, crashPoint }), options),
      ...targets.names.flatMap((target) => [
        queues.worker(applyQueue(target), createApplyStep(jobs), options),
        queues.worker(undoQueue(target), createUndoStep(jobs), options),
      ]),
    ]
    await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    stack.use(await openRelay({ sql: database.sql, queues, log, crashPoint }))
    stack.use(openReconciler({ ledger, queues, log, crashPoint }))
    const changed = Promise.withResolvers<void>()
    await database.sql.listen(configurationChannel, () => changed.resolve())
    return {
      engine: queues.engine,
      targets: targets.names,
      outdated: changed.promise,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
