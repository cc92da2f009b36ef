/**
 * Apply: one step of a plan, carried out in its target. Read, look up, claim (with the before-image, durably), call, settle.
 * What is unknown is never repeated blindly: the next attempt reads the target back first.
 */
import type { Job } from 'bullmq'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { CrashPoint } from '#core/crash-points.ts'
import { openDeadline } from '#core/deadline.ts'
import type { Account, Receipt } from '#core/account.ts'
import { sealImageSecrets } from '#core/ledger/image-secrets.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import type { Settlement } from '#core/ledger/settle.ts'
import type { Logger } from '#core/log.ts'
import { isOutage } from '#core/outage.ts'
import { isForwardOnly } from '#core/saga/decisions.ts'
import { mayClaim } from '#core/saga/transitions.ts'
import type { Problem } from '#core/states.ts'
import type { Sealer } from '#core/sealing.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { perform, verify, type Change } from '#connectors/kit/session.ts'
import type { Gate } from './gate.ts'
import type { Leases } from './leases.ts'
import type { Suspects } from './suspects.ts'
import type { OpenTargets } from '#connectors/open-targets.ts'
import { whileHeld } from './while-held.ts'
import {
  again,
  beforeImage,
  isLastAttempt,
  isPassing,
  isSuspect,
  isUnknownOutcome,
  never,
  overslept,
  readStepRef,
  sinceLastCallMs,
  superseded,
  toChange,
  toChangeOf,
  toProblem,
  waitFor,
  waitForHolder,
} from './step-job.ts'

export interface StepJobDeps {
  readonly ledger: Ledger
  readonly targets: Omit<OpenTargets, 'test' | 'discover' | 'survey'>
  readonly gate: Pick<Gate, 'enter'>
  readonly leases: Leases
  readonly suspects: Suspects
  readonly sealer: Sealer
  readonly log: Logger
  readonly crashPoint: CrashPoint
}

/** `againInMs`: the step is given back, and looked at again then without spending an attempt. */
type Outcome = Pick<Settlement, 'state' | 'receipt' | 'error' | 'differences'> & { readonly againInMs?: number }

export function createApplyStep(deps: StepJobDeps) {
  const { ledger, targets, log } = deps

  return async function applyStep(job: Job, token?: string, signal?: AbortSignal): Promise<string> {
    const ref = readStepRef(job)
    const step = await ledger.readStep(ref)
    if (step === null || !mayClaim('apply', step.state, step.requestState)) return superseded(ledger, ref, 'apply')
    if (step.leasedMs > 0) return waitForHolder(job, token, step.leasedMs)
    // Whoever took this job up died, again and again, before anything was called: reading is what kills them.
    if (step.state === 'pending' && job.stalledCounter >= deadlyReads) return giveUp(deps, step, poisonous)
    const taken = isSuspect(job, step) ? await deps.suspects.take(job.id ?? '') : undefined
    if (typeof taken === 'number') return waitFor(job, token, taken * (1 + Math.random() / 4))
    using _turn = taken
    await using pass = await deps.gate.enter(job, token, ref.target, signal)
    using deadline = openDeadline(targets.deadlineMs(ref.target), signal)

    // Whatever is thrown from here on, the driver's connection goes back to its pool.
    await using opened = new AsyncDisposableStack()
    let change: Change
    let driver: Driver
    let before: Account | null
    try {
      change = await toChange(step, ledger, 'apply')
      driver = opened.use(await targets.open(ref.target, deadline.signal))
      // A step that was called before keeps the before-image of its first claim.
      before = step.state === 'pending' ? await driver.find(change.key) : await beforeImage(step, ledger)
      change = toChangeOf(change, step, before)
    } catch (error) {
      // It is the ledger that could not be read: that says nothing of the target.
      if (!isGatewayError(error) && isOutage(error)) throw error
      const parkedMs = await pass.failed(error)
      return await (parkedMs === null ? notBegun(deps, job, step, error) : waitFor(job, token, parkedMs))
    }
    const asked = performance.now()
    const fence = await claimStep(deps, step, before)
    if (typeof fence === 'string') return fence
    using lease = deps.leases.hold({ ...ref, fence }, asked)
    deps.crashPoint('apply:claimed')
    if (!lease.isHeld()) {
      // Given back, should it still be ours: a renewal may have been under way, and others would wait for its end.
      await ledger.settle({
        ...ref,
        fence,
        actor: 'worker',
        state: step.state === 'pending' ? 'pending' : 'unknown',
        error: overslept,
      })
      throw again(overslept)
    }

    const ours = whileHeld(driver, lease)
    const call = step.state === 'pending' ? applyNow(ours, change, before) : settleUnknown(deps, ours, change, step, before)
    const { againInMs, ...outcome } = await call.then(
      (outcome) => pass.answered().then(() => outcome),
      async (error: unknown) => toOutcome(error, job, step, await pass.failed(error)),
    )
    deps.crashPoint('apply:called')
    await ledger.settle({ ...ref, fence, actor: 'worker', plan: step.plan, ...outcome, ...secretsLeft(deps, outcome) })
    deps.crashPoint('apply:settled')
    if (againInMs !== undefined) return await waitFor(job, token, againInMs)
    if (outcome.state === 'applied') return outcome.receipt?.disposition ?? 'applied'
    const problem = outcome.error ?? { code: 'diverged', message: 'the account is neither as before nor as desired' }
    log.info({ ...ref, code: problem.code, vendorCode: problem.vendorCode, state: outcome.state }, 'a step was not applied')
    if (outcome.state === 'failed' || outcome.state === 'stuck') throw never(problem)
    throw again(problem)
  }
}

