/** Finalize: runs when all jobs of a flow have ended, and has the ledger decide. */
import { DelayedError, UnrecoverableError, type Job } from 'bullmq'
import * as v from 'valibot'
import type { CrashPoint } from '#core/crash-points.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { jobVersion } from './step-job.ts'

const JobData = v.object({
  v: v.literal(jobVersion),
  requestId: v.pipe(v.string(), v.uuid()),
  generation: v.number(),
  reopen: v.optional(v.boolean(), false),
})

/** Milliseconds until a request is looked at again of which a worker still holds a step. */
const lookAgainMs = 500

export function createFinalize({ ledger, crashPoint }: { ledger: Pick<Ledger, 'decide'>; crashPoint: CrashPoint }) {
  return async function finalize(job: Job, token?: string): Promise<string> {
    const data = v.safeParse(JobData, job.data)
    if (!data.success) throw new UnrecoverableError('the job holds no request that this version knows')
    const { requestId, generation, reopen } = data.output
    const made = await ledger.decide({ requestId, generation, reopen, actor: 'finalizer' })
    crashPoint('finalize:decided')
    if (made.outcome === 'wait') {
      await job.moveToDelayed(Date.now() + lookAgainMs, token)
      throw new DelayedError()
    }
    return made.outcome === 'decided' ? made.state : 'superseded'
  }
}
