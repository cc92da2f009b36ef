/** What apply and undo jobs share: their data, how a step becomes a change, and how errors become problems. */
import { DelayedError, UnrecoverableError, type Job } from 'bullmq'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { StepRef } from '#core/ledger/claim.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import type { Purpose } from '#core/saga/transitions.ts'
import type { Problem } from '#core/states.ts'
import type { Change } from '#connectors/kit/session.ts'
// Not by the index of rules: that brings the whole engine into each process that works on steps.
import { isGenerated } from '#rules/password-policy.ts'
import { JobError } from './job-errors.ts'

/** The version of the job data; a job of an unknown version is left to a worker that knows it. */
export const jobVersion = 1

const JobData = v.object({
  v: v.literal(jobVersion),
  requestId: v.pipe(v.string(), v.uuid()),
  target: v.string(),
  generation: v.number(),
})

/** Throws UnrecoverableError: a job that cannot be read will never be readable. The ledger's wake-up rings a new one. */
export function readStepRef(job: Job): StepRef {
  const result = v.safeParse(JobData, job.data)
  if (!result.success) throw new UnrecoverableError('the job holds no step that this version knows')
  return result.output
}

/** The bell rang for something that is done, or is no longer to be done. Audited, because an operator may have rung it. */
export async function superseded(ledger: Pick<Ledger, 'record'>, ref: StepRef, purpose: Purpose): Promise<string> {
  const { requestId, target, generation } = ref
  await ledger.record({ action: 'superseded', actor: 'worker', requestId, target, detail: { generation, purpose } })
  return 'superseded'
}

/** Milliseconds of grace, so that what is waited for is over by the database's clock too. */
const grace = 250

/** Milliseconds since the last moment at which a call of the step may have left us. */
export function sinceLastCallMs({ calledMs, lostMs }: Pick<StepRecord, 'calledMs' | 'lostMs'>): number {
  return Math.min(calledMs ?? 0, lostMs ?? Number.POSITIVE_INFINITY)
}

/**
 * Milliseconds until a job looks again at a step that another holds. The holder mostly ends long before its lease does, and the finalizer
 * waits for this job: after a flush of Redis both are there for a moment.
 */
const holderLooksMs = 1_000

/** Gives the job back until the step's holder has ended, or its lease has. */
export function waitForHolder(job: Job, token: string | undefined, leasedMs: number): Promise<never> {
  return waitFor(job, token, Math.min(leasedMs, holderLooksMs))
}

/** Gives the job back for a while, without spending one of its attempts. */
export async function waitFor(job: Job, token: string | undefined, milliseconds: number): Promise<never> {
  // Whole milliseconds: BullMQ on PostgreSQL refuses fractions.
  await job.moveToDelayed(Date.now() + Math.ceil(milliseconds) + (milliseconds > 0 ? grace : 0), token)
  throw new DelayedError()
}

/**
 * The step's change with its secrets in clear. A secret that is gone is left out for an undo, which only uses it to recognise its own
 * work; to apply without it would be another change: throws `config`.
 */
export async function toChange(step: StepRecord, ledger: Pick<Ledger, 'openSealed'>, use: 'apply' | 'undo'): Promise<Change> {
  const wanted = Object.entries(step.plan.secrets)
  const clear = await ledger.openSealed(wanted.flatMap(([, name]) => step.secrets[name] ?? []))
  const secrets: Record<string, string> = {}
  for (const [attribute, name] of wanted) {
    const value = clear.get(step.secrets[name] ?? '')
    if (value !== undefined) secrets[attribute] = value
    else if (use === 'apply')
      throw new GatewayError('config', `the request's secret "${name}" is no longer kept`, {
        hint: 'ask for the change again, with the secret',
      })
  }
  return {
    operation: step.plan.operation,
    key: { nativeId: step.accountId, correlate: step.plan.correlate },
    attributes: step.plan.attributes,
    memberships: step.plan.memberships,
    secrets,
  }
}

/**
 * The change as it is for the account that was found: what was there keeps its password, and does not get one that the gateway made for a new
 * account. Throws `exists` when the account can only be somebody else's.
 */
export function toChangeOf(change: Change, { plan, accountId }: StepRecord, before: Account | null): Change {
  if (before === null || plan.operation !== 'create') return change
  if (plan.adopts === false && accountId === null) throw new GatewayError('exists', stranger.message, { ...stranger, sent: 'no' })
  const secrets = Object.entries(change.secrets).filter(([attribute]) => !isGenerated(plan.secrets[attribute] ?? ''))
  return { ...change, secrets: Object.fromEntries(secrets) }
}

const stranger = {
  message: 'an account of somebody else holds the name that was chosen for this one',
  hint: 'send the request again: another name is chosen; or let the rules find the account by what the identity came with',
}

/** The before-image of the first claim, with its sealed secrets opened. */
export async function beforeImage(step: StepRecord, ledger: Pick<Ledger, 'openSealed'>): Promise<Account | null> {
  const secrets = step.before === null ? undefined : await openImageSecrets(step.beforeSecrets, ledger)
  return step.before === null || secrets === undefined ? step.before : { ...step.before, secrets }
}

/** What the target showed of secrets; undefined where nothing is kept, any more. */
export async function openImageSecrets(
  id: string | null,
  ledger: Pick<Ledger, 'openSealed'>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const sealed = id === null ? undefined : (await ledger.openSealed([id])).get(id)
  return sealed === undefined ? undefined : (JSON.parse(sealed) as Record<string, string>)
}

/** An error as people may read it; what is not ours is named by its class only, because its message may quote values. */
export function toProblem(error: unknown): Problem {
  if (!isGatewayError(error))
    return { code: 'internal', message: `an unexpected ${error instanceof Error ? error.name : typeof error}` }
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
  }
}

/** Whether a worker died, or stood still past its lease, with this step or with this job. */
export function isSuspect(job: Job, step: StepRecord): boolean {
  return job.stalledCounter > 0 || step.deaths > 0 || step.state === 'running'
}

/** Whether the outcome of the call that threw is unknown: it may have had its effect. */
export function isUnknownOutcome(error: unknown): boolean {
  return !isGatewayError(error) || error.code === 'unknown_outcome' || error.sent === 'maybe'
}

/** Whether trying again may help. */
export function isPassing(error: unknown): boolean {
  return isGatewayError(error) && ['transient', 'throttled', 'stale', 'unavailable', 'auth'].includes(error.code)
}

export function isLastAttempt(job: Job): boolean {
  return job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
}

/** The error with which a job ends that must be tried again; BullMQ shows its message, so it holds a code and no more. */
export function again(problem: Problem): Error {
  return new JobError(`${problem.code}: ${problem.message}`)
}

/** This process stood still for longer than its lease: another may have gone on from here. */
export const overslept: Problem = { code: 'transient', message: 'the lease ran out before the target was called' }

export function never(problem: Problem): UnrecoverableError {
  return new UnrecoverableError(`${problem.code}: ${problem.message}`)
}
