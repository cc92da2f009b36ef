/**
 * When targets are reconciled by themselves, told to the queue engine's job schedulers. Told again from time to time: a Redis that was flushed has
 * forgotten it, and a scheduler whose next job somebody removed stands still.
 */
import type { Logger } from '#core/log.ts'
import { reconcileQueue, type Queues } from '#core/queues.ts'
import type { ReconcileSchedule } from '#core/reconciliations/reconciliation.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import { reconciliationJobVersion, type ReconciliationJob } from './reconcile-target.ts'

export interface SchedulesDeps {
  readonly queues: Pick<Queues, 'queue'>
  readonly targets: Pick<OpenTargets, 'names' | 'schedule'>
  readonly log: Logger
}

const everyMs = 30_000
/** Milliseconds after its time when a scheduler's next job cannot be waiting any more. */
const overdueMs = 60_000
const schedulerId = 'reconcile'

/** Returns once the schedules hold. */
export async function keepSchedules({ queues, targets, log }: SchedulesDeps): Promise<AsyncDisposable> {
  const set = (names: readonly string[]) => Promise.all(names.map((name) => setSchedule(queues, name, targets.schedule(name))))
  const scheduled = targets.names.filter((name) => targets.schedule(name) !== null)
  await set(targets.names)
  let setting: Promise<unknown> | null = null
  const timer = setInterval(() => {
    setting ??= set(scheduled)
      .catch((err: unknown) => log.warn({ err }, 'the queue engine could not be told when targets are reconciled'))
      .finally(() => {
        setting = null
      })
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      // An engine that does not answer must not keep the process from stopping.
      await Promise.race([setting, new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
    },
  }
}

async function setSchedule(queues: SchedulesDeps['queues'], target: string, schedule: ReconcileSchedule | null): Promise<void> {
  const queue = queues.queue(reconcileQueue(target))
  const known = await queue.getJobScheduler(schedulerId)
  if (schedule === null) {
    if (known !== undefined) await queue.removeJobScheduler(schedulerId)
    return
  }
  const repeat = 'everyMs' in schedule ? { every: schedule.everyMs } : { pattern: schedule.cron, tz: schedule.timeZone }
  if (known !== undefined && isSame(known, repeat)) return
  const data = { v: reconciliationJobVersion, target, scheduled: true } satisfies ReconciliationJob
  await queue.upsertJobScheduler(schedulerId, repeat, {
    name: 'scheduled',
    data,
    opts: { removeOnComplete: true, removeOnFail: true },
  })
}

interface Repeat {
  readonly every?: number | undefined
  readonly pattern?: string | undefined
  readonly tz?: string | undefined
}

function isSame(known: Repeat & { readonly next?: number | undefined }, { every, pattern, tz }: Repeat): boolean {
  const isDue = (known.next ?? 0) > Date.now() - overdueMs
  return isDue && Number(known.every ?? 0) === (every ?? 0) && known.pattern === pattern && known.tz === tz
}
