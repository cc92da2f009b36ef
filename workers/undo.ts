/**
 * Undo: compensates one step whose effect exists or may exist. What is unknown is settled by reading back first; what others
 * changed meanwhile is never overwritten: the step is stuck then, with the exact difference, and a person decides.
 */
import type { Job } from 'bullmq'
import { openDeadline } from '#core/deadline.ts'
import { GatewayError } from '#core/errors.ts'
import type { Account, Difference, Receipt } from '#core/account.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import type { Settlement } from '#core/ledger/settle.ts'
import { backoffSeconds } from '#core/saga/backoff.ts'
import { mayClaim } from '#core/saga/transitions.ts'
import type { Problem } from '#core/states.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { residue } from '#connectors/kit/residue.ts'
import { compensate, emptyWrites, verify, type Change, type Resets, type Undoing } from '#connectors/kit/session.ts'
import type { StepJobDeps } from './apply.ts'
import type { Lease } from './leases.ts'
import { whileHeld } from './while-held.ts'
import {
  again,
  beforeImage,
  isPassing,
  isSuspect,
  isUnknownOutcome,
  openImageSecrets,
  overslept,
  readStepRef,
  sinceLastCallMs,
  superseded,
  toChange,
  toProblem,
  waitFor,
  waitForHolder,
} from './step-job.ts'

type Outcome = Pick<Settlement, 'state' | 'receipt' | 'error' | 'differences' | 'restored' | 'retryInSeconds'>

export function createUndoStep(deps: StepJobDeps) {
  const { ledger, targets, leases, log } = deps

  return async function undoStep(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    const ref = readStepRef(job)
    const step = await ledger.readStep(ref)
    if (step === null || !mayClaim('undo', step.state, step.requestState)) return superseded(ledger, ref, 'undo')
    if (step.leasedMs > 0) return waitForHolder(job, token, step.leasedMs)
    // An undo whose worker died may still take effect: were this one done at once, the request could end before that.
    const lost = step.state === 'undoing' && step.lostMs !== null ? (await targets.settlesWithinMs(ref.target)) - step.lostMs : 0
    if (lost > 0) return waitFor(job, token, lost)
    const taken = isSuspect(job, step) ? await deps.suspects.take(job.id ?? '') : undefined
    if (typeof taken === 'number') return waitFor(job, token, taken * (1 + Math.random() / 4))
    using _turn = taken
    await using pass = await deps.gate.enter(job, token, ref.target, signal)
    using deadline = openDeadline(targets.deadlineMs(ref.target), signal)
    const asked = performance.now()
    const claim = await ledger.claim({
      ...ref,
      fence: step.fence,
      purpose: 'undo',
      leaseSeconds: leases.seconds,
      actor: 'worker',
    })
    if (!('fence' in claim)) return claim.outcome
    using lease = leases.hold({ ...ref, fence: claim.fence }, asked)
    deps.crashPoint('undo:claimed')
    if (!lease.isHeld()) {
      await ledger.settle({ ...ref, fence: claim.fence, actor: 'worker', state: 'undoing', error: overslept })
      throw again(overslept)
    }

    let parkedMs: number | null = null
    const outcome = await undo(deps, { step, fence: claim.fence, lease }, deadline.signal).then(
      (result) => pass.answered().then(() => result),
      async (error: unknown) => {
        parkedMs = await pass.failed(error)
        return toOutcome(deps, step, error, deadline.signal)
      },
    )
    deps.crashPoint('undo:called')
    const isRetried = outcome.state === 'undoing' && (parkedMs === null || outcome.retryInSeconds !== undefined)
    const retryInSeconds = Math.max(backoffSeconds(step.undoAttempts, Math.random()), outcome.retryInSeconds ?? 0)
    const retry = isRetried ? { retryInSeconds } : {}
    const isSettled = await ledger.settle({ ...ref, fence: claim.fence, actor: 'worker', plan: step.plan, ...outcome, ...retry })
    deps.crashPoint('undo:settled')
    // Tried again for days: the ledger knows when, and rings then.
    if (outcome.state === 'undoing' && parkedMs !== null && !isRetried) return await waitFor(job, token, parkedMs)
    if (isSettled && outcome.error?.code === passwordReset.code)
      log.error(
        { alert: true, ...ref, code: passwordReset.code },
        'an undo set a password that nobody knows; its person needs another',
      )
    if (outcome.state === 'stuck')
      log.warn({ ...ref, code: outcome.error?.code, differences: outcome.differences?.length }, 'an undo is stuck')
    return outcome.state
  }
}

interface Held {
  readonly step: StepRecord
  readonly fence: number
  readonly lease: Lease
}

