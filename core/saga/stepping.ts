/**
 * One step between workers: taken with a fence and a lease, given back or ended under that fence. Whoever comes second, or comes back from
 * the dead, finds another fence and writes nothing.
 */
import type { Account, Difference, Receipt } from '../account.ts'
import type { Problem, StepState } from '../states.ts'
import { deadlyAfter } from './decisions.ts'
import { relink } from './linking.ts'
import type { Outcome } from './machine.ts'
import { accountKey, isLeased, stepsOf, withRequest, withStep, type Saga, type SagaRequest, type SagaStep } from './state.ts'
import { claimedAs, held, known, mayClaim, openFor, passed, type Purpose } from './transitions.ts'

interface StepEvent {
  readonly at: number
  readonly requestId: string
  readonly target: string
  readonly generation: number
  readonly fence: number
}

export interface Claim extends StepEvent {
  readonly purpose: Purpose
  /** Only with the first claim of an apply: the account as it was. */
  readonly before?: Account | null
  readonly leaseSeconds: number
}

export type ClaimAnswer =
  | { readonly outcome: 'claimed'; readonly fence: number }
  /** Another worker was faster, or the step is no longer to be done. */
  | { readonly outcome: 'superseded' }
  /** The native account belongs to another identity. */
  | { readonly outcome: 'owned'; readonly fence: number }
  /** Workers died with this step: it is not called again before people resolved it. */
  | { readonly outcome: 'poisoned' }

export function claim(saga: Saga, event: Claim): Outcome<ClaimAnswer> {
  const { request, step } = find(saga, event)
  const isRead = step?.generation === event.generation && step.fence === event.fence
  if (request === undefined || !isRead) return { saga, answer: { outcome: 'superseded' }, commands: [audit('superseded', event)] }
  const died = diedWith(step, event.at)
  if (!isFree(request, step, event, died)) {
    if (died === 0 || step.deaths + 1 < deadlyAfter)
      return { saga, answer: { outcome: 'superseded' }, commands: [audit('superseded', event)] }
    const next = withRequest(saga, withStep(request, poisoned(step)))
    return { saga: next, answer: { outcome: 'poisoned' }, commands: [audit('poisoned', event)] }
  }
  const fence = step.fence + 1
  const claimed: SagaStep = {
    ...step,
    state: claimedAs[event.purpose] ?? step.state,
    fence,
    deaths: step.deaths + died,
    // Undoing and looking are no attempts at the change.
    attempts: step.attempts + (event.purpose === 'apply' ? 1 : 0),
    leaseUntil: event.at + event.leaseSeconds * 1000,
    ...(event.before === undefined ? {} : { before: event.before, calledAt: event.at }),
  }
  const running: SagaRequest = { ...request, state: request.state === 'queued' ? 'running' : request.state }
  const owned = isOwnedByAnother(saga, request.identity, event.target, event.before?.nativeId)
  const action = { apply: 'claimed', undo: 'undoing', probe: 'probed' }[event.purpose]
  return {
    saga: withRequest(saga, withStep(running, claimed)),
    answer: { outcome: owned ? 'owned' : 'claimed', fence },
    commands: [audit(action, { ...event, fence })],
  }
}

/** 1 when the step's last claim ended without a settlement: its lease ran out. */
function diedWith(step: SagaStep, at: number): 0 | 1 {
  return held.includes(step.state) && step.leaseUntil !== null && step.leaseUntil < at ? 1 : 0
}

function isFree(request: SagaRequest, step: SagaStep, { purpose, at }: Claim, died: number): boolean {
  if (isLeased(step, at) || !mayClaim(purpose, step.state, request.state)) return false
  if (purpose !== 'probe' && step.deaths + died >= deadlyAfter) return false
  if (purpose === 'undo' && step.retryAt !== null && step.retryAt > at) return false
  return purpose !== 'apply' || step.plan.phase !== 'last' || isMainDone(request)
}

