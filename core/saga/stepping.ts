/**
 * One step between workers: taken with a fence and a lease, given back or ended under that fence. Whoever comes second, or comes back from
 * the dead, finds another fence and writes nothing.
 */
import type { Account, Difference, Receipt } from '../account.ts'
import type { Problem, StepState } from '../states.ts'
import type { Outcome } from './machine.ts'
import {
  accountKey,
  isLeased,
  withRequest,
  withStep,
  type LinkedAccount,
  type Saga,
  type SagaRequest,
  type SagaStep,
} from './state.ts'
import { claimedAs, held, mayClaim, type Purpose } from './transitions.ts'

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

export function claim(saga: Saga, event: Claim): Outcome<ClaimAnswer> {
  const { request, step } = find(saga, event)
  const free =
    step?.generation === event.generation &&
    step.fence === event.fence &&
    !isLeased(step, event.at) &&
    request !== undefined &&
    mayClaim(event.purpose, step.state, request.state)
  if (!free) return { saga, answer: { outcome: 'superseded' }, commands: [audit('superseded', event)] }

  const fence = step.fence + 1
  const claimed: SagaStep = {
    ...step,
    state: claimedAs[event.purpose] ?? step.state,
    fence,
    // Undoing is no attempt at the change.
    attempts: step.attempts + (event.purpose === 'apply' ? 1 : 0),
    leaseUntil: event.at + event.leaseSeconds * 1000,
    ...(event.before === undefined ? {} : { before: event.before, calledAt: event.at }),
  }
  const running: SagaRequest = { ...request, state: request.state === 'queued' ? 'running' : request.state }
  const owned = isOwnedByAnother(saga, request.identity, event.target, event.before?.nativeId)
  return {
    saga: withRequest(saga, withStep(running, claimed)),
    answer: { outcome: owned ? 'owned' : 'claimed', fence },
    commands: [audit(event.purpose === 'apply' ? 'claimed' : 'undoing', { ...event, fence })],
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
}

/** false: the fence is old, and nothing was written. */
export function settle(saga: Saga, event: Settle): Outcome<boolean> {
  const { request, step } = find(saga, event)
  const ours = step?.generation === event.generation && step.fence === event.fence && held.includes(step.state)
  if (request === undefined || !ours) return { saga, answer: false, commands: [audit('fenced_off', event)] }

  const settled: SagaStep = {
    ...step,
    state: event.state,
    leaseUntil: null,
    error: event.error ?? null,
    differences: event.differences ?? null,
    effect: event.receipt === undefined ? step.effect : effectOf(event.receipt, step),
  }
  const next = withRequest(saga, withStep(request, settled))
  return { saga: relink(next, request.identity, settled, event), answer: true, commands: [audit(event.state, event)] }
}

function effectOf({ nativeId, label, disposition, after, writes }: Receipt, { effect }: SagaStep): SagaStep['effect'] {
  return { nativeId: nativeId ?? effect?.nativeId ?? null, label: label ?? effect?.label ?? null, disposition, after, writes }
}

/** Accounts follow the effects: linked when one exists, unlinked when it is gone. */
function relink(saga: Saga, identity: string, step: SagaStep, { state, receipt }: Settle): Saga {
  const key = accountKey(identity, step.target)
  const disposition = step.effect?.disposition
  const gone = state === 'undone' || (state === 'applied' && receipt?.disposition === 'deleted')
  if (gone && (disposition === 'created' || disposition === 'adopted' || disposition === 'deleted')) {
    const { [key]: _, ...rest } = saga.accounts
    return { ...saga, accounts: rest }
  }
  const linked = saga.accounts[key]
  if (state === 'undone' && disposition === 'changed' && linked !== undefined && step.before !== null)
    return withAccount(saga, key, { ...linked, enabled: step.before.enabled })
  if (state === 'applied' && receipt?.after && receipt.nativeId !== null)
    return withAccount(saga, key, { nativeId: receipt.nativeId, enabled: receipt.after.enabled })
  return saga
}

function withAccount(saga: Saga, key: string, account: LinkedAccount): Saga {
  return { ...saga, accounts: { ...saga.accounts, [key]: account } }
}

function find(saga: Saga, { requestId, target }: { readonly requestId: string; readonly target: string }) {
  const request = saga.requests[requestId]
  return { request, step: request?.steps[target] }
}

function audit(action: string, { requestId, target, fence }: StepEvent) {
  return { kind: 'audit', action, requestId, target, detail: String(fence) } as const
}