const changedSinceApproval: Problem = {
  code: 'drift',
  message: 'the account is no longer as it was when people approved the change',
  hint: 'look at the account, then have the request done again: people are asked anew',
}

async function claimStep(
  deps: StepJobDeps,
  step: StepRecord,
  before: Account | null,
): Promise<number | 'superseded' | 'poisoned'> {
  const { ledger, leases, sealer } = deps
  const first = step.state === 'pending'
  const beforeSecrets = first && before?.secrets !== undefined ? sealImageSecrets(sealer, 'step|before', before.secrets) : null
  const { secrets: _, ...image } = before ?? {}
  const claim = await ledger.claim({
    requestId: step.requestId,
    target: step.target,
    generation: step.generation,
    fence: step.fence,
    purpose: 'apply',
    ...(first ? { before: before === null ? null : (image as Account), beforeSecrets } : {}),
    leaseSeconds: leases.seconds,
    actor: 'worker',
  })
  if (claim.outcome === 'drifted') return giveUp(deps, step, changedSinceApproval)
  if (!('fence' in claim)) return claim.outcome
  if (claim.outcome === 'claimed') return claim.fence
  const error = {
    code: 'exists',
    message: 'the account that was found belongs to another identity',
    hint: 'make the correlating attributes unique',
  }
  await ledger.settle({
    requestId: step.requestId,
    target: step.target,
    generation: step.generation,
    fence: claim.fence,
    state: 'failed',
    error,
    actor: 'worker',
  })
  throw never(error)
}

/** What the target shows of the secrets that the step set on an account that was there: an undo knows by it whether they still are ours. */
function secretsLeft({ sealer }: StepJobDeps, { state, receipt }: Outcome): Pick<Settlement, 'afterSecrets'> {
  if (state !== 'applied' || receipt === undefined || receipt.disposition === 'created') return {}
  const shown = receipt.writes.secrets.flatMap((name) => {
    const secret = receipt.after?.secrets?.[name]
    return secret === undefined ? [] : [[name, secret] as const]
  })
  return shown.length === 0 ? {} : { afterSecrets: sealImageSecrets(sealer, 'step|after', Object.fromEntries(shown)) }
}

async function applyNow(driver: Driver, change: Change, before: Account | null): Promise<Outcome> {
  return { state: 'applied', receipt: await perform(driver, change, before) }
}

/** Reads the target back. What was not applied begins anew, but only when the lost call can no longer take effect. */
async function settleUnknown(
  { targets }: StepJobDeps,
  driver: Driver,
  change: Change,
  step: StepRecord,
  before: Account | null,
): Promise<Outcome> {
  // Claimed to be ended, and not called: without a before-image the target could tell nothing.
  if (step.calledMs === null) return { state: 'pending', againInMs: 0 }
  const found = await verify(driver, change, before)
  if (found.outcome === 'applied') return { state: 'applied', receipt: found.receipt }
  if (found.outcome === 'not_applied') {
    const left = (await targets.settlesWithinMs(step.target)) - sinceLastCallMs(step)
    return left > 0 ? { state: 'unknown', againInMs: left } : { state: 'pending', againInMs: 0 }
  }
  if (found.receipt === undefined) return { state: 'stuck', differences: found.differences, error: diverged }
  return { state: 'applied', receipt: await complete(driver, change, found.receipt) }
}

