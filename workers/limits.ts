/**
 * What a target bears, told to the queue engine, which holds all workers to it together. Told again from time to time: a Redis that was
 * flushed has forgotten it.
 */
import type { Logger } from '#core/log.ts'
import { applyQueue, undoQueue, type Queues } from '#core/queues.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'

export interface LimitsDeps {
  readonly queues: Pick<Queues, 'queue'>
  readonly targets: Pick<OpenTargets, 'names' | 'limits'>
  readonly log: Logger
}

const everyMs = 5_000

/** Returns once the limits hold. A target's changes and its undos have a queue each, and each of them these limits. */
export async function keepLimits({ queues, targets, log }: LimitsDeps): Promise<AsyncDisposable> {
  const bounded = targets.names.filter((name) => isBounded(targets.limits(name)))
  const set = (names: readonly string[]) => Promise.all(names.map((name) => setLimits(queues, name, targets.limits(name))))
  await set(targets.names)
  let setting: Promise<unknown> | null = null
  const timer = setInterval(() => {
    setting ??= set(bounded)
      .catch((err: unknown) => log.warn({ err }, 'the queue engine could not be told what the targets bear'))
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

type Limits = ReturnType<OpenTargets['limits']>

function isBounded({ concurrency, rateLimit }: Limits): boolean {
  return concurrency !== undefined || rateLimit !== undefined
}

async function setLimits(queues: LimitsDeps['queues'], target: string, { concurrency, rateLimit }: Limits): Promise<void> {
  await Promise.all(
    [applyQueue(target), undoQueue(target)].map(async (name) => {
      const queue = queues.queue(name)
      await (concurrency === undefined ? queue.removeGlobalConcurrency() : queue.setGlobalConcurrency(concurrency))
      await (rateLimit === undefined ? queue.removeGlobalRateLimit() : queue.setGlobalRateLimit(rateLimit.max, rateLimit.perMs))
    }),
  )
}
