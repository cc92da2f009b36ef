/** A worker's reconciliations: a queue for each of its targets, one job at a time, rung like everything else and by each target's schedule. */
import type { Sql } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { reconcileQueue, type Queues } from '#core/queues.ts'
import { reconciliationChannel } from '#core/reconciliations/store.ts'
import { readDueReconciliations } from '#core/reconciliations/work.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import { openBell } from './bell.ts'
import type { Gate } from './gate.ts'
import { withoutValues } from './job-errors.ts'
import { patient } from './outage.ts'
import { createReconcileTarget, reconciliationJobVersion, type ReconciliationJob } from './reconcile-target.ts'
import { keepSchedules } from './reconciliation-schedule.ts'

export interface ReconciliationsDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'change'>
  readonly queues: Pick<Queues, 'worker' | 'addFlows' | 'queue'>
  readonly targets: OpenTargets
  readonly gate: Pick<Gate, 'enter'>
  readonly log: Logger
  /** How long a claim, and a job's lock, hold without a sign of life. */
  readonly seconds: number
}

export async function openReconciliations(deps: ReconciliationsDeps): Promise<AsyncDisposable> {
  const { sql, queues, targets, log, seconds } = deps
  const stopping = new AbortController()
  const processor = withoutValues(patient(createReconcileTarget({ ...deps, stopping: stopping.signal }), log), log)
  const options = { concurrency: 1, lockDuration: seconds * 1000, stalledInterval: seconds * 1000 }
  const workers = targets.names.map((target) => queues.worker(reconcileQueue(target), processor, options))
  await Promise.all(workers.map((worker) => worker.waitUntilReady()))
  async function look(): Promise<void> {
    const due = await readDueReconciliations(sql, targets.names)
    await queues.addFlows(
      due.map(({ id, target }) => ({
        name: 'reconcile',
        queueName: reconcileQueue(target),
        data: { v: reconciliationJobVersion, target, scheduled: false } satisfies ReconciliationJob,
        // While a job of that id is there, whoever rings again rings in vain.
        opts: { jobId: `c-${id}`, removeOnComplete: true, removeOnFail: true },
      })),
    )
  }
  const bell = await openBell({ sql, channel: reconciliationChannel, look, log, what: 'reconciliations' })
  const schedules = await keepSchedules({ queues, targets, log })
  return {
    async [Symbol.asyncDispose]() {
      // A reconciliation may take minutes: another worker goes on with it.
      stopping.abort()
      await schedules[Symbol.asyncDispose]()
      await bell[Symbol.asyncDispose]()
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
}
