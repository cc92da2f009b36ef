/**
 * Relay: carries bells from the ledger's outbox into BullMQ. A bell is forgotten only after its flow was added; if the relay
 * dies in between it is rung twice, which the deterministic job ids and the claims make harmless.
 */
import type { FlowJob } from 'bullmq'
import type { CrashPoint } from '#core/crash-points.ts'
import type { Sql } from '#core/database.ts'
import { takeBells, type Bell } from '#core/ledger/ring.ts'
import { outboxChannel } from '#core/ledger/writer.ts'
import type { Logger } from '#core/log.ts'
import { applyQueue, finalizeQueue, undoQueue, type Queues } from '#core/queues.ts'
import { jobVersion } from './step-job.ts'

export interface RelayDeps {
  readonly sql: Sql
  readonly queues: Pick<Queues, 'addFlows'>
  readonly log: Logger
  readonly crashPoint: CrashPoint
}

const batch = 100
/** Milliseconds between looks when no notification came; notifications are lost when a connection is. */
const patienceMs = 1_000
/** Milliseconds after which it looks again when the bells could not be rung: work goes on within a second of the return of what is away. */
const againMs = 250

export async function openRelay({ sql, queues, log, crashPoint }: RelayDeps): Promise<AsyncDisposable> {
  let closed = false
  let ring = Promise.withResolvers<void>()
  const listening = await sql.listen(
    outboxChannel,
    () => ring.resolve(),
    () => ring.resolve(),
  )

  async function carry(bells: readonly Bell[]): Promise<void> {
    crashPoint('relay:taken')
    await queues.addFlows(bells.flatMap(toFlows))
    crashPoint('relay:rung')
  }
  async function run(): Promise<void> {
    while (!closed) {
      ring = Promise.withResolvers()
      const carried = await takeBells(sql, batch, carry).catch((err: unknown) => {
        log.warn({ err }, 'bells could not be rung; they stay in the outbox')
        return -1
      })
      if (carried === batch) continue
      const timer = setTimeout(ring.resolve, patienceMs)
      if (carried >= 0) await ring.promise
      else await new Promise((resolve) => setTimeout(resolve, againMs))
      clearTimeout(timer)
    }
  }
  const running = run()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      ring.resolve()
      await running
      await listening.unlisten()
    },
  }
}

/**
 * What is done leaves the queue at once: its history is the ledger's, and keeping it would cost Redis a quarter of its time (docs/scaling.md).
 * What failed stays for a week, for operators to look at.
 */
const keep = { removeOnComplete: true, removeOnFail: { count: 5_000, age: 7 * 24 * 3600 } } as const

/** Ids of letters, digits and hyphens only: BullMQ forbids colons. */
export function jobId({ topic, requestId, generation, bell }: Bell, target?: string): string {
  return [
    `r-${requestId}-g${generation}`,
    ...(topic === 'apply' ? [] : [topic]),
    ...(target === undefined ? [] : [target]),
    ...(bell > 0 ? [`b${bell}`] : []),
  ].join('-')
}

/** The ledger tries an undo for days, and a person may probe again: their jobs only bridge troubles of our own. */
const attempts = { apply: 5, undo: 3, probe: 3, look: 3 } as const

/** The jobs that one bell stands for. Looking at accounts decides nothing, so that nothing has to come after it. */
export function toFlows(bell: Bell): readonly FlowJob[] {
  const flow = toFlow(bell)
  return bell.topic === 'look' ? (flow.children ?? []) : [flow]
}

export function toFlow(bell: Bell): FlowJob {
  const { topic, requestId, generation } = bell
  const backoff = { backoff: { type: 'exponential', delay: 500, jitter: 0.5 } }
  return {
    name: 'finalize',
    queueName: finalizeQueue,
    data: { v: jobVersion, requestId, generation, ...(topic === 'probe' && { reopen: true }) },
    opts: { ...keep, jobId: jobId(bell), attempts: 20, backoff: { type: 'fixed', delay: 1_000 } },
    children: bell.targets.map((target) => ({
      name: topic,
      queueName: topic === 'undo' ? undoQueue(target) : applyQueue(target),
      data: { v: jobVersion, requestId, generation, target },
      opts: { ...keep, ...backoff, attempts: attempts[topic], jobId: jobId(bell, target), ignoreDependencyOnFailure: true },
    })),
  }
}