/** A change that was cut half-way is carried to its end; what it did is told from the first before-image. */
async function complete(driver: Driver, change: Change, half: Receipt): Promise<Receipt> {
  const rest = await perform(driver, change, half.after)
  return { ...half, nativeId: rest.nativeId ?? half.nativeId, label: rest.label ?? half.label, after: rest.after }
}

const diverged = {
  code: 'diverged',
  message: 'after a call whose outcome was unknown, the account is neither as before nor as desired',
  hint: 'compare the differences and decide',
}

function toOutcome(error: unknown, job: Job, step: StepRecord, parkedMs: number | null): Outcome {
  const problem = toProblem(error)
  // It was to be found out what a lost call did. That it could not be looked at settles nothing, and that the rest is refused undoes nothing.
  if (step.state !== 'pending') {
    const state = isPassing(error) || isUnknownOutcome(error) ? 'unknown' : 'stuck'
    return { state, error: problem, ...(parkedMs !== null && state === 'unknown' && { againInMs: parkedMs }) }
  }
  // The target itself is in trouble: its breaker opened, and the trouble is not this step's.
  if (parkedMs !== null) return { state: isUnknownOutcome(error) ? 'unknown' : 'pending', error: problem, againInMs: parkedMs }
  if (isUnknownOutcome(error)) return { state: 'unknown', error: problem }
  // Somebody else's account may have appeared between look-up and creation: look once more.
  const lookAgain = isGatewayError(error) && error.code === 'exists' && job.attemptsMade === 0
  if (!lookAgain && !isPassing(error)) return { state: 'failed', error: problem }
  const givesUp = isLastAttempt(job) && !isForwardOnly(step.kind)
  return { state: givesUp ? 'failed' : 'pending', error: problem }
}

/** Nothing was sent. A passing trouble is tried again; what will not pass is claimed once, to be settled as failed. */
async function notBegun(deps: StepJobDeps, job: Job, step: StepRecord, cause: unknown): Promise<'superseded'> {
  const error = cause instanceof GatewayError ? cause : new GatewayError('internal', 'the target could not be read', { cause })
  const problem = toProblem(error)
  deps.log.info(
    { requestId: step.requestId, target: step.target, code: problem.code, vendorCode: problem.vendorCode, err: cause },
    'a target could not be opened',
  )
  const passing = isPassing(error) || isUnknownOutcome(error)
  const keepsTrying = passing && (!isLastAttempt(job) || isForwardOnly(step.kind) || step.state !== 'pending')
  if (keepsTrying) throw again(problem)
  return giveUp(deps, step, problem)
}

/**
 * Stalls of a job that was never claimed. The queue alone counts them, and counts for all that a dying or overloaded worker had fetched: one
 * more than for a claim, or the victims of two deaths in a row would be taken for their cause. Below what the queue itself bears.
 */
const deadlyReads = 3

const poisonous: Problem = {
  code: 'poisoned',
  message: `${deadlyReads} workers died, or froze, while they read the account; nothing was written`,
  hint: 'look at the account in the target, then have the request done again',
}

/** The step is claimed once, without a call, to end it. */
async function giveUp({ ledger, leases }: StepJobDeps, step: StepRecord, problem: Problem): Promise<'superseded'> {
  const ref = { requestId: step.requestId, target: step.target, generation: step.generation }
  const claim = await ledger.claim({
    ...ref,
    fence: step.fence,
    purpose: 'apply',
    leaseSeconds: leases.seconds,
    actor: 'worker',
  })
  // Another job of the step was faster, and the account that was found may be its work.
  if (claim.outcome === 'superseded') return claim.outcome
  // A step that may have had its effect stays unknown: only the target can tell.
  const state = step.state === 'pending' ? 'failed' : 'unknown'
  if (claim.outcome === 'claimed' || claim.outcome === 'owned')
    await ledger.settle({ ...ref, fence: claim.fence, state, error: problem, actor: 'worker' })
  throw never(problem)
}
