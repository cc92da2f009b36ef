/** How each state looks: a shape and a colour, always beside its word. The records are complete, or the types do not pass. */
import type {
  Approval,
  Departure,
  Finding,
  Notification,
  RequestState,
  RuleVersionState,
  Simulation,
  StepState,
  TargetCondition,
} from './api.ts'

export type Shape =
  | 'done'
  | 'running'
  | 'waiting'
  | 'paused'
  | 'partly'
  | 'failed'
  | 'undone'
  | 'undoing'
  | 'skipped'
  | 'unknown'
  | 'stuck'
export type Tone = 'good' | 'busy' | 'calm' | 'warn' | 'bad' | 'back' | 'loud'

export interface Look {
  readonly shape: Shape
  readonly tone: Tone
}

export const requestLooks: Readonly<Record<RequestState, Look>> = {
  received: { shape: 'waiting', tone: 'calm' },
  awaiting_approval: { shape: 'paused', tone: 'warn' },
  queued: { shape: 'waiting', tone: 'calm' },
  running: { shape: 'running', tone: 'busy' },
  rolling_back: { shape: 'undoing', tone: 'back' },
  succeeded: { shape: 'done', tone: 'good' },
  succeeded_partly: { shape: 'partly', tone: 'warn' },
  rolled_back: { shape: 'undone', tone: 'back' },
  needs_attention: { shape: 'stuck', tone: 'loud' },
  rejected: { shape: 'failed', tone: 'bad' },
  expired: { shape: 'skipped', tone: 'calm' },
  cancelled: { shape: 'skipped', tone: 'calm' },
  superseded: { shape: 'skipped', tone: 'calm' },
}

export const stepLooks: Readonly<Record<StepState, Look>> = {
  pending: { shape: 'waiting', tone: 'calm' },
  running: { shape: 'running', tone: 'busy' },
  applied: { shape: 'done', tone: 'good' },
  failed: { shape: 'failed', tone: 'bad' },
  unknown: { shape: 'unknown', tone: 'warn' },
  undoing: { shape: 'undoing', tone: 'back' },
  undone: { shape: 'undone', tone: 'back' },
  kept: { shape: 'skipped', tone: 'calm' },
  stuck: { shape: 'stuck', tone: 'loud' },
}

export const targetLooks: Readonly<Record<TargetCondition, Look>> = {
  ok: { shape: 'done', tone: 'good' },
  open: { shape: 'failed', tone: 'bad' },
  half_open: { shape: 'unknown', tone: 'warn' },
  maintenance: { shape: 'paused', tone: 'warn' },
}

export const ruleLooks: Readonly<Record<RuleVersionState, Look>> = {
  draft: { shape: 'running', tone: 'busy' },
  in_review: { shape: 'paused', tone: 'warn' },
  approved: { shape: 'done', tone: 'busy' },
  scheduled: { shape: 'waiting', tone: 'busy' },
  published: { shape: 'done', tone: 'good' },
  superseded: { shape: 'skipped', tone: 'calm' },
  rejected: { shape: 'failed', tone: 'bad' },
  withdrawn: { shape: 'skipped', tone: 'calm' },
}

export const findingLooks: Readonly<Record<Finding['kind'], Look>> = {
  missing: { shape: 'failed', tone: 'bad' },
  orphan: { shape: 'partly', tone: 'warn' },
  divergent: { shape: 'partly', tone: 'warn' },
  adopted: { shape: 'done', tone: 'calm' },
}

export const findingStateLooks: Readonly<Record<Finding['state'], Look>> = {
  open: { shape: 'paused', tone: 'warn' },
  ignored: { shape: 'skipped', tone: 'calm' },
  repairing: { shape: 'running', tone: 'busy' },
  closed: { shape: 'done', tone: 'good' },
}

/** What runs in the background. */
export const backgroundLooks: Readonly<Record<Simulation['state'], Look>> = {
  waiting: { shape: 'waiting', tone: 'calm' },
  running: { shape: 'running', tone: 'busy' },
  done: { shape: 'done', tone: 'good' },
  cancelled: { shape: 'skipped', tone: 'calm' },
  failed: { shape: 'failed', tone: 'bad' },
}

export const outcomeLooks = {
  same: { shape: 'done', tone: 'calm' },
  changed: { shape: 'partly', tone: 'warn' },
  failing: { shape: 'failed', tone: 'bad' },
} as const satisfies Readonly<Record<string, Look>>

export const approvalLooks: Readonly<Record<Approval['state'], Look>> = {
  waiting: { shape: 'waiting', tone: 'calm' },
  open: { shape: 'paused', tone: 'warn' },
  approved: { shape: 'done', tone: 'good' },
  refused: { shape: 'failed', tone: 'bad' },
  expired: { shape: 'skipped', tone: 'calm' },
  closed: { shape: 'skipped', tone: 'calm' },
}

export const departureLooks: Readonly<Record<Departure['state'], Look>> = {
  waiting: { shape: 'waiting', tone: 'warn' },
  filed: { shape: 'running', tone: 'busy' },
  kept: { shape: 'paused', tone: 'calm' },
  returned: { shape: 'undone', tone: 'back' },
}

export const notificationLooks: Readonly<Record<Notification['state'], Look>> = {
  waiting: { shape: 'waiting', tone: 'busy' },
  sent: { shape: 'done', tone: 'good' },
  dead: { shape: 'failed', tone: 'bad' },
}

/** The chips above the list; each is one question people ask, not one state of the machine. */
export const stateGroups = {
  open: ['received', 'queued', 'running', 'rolling_back'],
  approval: ['awaiting_approval'],
  attention: ['needs_attention', 'succeeded_partly'],
  done: ['succeeded'],
  back: ['rolled_back'],
  closed: ['rejected', 'expired', 'cancelled', 'superseded'],
} as const satisfies Readonly<Record<string, readonly RequestState[]>>
export type StateGroup = keyof typeof stateGroups

/** Whether a request may still change by itself. */
export function isOpen(state: RequestState): boolean {
  return (stateGroups.open as readonly RequestState[]).includes(state) || state === 'awaiting_approval'
}
