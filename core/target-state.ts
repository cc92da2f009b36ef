/**
 * How a target is doing, as a pure machine: its circuit breaker and its maintenance mode. Closed, its steps are called; open, they are
 * parked, and nobody calls it; half open, exactly one step in the whole cluster tries. Clock and chance come in with the event.
 * `ledger/target-state.ts` keeps it in the database, under a row lock.
 */
import type { ErrorCode } from './errors.ts'
import type { BreakerLimits } from './target-limits.ts'

export type BreakerState = 'closed' | 'open' | 'half_open'

/** Times are milliseconds since 1970, by the database's clock. */
export interface TargetState {
  readonly state: BreakerState
  readonly since: number
  /** In a row, while closed. */
  readonly failures: number
  /** In a row: how often it opened without having been well for a while in between. */
  readonly opens: number
  /** Open: when one step may try. */
  readonly retryAt: number | null
  /** Half open: the step that tries, and when it counts as lost. */
  readonly probe: string | null
  readonly probeUntil: number | null
  /** When steps were last let go on after a pause: they begin slowly. */
  readonly closedAt: number | null
  readonly lastCode: string | null
  readonly lastFailedAt: number | null
  readonly maintenance: Maintenance | null
}

export interface Maintenance {
  readonly since: number
  readonly reason: string
  readonly by: string
}

export type TargetEvent =
  /** A call failed in a way that tells of the target; `probe` names the one step that tried. */
  | { readonly type: 'failed'; readonly code: string; readonly retryAfterMs?: number; readonly probe?: string }
  /** The target answered, be it with a refusal. */
  | { readonly type: 'answered'; readonly probe?: string }
  /** A step asks to be the one that tries; it counts as lost after so many milliseconds. */
  | { readonly type: 'probe'; readonly probe: string; readonly withinMs: number }
  /** The step that was to try had nothing to call. */
  | { readonly type: 'released'; readonly probe: string }
  | { readonly type: 'maintenance'; readonly on: boolean; readonly reason: string; readonly by: string }

export interface Circumstances {
  readonly now: number
  /** 0 ≤ random < 1. */
  readonly random: number
  readonly breaker: BreakerLimits
}

export const wellState: TargetState = {
  state: 'closed',
  since: 0,
  failures: 0,
  opens: 0,
  retryAt: null,
  probe: null,
  probeUntil: null,
  closedAt: null,
  lastCode: null,
  lastFailedAt: null,
  maintenance: null,
}

/** Failures that tell of the target, not of one person's data. */
const telling: ReadonlySet<ErrorCode> = new Set(['transient', 'throttled', 'unavailable', 'unknown_outcome', 'auth'])

export function tellsOfTarget(code: string): boolean {
  return (telling as ReadonlySet<string>).has(code)
}

/** Codes that say nothing either way: the call may never have left. */
const silent: ReadonlySet<ErrorCode> = new Set(['internal', 'config', 'unsupported'])

/** Whether an error shows that the target is there and answers, as a refusal of one person's data does. */
export function showsAnAnswer(code: string): boolean {
  return !tellsOfTarget(code) && !(silent as ReadonlySet<string>).has(code)
}

/** One step an hour harms nobody, whatever nonsense a target asks for. */
const longestAskedMs = 3_600_000

/** Once closed for longer than it could have been open, a target's next opening begins short again. */
const isSettled = (state: TargetState, { now, breaker }: Circumstances) =>
  state.closedAt === null || now - state.closedAt > breaker.atMostMs

export function nextTargetState(state: TargetState, event: TargetEvent, circumstances: Circumstances): TargetState {
  switch (event.type) {
    case 'failed':
      return afterFailure(state, event, circumstances)
    case 'answered':
      return afterAnswer(state, event, circumstances)
    case 'probe':
      return mayProbe(state, circumstances.now)
        ? {
            ...state,
            state: 'half_open',
            since: state.state === 'half_open' ? state.since : circumstances.now,
            probe: event.probe,
            probeUntil: circumstances.now + event.withinMs,
          }
        : state
    case 'released':
      return isProbe(state, event.probe)
        ? { ...state, state: 'open', since: circumstances.now, retryAt: circumstances.now, probe: null, probeUntil: null }
        : state
    case 'maintenance':
      return afterSwitch(state, event, circumstances)
  }
}

