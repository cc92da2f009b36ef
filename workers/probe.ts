/**
 * Probe: a person wants to know what is so in the target. Steps that are unknown or stuck are read back and settled by what is there; nothing is
 * changed. What only a decision can settle stays, with the differences as they are now.
 */
import type { Job } from 'bullmq'
import { openDeadline } from '#core/deadline.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import type { Settlement } from '#core/ledger/settle.ts'
import { mayClaim } from '#core/saga/transitions.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { residue } from '#connectors/kit/residue.ts'
import { verify } from '#connectors/kit/session.ts'
import type { StepJobDeps } from './apply.ts'
import {
  again,
  beforeImage,
  isLastAttempt,
  isPassing,
  readStepRef,
  superseded,
  toChange,
  toProblem,
  waitFor,
} from './step-job.ts'
import { drifted, toReceipt } from './undo.ts'

type Outcome = Pick<Settlement, 'state' | 'receipt' | 'error' | 'differences' | 'restored'>

export function createProbeStep(deps: StepJobDeps) {
  const { ledger, targets, leases } = deps

  return async function probeStep(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    const ref = readStepRef(job)
    const step = await ledger.readStep(ref)
    if (step === null || !mayClaim('probe', step.state, step.requestState)) return superseded(ledger, ref, 'probe')
    if (step.leasedMs > 0) return waitFor(job, token, step.leasedMs)
    using deadline = openDeadline(targets.deadlineMs(ref.target), signal)
    const sent = performance.now()
    const claim = await ledger.claim({
      ...ref,
      fence: step.fence,
      purpose: 'probe',
      leaseSeconds: leases.seconds,
      actor: 'worker',
    })
    if (!('fence' in claim)) return claim.outcome
    using _ = leases.hold({ ...ref, fence: claim.fence }, sent)

    let failure: unknown
    const outcome = await look(deps, step, deadline.signal).catch((error: unknown): Outcome => {
      failure = error
      return { ...unchanged(step), error: toProblem(error) }
    })
    await ledger.settle({ ...ref, fence: claim.fence, actor: 'worker', plan: step.plan, ...outcome })
    if (failure !== undefined && isPassing(failure) && !isLastAttempt(job)) throw again(toProblem(failure))
    return outcome.state
  }
}

/** A step that nobody works on is no longer running: what became of the call is not known. */
function unchanged(step: StepRecord): Outcome {
  const state = step.state === 'stuck' || step.state === 'undoing' ? step.state : 'unknown'
  return { state, ...(step.error && { error: step.error }) }
}

async function look(deps: StepJobDeps, step: StepRecord, signal: AbortSignal): Promise<Outcome> {
  await using driver = await deps.targets.open(step.target, signal)
  return await (step.disposition === null ? lookForEffect(deps, driver, step) : lookForRemains(deps, driver, step))
}

/** Nobody knows whether the call had its effect. */
async function lookForEffect({ ledger, targets }: StepJobDeps, driver: Driver, step: StepRecord): Promise<Outcome> {
  const nothing: Outcome = { state: step.direction === 'back' ? 'kept' : 'failed', error: notThere }
  if (step.calledMs === null) return nothing
  const found = await verify(driver, await toChange(step, ledger, 'undo'), await beforeImage(step, ledger))
  if (found.outcome === 'applied') return { state: 'applied', receipt: found.receipt }
  if (found.outcome === 'not_applied')
    return step.calledMs > (await targets.settlesWithinMs(step.target)) ? nothing : unchanged(step)
  const receipt = found.receipt === undefined ? {} : { receipt: found.receipt }
  return { state: 'stuck', error: drifted, differences: found.differences, ...receipt }
}

const notThere = {
  code: 'not_found',
  message: 'a probe found nothing of this step in the target',
  hint: 'have the request done again, or cancel it',
}

/** The effect is known, and so is what stood there before: is it as before by now? */
async function lookForRemains({ ledger }: StepJobDeps, driver: Driver, step: StepRecord): Promise<Outcome> {
  const receipt = toReceipt(step, await beforeImage(step, ledger))
  const differences = await residue(driver, receipt)
  if (differences.length > 0) return { state: 'stuck', error: step.error ?? drifted, differences }
  const account = receipt.before === null ? null : await driver.find({ nativeId: receipt.before.nativeId, correlate: {} })
  return { state: 'undone', receipt, ...(account && { restored: { nativeId: account.nativeId, label: account.label } }) }
}