/** Every step of the main phase is where the last one may follow. */
export function isMainDone(request: SagaRequest): boolean {
  return stepsOf(request).every(({ plan, state }) => plan.phase === 'last' || passed[plan.onFailure].includes(state))
}

/** The step kills its workers: it waits for people. */
function poisoned(step: SagaStep): SagaStep {
  return {
    ...step,
    deaths: deadlyAfter,
    fence: step.fence + 1,
    leaseUntil: null,
    error: { code: 'poisoned', message: 'workers died while they worked on this step' },
    state: step.state === 'running' ? 'unknown' : step.state,
  }
}

function isOwnedByAnother(saga: Saga, identity: string, target: string, nativeId: string | undefined): boolean {
  return Object.entries(saga.accounts).some(
    ([key, account]) => account.nativeId === nativeId && key.endsWith(` ${target}`) && key !== accountKey(identity, target),
  )
}

export interface Renew {
  readonly at: number
  readonly claims: readonly { readonly requestId: string; readonly target: string; readonly fence: number }[]
  readonly leaseSeconds: number
}

/** Keeps the claims of living workers alive; a claim that was lost stays lost. Answers how many were kept. */
export function renew(saga: Saga, { at, claims, leaseSeconds }: Renew): Outcome<number> {
  let next = saga
  let renewed = 0
  for (const wanted of claims) {
    const { request, step } = find(next, wanted)
    if (request === undefined || step?.fence !== wanted.fence || !held.includes(step.state)) continue
    next = withRequest(next, withStep(request, { ...step, leaseUntil: at + leaseSeconds * 1000 }))
    renewed++
  }
  return { saga: next, answer: renewed, commands: [] }
}

export interface Settle extends StepEvent {
  /** pending, unknown and undoing give the step back, to be taken up again. */
  readonly state: Exclude<StepState, 'running'>
  /** Present when the step had its effect, or when an unknown outcome turned out to be one. */
  readonly receipt?: Receipt
  readonly error?: Problem
  readonly differences?: readonly Difference[]
  /** An account that an undo brought back: its native id may be a new one. */
  readonly restored?: { readonly nativeId: string; readonly label: string }
  /** For `undoing`: seconds until it may be tried again. */
  readonly retryInSeconds?: number
}

/** false: the fence is old, and nothing was written. */
export function settle(saga: Saga, event: Settle): Outcome<boolean> {
  const { request, step } = find(saga, event)
  const isOurs = step?.generation === event.generation && step.fence === event.fence && step.leaseUntil !== null
  const isOpen = request !== undefined && isOurs && (held.includes(step.state) || openFor.probe.includes(request.state))
  if (!isOpen) return { saga, answer: false, commands: [audit('fenced_off', event)] }

  const { retryInSeconds } = event
  const settled: SagaStep = {
    ...step,
    state: event.state,
    leaseUntil: null,
    error: event.error ?? null,
    differences: event.differences ?? null,
    effect: event.receipt === undefined ? step.effect : effectOf(event.receipt, step),
    deaths: known.includes(event.state) ? 0 : step.deaths,
    undoAttempts: step.undoAttempts + (retryInSeconds === undefined ? 0 : 1),
    retryAt: retryInSeconds === undefined ? null : event.at + retryInSeconds * 1000,
  }
  const next = withRequest(saga, withStep(request, settled))
  return { saga: relink(next, request.identity, settled, event), answer: true, commands: [audit(event.state, event)] }
}

function effectOf({ nativeId, label, disposition, after, writes }: Receipt, { effect }: SagaStep): SagaStep['effect'] {
  return { nativeId: nativeId ?? effect?.nativeId ?? null, label: label ?? effect?.label ?? null, disposition, after, writes }
}

function find(saga: Saga, { requestId, target }: { readonly requestId: string; readonly target: string }) {
  const request = saga.requests[requestId]
  return { request, step: request?.steps[target] }
}

function audit(action: string, { requestId, target, fence }: StepEvent) {
  return { kind: 'audit', action, requestId, target, detail: String(fence) } as const
}