/** Whether one step may try now. A step that was to try and never told what came of it is lost after a while. */
export function mayProbe(state: Pick<TargetState, 'state' | 'retryAt' | 'probeUntil' | 'maintenance'>, now: number): boolean {
  if (state.maintenance !== null) return false
  if (state.state === 'open') return (state.retryAt ?? 0) <= now
  return state.state === 'half_open' && (state.probeUntil ?? 0) <= now
}

function isProbe(state: TargetState, probe: string | undefined): boolean {
  return state.state === 'half_open' && probe !== undefined && state.probe === probe
}

function afterFailure(
  state: TargetState,
  { code, retryAfterMs, probe }: Extract<TargetEvent, { type: 'failed' }>,
  circumstances: Circumstances,
): TargetState {
  const { now, breaker } = circumstances
  const told = { ...state, lastCode: code, lastFailedAt: now }
  const asked = code === 'throttled' && retryAfterMs !== undefined ? Math.min(retryAfterMs, longestAskedMs) : undefined
  if (state.state === 'open') {
    // Calls that were on their way when it opened come back one after the other: they make nothing worse, but one may know better when.
    return asked === undefined ? told : { ...told, retryAt: Math.max(state.retryAt ?? 0, now + asked) }
  }
  if (state.state === 'half_open') return isProbe(state, probe) ? open(told, asked, circumstances) : told
  const failures = state.failures + 1
  // Credentials that are refused are not tried again and again: directories lock the account that does.
  const atOnce = code === 'throttled' || code === 'auth'
  return atOnce || failures >= breaker.failures ? open(told, asked, circumstances) : { ...told, failures }
}

function open(state: TargetState, askedMs: number | undefined, circumstances: Circumstances): TargetState {
  const { now, random, breaker } = circumstances
  const opens = state.state === 'closed' && isSettled(state, circumstances) ? 1 : state.opens + 1
  // With a fifth of chance: targets that went down together are not tried together. What the target asks for is never cut short.
  const grown = Math.min(breaker.openForMs * 2 ** Math.min(opens - 1, 30), breaker.atMostMs) * (0.8 + 0.4 * random)
  const pause = askedMs === undefined ? grown : askedMs * (1 + 0.1 * random)
  return { ...state, state: 'open', since: now, failures: 0, opens, retryAt: now + pause, probe: null, probeUntil: null }
}

function afterAnswer(
  state: TargetState,
  { probe }: Extract<TargetEvent, { type: 'answered' }>,
  { now }: Circumstances,
): TargetState {
  if (state.state === 'closed') return state.failures === 0 ? state : { ...state, failures: 0 }
  if (!isProbe(state, probe)) return state
  return { ...state, state: 'closed', since: now, failures: 0, retryAt: null, probe: null, probeUntil: null, closedAt: now }
}

function afterSwitch(
  state: TargetState,
  { on, reason, by }: Extract<TargetEvent, { type: 'maintenance' }>,
  { now }: Circumstances,
): TargetState {
  if (on) return { ...state, maintenance: { since: state.maintenance?.since ?? now, reason, by } }
  return state.maintenance === null
    ? state
    : { ...state, maintenance: null, closedAt: state.state === 'closed' ? now : state.closedAt }
}

/** What people call it. */
export type Condition = 'ok' | 'open' | 'half_open' | 'maintenance'

export function conditionOf({ state, maintenance }: Pick<TargetState, 'state' | 'maintenance'>): Condition {
  if (maintenance !== null) return 'maintenance'
  return state === 'closed' ? 'ok' : state
}

/** How many steps may be under way at `sinceClosedMs` after a pause: one, then twice as many every half second. */
export function slowStart(sinceClosedMs: number, full: number): number {
  return Math.min(full, 2 ** Math.min(Math.floor(Math.max(0, sinceClosedMs) / 500), 20))
}
