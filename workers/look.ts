/**
 * Look: people are asked whether a step may be done, and see what it would do. The account is read for them, and nothing is claimed or changed;
 * what was seen is also what must still be so when the step begins.
 */
import type { Job } from 'bullmq'
import { openDeadline } from '#core/deadline.ts'
import type { Account } from '#core/account.ts'
import { imageHash, type PlannedWrites } from '#core/approval-image.ts'
import { isGatewayError } from '#core/errors.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import { isOutage } from '#core/outage.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { plannedWrites } from '#connectors/kit/planned.ts'
import type { StepJobDeps } from './apply.ts'
import { again, isPassing, never, readStepRef, toProblem, waitFor } from './step-job.ts'

export function createLook({ ledger, targets, gate }: StepJobDeps) {
  return async function look(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    const ref = readStepRef(job)
    const step = await ledger.readStep(ref)
    if (step?.requestState !== 'awaiting_approval' || step.state !== 'pending') return 'nobody asks'
    await using pass = await gate.enter(job, token, ref.target, signal)
    using deadline = openDeadline(targets.deadlineMs(ref.target), signal)
    await using opened = new AsyncDisposableStack()
    let driver: Driver
    let account: Account | null
    try {
      driver = opened.use(await targets.open(ref.target, deadline.signal))
      account = await driver.find({ nativeId: step.accountId, correlate: step.plan.correlate })
    } catch (error) {
      // It is the ledger that could not be read: that says nothing of the target.
      if (!isGatewayError(error) && isOutage(error)) throw error
      const parkedMs = await pass.failed(error)
      if (parkedMs !== null) return await waitFor(job, token, parkedMs)
      throw isPassing(error) ? again(toProblem(error)) : never(toProblem(error))
    }
    await pass.answered()
    const seen = { hash: imageHash(step.plan, account), label: account?.label ?? null, planned: toPlanned(step, account, driver) }
    return (await ledger.keepImage({ requestId: ref.requestId, target: ref.target, ...seen })) ? 'seen' : 'nobody asks'
  }
}

/** Null where the step could not be carried out on this account: then it fails when its turn comes, and people are told why. */
function toPlanned(step: StepRecord, account: Account | null, { spelling }: Driver): PlannedWrites | null {
  try {
    return plannedWrites(step.plan, account, spelling)
  } catch (error) {
    if (isGatewayError(error)) return null
    throw error
  }
}
