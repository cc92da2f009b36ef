/**
 * Random events for the machine and for the ledger: whatever could come at a moment, in whatever order, right and wrong ones alike. An event is
 * made of plain numbers and of what the saga is, so that fast-check can leave out and make smaller what it likes.
 */
import fc from 'fast-check'
import type { Account, Disposition, Receipt } from '#core/account.ts'
import type { IdentityState } from '#core/ledger/accept.ts'
import { requestKinds, type StepPlan } from '#core/plan.ts'
import type { SagaEvent } from '#core/saga/machine.ts'
import type { Saga, SagaRequest, SagaStep } from '#core/saga/state.ts'
import { attestable } from '#core/saga/verbs.ts'

/** What happens, and three numbers that say to whom and how. */
export type Draw = readonly [kind: (typeof kinds)[number], number, number, number]

/** Several times where it should come often. */
const kinds = [
  'accept',
  'accept',
  'claim',
  'claim',
  'claim',
  'settle',
  'settle',
  'settle',
  'decide',
  'decide',
  'pass',
  'renew',
  'wake',
  'wakeAll',
  'forget',
  'retry',
  'resume',
  'cancel',
  'probe',
  'attest',
  'replan',
] as const

export const draws = (maxLength: number) =>
  fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(999), fc.nat(999), fc.nat(999)), { maxLength, size: 'max' })

/** `pass`: time goes by, and nothing else happens. Amounts that never come near a wake-up or the end of a lease. */
export type Happening = SagaEvent | { readonly kind: 'pass'; readonly seconds: number }

export const identities = ['anna', 'boris']
const targets = ['directory', 'payroll']
const leaseSeconds = 24

/** @param number of the event within its list: ids are made of it */
export function toHappening(saga: Saga, [kind, who, what, how]: Draw, number: number, at: number): Happening | null {
  if (kind === 'pass') return { kind, seconds: pick([7, 33, 64], who) ?? 7 }
  if (kind === 'wake') {
    // Of some the queue still holds the jobs; of some it held those of an earlier bell.
    const queued = Object.values(saga.requests).flatMap(({ id, bell }, index) =>
      (who + index) % 3 === 0 ? [{ requestId: id, bell: index % 5 === 4 ? bell - 1 : bell }] : [],
    )
    return { kind, at, limit: 100, queued }
  }
  if (kind === 'wakeAll') return { kind, at }
  if (kind === 'forget') return { kind, bells: saga.outbox.map(({ id }) => id) }
  if (kind === 'accept') return toAcceptance(saga, [kind, who, what, how], number, at)
  const request = pick(Object.values(saga.requests), who)
  if (request === undefined) return null
  const requestId = request.id
  switch (kind) {
    case 'decide':
      return { kind, at, requestId, generation: stale(request.generation, how), reopen: what % 3 === 0 }
    case 'retry':
    case 'resume':
    case 'cancel':
    case 'probe':
      return { kind, at, requestId }
    case 'replan': {
      const steps = [plan('directory', what)]
      return { kind, at, requestId, previous: request.previous, requestKind: request.kind, desired: standing(number), steps }
    }
    default:
      return toStepEvent(request, [kind, who, what, how], at)
  }
}

function toAcceptance(saga: Saga, [, who, what, how]: Draw, number: number, at: number): Happening {
  const identity = pick(identities, who) as string
  const known = saga.identities[identity]
  return {
    kind: 'accept',
    at,
    id: `00000000-0000-4000-8000-${String(number + 1).padStart(12, '0')}`,
    identity,
    revision: stale(known?.revision ?? 0, how),
    requestKind: pick(requestKinds, what) ?? 'update',
    previous: known?.desired ?? standing(0),
    desired: standing(number + 1),
    steps: targets.slice(0, 1 + (what % 2)).map((target, index) => plan(target, how + index)),
  }
}

function toStepEvent(request: SagaRequest, [kind, , what, how]: Draw, at: number): Happening | null {
  const step = pick(Object.values(request.steps), what)
  if (step === undefined) return null
  const { target } = step.plan
  const about = { at, requestId: request.id, target, generation: stale(request.generation, how) }
  const fence = stale(step.fence, Math.floor(how / 2))
  switch (kind) {
    case 'claim': {
      const purpose = pick(['apply', 'apply', 'undo', 'probe'] as const, how) ?? 'apply'
      const before = purpose === 'apply' && step.state === 'pending' ? { before: found(request.identity, target, how) } : {}
      return { kind, ...about, fence, purpose, ...before, leaseSeconds }
    }
    case 'renew':
      return { kind, at, claims: [{ requestId: request.id, target, fence }], leaseSeconds }
    case 'attest': {
      const person = pick(['person:ada', 'person:blaise'], how) as string
      return { kind, at, requestId: request.id, target, person, outcome: pick(attestable, Math.floor(how / 2)) ?? 'kept' }
    }
    default:
      return { kind: 'settle', ...about, fence, ...toSettlement(request, step, how) }
  }
}

/** What a worker could say of a step that it holds. */
function toSettlement({ identity }: SagaRequest, step: SagaStep, how: number) {
  const undoing = step.state === 'undoing'
  const state = undoing
    ? pick(['undone', 'kept', 'stuck', 'undoing'] as const, how)
    : pick(['applied', 'applied', 'failed', 'unknown', 'pending', 'stuck'] as const, how)
  const disposition = pick(['created', 'adopted', 'changed', 'noop', 'deleted'] as const, Math.floor(how / 6)) ?? 'noop'
  return {
    state: state ?? 'pending',
    ...(state === 'applied' && { receipt: receiptOf(identity, step, disposition) }),
    ...(state === 'failed' && { error: { code: 'invalid', message: 'refused' } }),
    ...(state === 'undoing' && how % 3 > 0 && { retryInSeconds: 17 }),
  }
}

function receiptOf(identity: string, { plan: { target }, before }: SagaStep, disposition: Disposition): Receipt {
  const after = disposition === 'deleted' ? null : account(identity, target)
  const writes = { attributes: [], enabled: null, memberships: { add: [], remove: [] }, secrets: [] }
  return { nativeId: `${target}-${identity}`, label: identity, disposition, before, after, writes }
}

/** What a look-up finds: nothing, the identity's account, or that of the other identity. */
function found(identity: string, target: string, how: number): Account | null {
  const whose = pick([null, identity, identity === 'anna' ? 'boris' : 'anna'], Math.floor(how / 10)) ?? null
  return whose === null ? null : account(whose, target)
}

function account(identity: string, target: string): Account {
  return { nativeId: `${target}-${identity}`, label: identity, enabled: true, attributes: {}, memberships: [] }
}

function plan(target: string, how: number): StepPlan {
  return {
    target,
    operation: 'update',
    correlate: {},
    attributes: {},
    memberships: { add: [], remove: [] },
    secrets: {},
    onFailure: pick(['required', 'required', 'best-effort', 'hold'] as const, how) ?? 'required',
    ...(how % 5 === 4 && { phase: 'last' }),
  }
}

function standing(number: number): IdentityState {
  return { attributes: { title: [`title ${number}`] }, targets: {}, disabled: false }
}

/** Now and then what was so before. */
function stale(number: number, how: number): number {
  return how % 11 === 10 ? Math.max(0, number - 1) : number
}

function pick<Item>(items: readonly Item[], number: number): Item | undefined {
  return items[number % Math.max(1, items.length)]
}
