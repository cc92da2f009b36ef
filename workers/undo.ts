/**
 * Undo: compensates one step whose effect exists or may exist. What is unknown is settled by reading back first; what others
 * changed meanwhile is never overwritten: the step is stuck then, with the exact difference, and a person decides.
 */
import type { Job } from 'bullmq'
import type { Receipt } from '#core/account.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import type { Settlement } from '#core/ledger/settle.ts'
import { mustUndo } from '#core/saga.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { compensate, emptyWrites, verify } from '#connectors/kit/session.ts'
import type { StepJobDeps } from './apply.ts'
import { again, isPassing, isUnknownOutcome, readStepRef, toChange, toProblem, waitForLease } from './step-job.ts'

type Outcome = Pick<Settlement, 'state' | 'receipt' | 'error' | 'differences'>

export function createUndoStep(deps: StepJobDeps) {
  const { ledger, targets, leases, log } = deps

  return async function undoStep(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    const ref = readStepRef(job)
    const step = await ledger.readStep(ref)
    if (step === null || step.requestState !== 'rolling_back' || !mustUndo(step.state)) return 'superseded'
    if (step.leasedMs > 0) return waitForLease(job, token, step.leasedMs)
    const deadline = AbortSignal.any([AbortSignal.timeout(targets.deadlineMs(ref.target)), ...(signal ? [signal] : [])])
    const claim = await ledger.claim({ ...ref, fence: step.fence, purpose: 'undo', leaseSeconds: leases.seconds, actor: 'worker' })
    if (claim.outcome === 'superseded') return 'superseded'
    using _ = leases.hold({ ...ref, fence: claim.fence })
    deps.crashPoint('undo:claimed')

    const outcome = await undo(deps, step, deadline).catch(toOutcome)
    deps.crashPoint('undo:called')
    await ledger.settle({ ...ref, fence: claim.fence, actor: 'worker', ...outcome })
    if (outcome.state === 'undoing') throw again(outcome.error ?? { code: 'transient', message: 'the undo is tried again' })
    if (outcome.state === 'stuck') log.warn({ ...ref, code: outcome.error?.code, differences: outcome.differences?.length }, 'an undo is stuck')
    return outcome.state
  }
}

async function undo(deps: StepJobDeps, step: StepRecord, signal: AbortSignal): Promise<Outcome> {
  await using driver = await deps.targets.open(step.target, signal)
  const receipt = step.disposition === null ? await settleUnknown(deps, driver, step) : await toReceipt(deps, step)
  if (!('disposition' in receipt)) return receipt
  const result = await compensate(driver, receipt)
  return result.outcome === 'stuck' ? { state: 'stuck', receipt, differences: result.differences, error: drifted } : { state: result.outcome, receipt }
}

const drifted = {
  code: 'drift', message: 'the account was changed by somebody else after our change; nothing was overwritten',
  hint: 'compare the differences, put right by hand what must be, then have the request done again or resolve it',
}

/** Finds out whether a step without a known result had its effect. */
async function settleUnknown(deps: StepJobDeps, driver: Driver, step: StepRecord): Promise<Receipt | Outcome> {
  const found = await verify(driver, await toChange(step, deps.ledger), step.before)
  if (found.outcome === 'not_applied') return { state: 'kept' }
  if (found.outcome === 'diverged') return { state: 'stuck', differences: found.differences, error: drifted }
  return found.receipt
}

/** The receipt as it was written, with the sealed secrets of its before-image. */
async function toReceipt({ ledger }: StepJobDeps, step: StepRecord): Promise<Receipt> {
  const sealed = step.beforeSecrets === null ? undefined : (await ledger.openSealed([step.beforeSecrets])).get(step.beforeSecrets)
  const before = step.before === null || sealed === undefined ? step.before : { ...step.before, secrets: JSON.parse(sealed) as Record<string, string> }
  return { nativeId: step.nativeId, label: step.label, disposition: step.disposition ?? 'noop', before, after: step.after, writes: step.writes ?? emptyWrites }
}

/** Troubles that pass, and replies that were lost, are tried again: compensating twice does no harm. The others need a person. */
function toOutcome(error: unknown): Outcome {
  const passing = isPassing(error) || isUnknownOutcome(error)
  return { state: passing ? 'undoing' : 'stuck', error: toProblem(error) }
}
