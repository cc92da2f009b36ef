/**
 * A retry in Bull Board is the gateway's own retry of the job's request. Of a request that is still under way nothing is done twice: it is
 * looked at now instead of later. What was retried leaves the list of failed jobs; its history stands in the ledger.
 */
import { isGatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { RetryResult } from '#core/ledger/retry.ts'
import { reconcileQueue, simulateQueue, type Queues } from '#core/queues.ts'
import type { Asked } from './operator.ts'

type FailedJob = Awaited<ReturnType<ReturnType<Queues['queue']>['getFailed']>>[number]

export interface RetryDeps {
  readonly queues: Pick<Queues, 'queue'>
  readonly ledger: Pick<Ledger, 'wakeNow'>
  /** The gateway's own retry, as in `POST /api/v1/requests/:id/retry`. */
  readonly retry: (asked: { readonly requestId: string; readonly actor: string } & Asked) => Promise<RetryResult>
}

/** by_itself: the job is of no request, and what it rings for needs nobody; in_place, unplannable: only with refreshed rules, which want something else of what is done already, or fail. */
export type Retried = 'again' | 'hurried' | 'overtaken' | 'finished' | 'unknown' | 'by_itself' | 'in_place' | 'unplannable'

export interface RetriedAll {
  /** Requests that are done again or looked at now. */
  readonly retried: number
  /** Requests that cannot be done again, because they are finished or a later one replaced them. */
  readonly left: number
}

/** Jobs that are read from the queue at once. */
const page = 500

export function createJobRetry({ queues, ledger, retry }: RetryDeps) {
  async function retryRequest(requestId: string, actor: string, asked: Asked): Promise<Retried> {
    const result = await retry({ requestId, actor, ...asked }).catch((error: unknown) => {
      // One request that the rules of today refuse must not keep hundreds of others from being done again.
      if (isGatewayError(error) && error.code !== 'internal' && error.code !== 'unavailable')
        return { outcome: 'unplannable' } as const
      throw error
    })
    if (result.outcome === 'accepted') return 'again'
    if (result.outcome === 'missing') return 'unknown'
    if (result.outcome === 'overtaken' || result.outcome === 'in_place' || result.outcome === 'unplannable') return result.outcome
    return (await ledger.wakeNow({ requestId, actor, reason: asked.reason })) ? 'hurried' : 'finished'
  }

  return {
    async one(queue: string, jobId: string, actor: string, asked: Asked): Promise<Retried> {
      const requestId = requestOf(jobId)
      if (requestId === null) return isBackground(queue) ? 'by_itself' : 'unknown'
      const outcome = await retryRequest(requestId, actor, asked)
      const job = outcome === 'again' ? await queues.queue(queue).getJob(jobId) : undefined
      if (job !== undefined && (await job.getState()) === 'failed') await forget([job])
      return outcome
    },

    /** All failed jobs of a queue. The ledger takes their requests in batches; one that stands in several jobs is done once. */
    async all(queue: string, actor: string, asked: Asked): Promise<RetriedAll> {
      const jobs = Map.groupBy(await failedJobs(queue), (job) => requestOf(job.id ?? ''))
      const outcomes = await Promise.all(
        [...jobs].map(async ([requestId, own]) => {
          if (requestId === null) return 'unknown'
          const outcome = await retryRequest(requestId, actor, asked)
          if (outcome === 'again') await forget(own)
          return outcome
        }),
      )
      const retried = outcomes.filter((outcome) => outcome === 'again' || outcome === 'hurried').length
      return { retried, left: outcomes.length - retried }
    },
  }

  async function failedJobs(queue: string): Promise<readonly FailedJob[]> {
    const jobs: FailedJob[] = []
    for (let start = 0; ; start += page) {
      const read = await queues.queue(queue).getFailed(start, start + page - 1)
      // A job that left the list meanwhile is read as nothing.
      jobs.push(...read.filter(Boolean))
      if (read.length < page) return jobs
    }
  }
}

/** A job that is gone already, or taken up again, is no trouble: it is only a bell. */
async function forget(jobs: readonly FailedJob[]): Promise<void> {
  await Promise.allSettled(jobs.map((job) => job.remove()))
}

/** Simulations and reconciliations are rung for until they are over, whatever becomes of one job. */
function isBackground(queue: string): boolean {
  return queue === simulateQueue || queue.startsWith(reconcileQueue(''))
}

/** Where the dashboard shows what a job rings for; ids as `workers/relay.ts`, `simulation-bell.ts` and `reconciliations.ts` make them. */
export function pageOf(jobId: string): string {
  const [, kind, id] = /^([sc])-([0-9a-f-]{36})$/.exec(jobId) ?? []
  if (kind === 's') return `/simulations/${id}`
  if (kind === 'c') return `/reconciliations/${id}`
  return `/requests/${requestOf(jobId) ?? ''}`
}

/** The request that a job id stands for; see the relay, which makes them. */
export function requestOf(jobId: string): string | null {
  return /^r-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-/.exec(jobId)?.[1] ?? null
}