async function undo(deps: StepJobDeps, held: Held, signal: AbortSignal): Promise<Outcome> {
  const { step, lease } = held
  await using driver = whileHeld(await deps.targets.open(step.target, signal), lease)
  const before = await beforeImage(step, deps.ledger)
  const change = await toChange(step, deps.ledger, 'undo')
  const receipt = step.disposition === null ? await settleUnknown(deps, driver, change, step, before) : toReceipt(step, before)
  if (!('disposition' in receipt)) return receipt
  const after = await openImageSecrets(step.afterSecrets, deps.ledger)
  const secrets = { set: change.secrets, ...(before?.secrets && { before: before.secrets }), ...(after && { after }) }
  const result = await compensate(driver, receipt, secrets, resetsOf(deps, held, receipt))
  if (result.outcome === 'stuck') return { state: 'stuck', receipt, differences: result.differences, error: drifted }
  const restored =
    result.nativeId !== null && result.label !== null ? { restored: { nativeId: result.nativeId, label: result.label } } : {}
  return { state: result.outcome, receipt, ...restored, ...notAsBefore(result) }
}

/** Durable before the call: what is set is kept nowhere, and whoever goes on after a death must not take it for somebody else's. */
function resetsOf({ ledger, crashPoint }: StepJobDeps, { step, fence }: Held, receipt: Receipt): Resets {
  const { requestId, target, generation } = step
  return {
    begun: step.resetBegun,
    async begin() {
      if (!(await ledger.beginReset({ requestId, target, generation, fence, receipt, actor: 'worker' })))
        throw new GatewayError('transient', 'the claim was lost before a password was reset; nothing was sent', { sent: 'no' })
      crashPoint('undo:resetting')
    },
  }
}

function notAsBefore({ remains, reset }: Extract<Undoing, { outcome: 'undone' | 'kept' }>): { readonly error?: Problem } {
  if (reset.length > 0) return { error: passwordReset }
  return remains.length > 0 ? { error: remaining(remains) } : {}
}

const passwordReset = {
  code: 'password_reset',
  message: 'the old password cannot be put back: one that nobody knows took the place of the one that the request had set',
  hint: 'tell the person, and have a new password set',
}

function remaining(names: readonly string[]): Problem {
  return {
    code: 'remains',
    message: `what this system cannot put back stays as it is: ${names.join(', ')}`,
    hint: 'tell the person; for a password, have a new one set',
  }
}

export const drifted = {
  code: 'drift',
  message: 'the account was changed by somebody else after our change; nothing was overwritten',
  hint: 'compare the differences, put right by hand what must be, then have the request done again or resolve it',
}

/** Finds out whether a step without a known result had its effect, or a part of it. */
async function settleUnknown(
  { targets }: StepJobDeps,
  driver: Driver,
  change: Change,
  step: StepRecord,
  before: Account | null,
): Promise<Receipt | Outcome> {
  // Claimed and never called.
  if (step.calledMs === null) return { state: 'kept' }
  const found = await verify(driver, change, before)
  if (found.outcome === 'not_applied') {
    if (sinceLastCallMs(step) > (await targets.settlesWithinMs(step.target))) return { state: 'kept' }
    return { state: 'undoing', error: mayStillTakeEffect }
  }
  if (found.outcome === 'diverged' && found.receipt === undefined)
    return { state: 'stuck', differences: found.differences, error: drifted }
  return found.receipt ?? { state: 'kept' }
}

/** No failure of the target: it answered. */
const mayStillTakeEffect = { code: 'transient', message: 'a lost call may still take effect; the target is read again' }

export function toReceipt(step: StepRecord, before: Account | null): Receipt {
  return {
    nativeId: step.nativeId,
    label: step.label,
    disposition: step.disposition ?? 'noop',
    before,
    after: step.after,
    writes: step.writes ?? emptyWrites,
  }
}

/**
 * Troubles that pass, and replies that were lost, are tried again: compensating twice does no harm. The others need a person, who is told
 * what exactly is not as before.
 */
async function toOutcome(deps: StepJobDeps, step: StepRecord, error: unknown, signal: AbortSignal): Promise<Outcome> {
  // A lost undo may come late. Until it cannot any more, "as before" is no answer: the next request would be overwritten.
  if (isUnknownOutcome(error))
    return { state: 'undoing', error: toProblem(error), retryInSeconds: (await deps.targets.settlesWithinMs(step.target)) / 1000 }
  if (isPassing(error)) return { state: 'undoing', error: toProblem(error) }
  const differences = await remainder(deps, step, signal).catch((err: unknown) => {
    deps.log.info({ requestId: step.requestId, target: step.target, err }, 'what is left of a refused undo could not be read')
    return []
  })
  return { state: 'stuck', error: toProblem(error), differences }
}

async function remainder(
  { targets, ledger }: StepJobDeps,
  step: StepRecord,
  signal: AbortSignal,
): Promise<readonly Difference[]> {
  if (step.disposition === null) return []
  await using driver = await targets.open(step.target, signal)
  return await residue(driver, toReceipt(step, await beforeImage(step, ledger)))
}
