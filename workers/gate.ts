/**
 * The gate before every target: whether its steps may be called now. All is well most of the time, and then it costs a look into this
 * process's memory. Where a target is down, throttles us or is in maintenance, its queues rest here, a step that was taken all the same goes
 * back before it is claimed, and when the time has come exactly one step in the cluster tries.
 */
import type { Job } from 'bullmq'
import { isGatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import { mayProbe, showsAnAnswer, slowStart, tellsOfTarget, type TargetEvent, type TargetState } from '#core/target-state.ts'
import type { TargetWatch } from '#core/target-watch.ts'
import { uuidv7 } from '#core/uuid.ts'
import { waitFor } from './step-job.ts'

export interface Gate extends AsyncDisposable {
  /** Lets a step through to its target; else its job goes back, without spending an attempt (throws DelayedError). */
  enter(job: Job, token: string | undefined, target: string, signal?: AbortSignal): Promise<Pass>
  /** The target's workers take no jobs while its steps are parked, and begin slowly when they go on. */
  keep(target: string, workers: readonly Pausable[], full: number): void
}

/** What one step was let through with. Disposing it without a verdict says that the target was not asked. */
export interface Pass extends AsyncDisposable {
  answered(): Promise<void>
  /**
   * What a failed call says of the target. Milliseconds when the target is no longer to be called: the step is given back for so long, and no
   * attempt of it is spent. Null when it goes on as usual.
   */
  failed(error: unknown): Promise<number | null>
}

/** What the gate asks of a BullMQ worker. */
export interface Pausable {
  concurrency: number
  isPaused(): boolean
  pause(doNotWaitActive: boolean): Promise<void>
  resume(): void
}

export interface GateDeps {
  readonly watch: TargetWatch
  readonly ledger: Pick<Ledger, 'changeTarget'>
  readonly log: Logger
  /** Milliseconds that a call to the target may take. */
  readonly deadlineMs: (target: string) => number
}

const regulateMs = 250
/** Milliseconds for which a job that came to a closed gate goes back; its queue rests meanwhile. */
const backMs = 1_000
/** What a probe takes besides its call: the ledger's writes. */
const probeGraceMs = 5_000

export function openGate(deps: GateDeps): Gate {
  const { watch } = deps
  const kept = new Map<string, { readonly workers: readonly Pausable[]; readonly full: number }>()
  const asking = new Set<string>()
  const regulate = () => {
    for (const [target, { workers, full }] of kept) setPace(workers, paceOf(watch.stateOf(target), watch.now(), full))
  }
  const timer = setInterval(regulate, regulateMs)
  const subscription = watch.subscribe(regulate)

  return {
    async enter(job, token, target, signal) {
      const state = watch.stateOf(target)
      if (isThrough(state)) return createPass(deps, target, undefined, signal)
      if (mayProbe(state, watch.now()) && !asking.has(target)) {
        asking.add(target)
        const probe = await askToProbe(deps, target).finally(() => asking.delete(target))
        if (probe !== null) return createPass(deps, target, probe, signal)
      }
      return waitFor(job, token, Math.min(parkedMs(watch.stateOf(target), watch.now()), backMs) * (1 + Math.random()))
    },
    keep(target, workers, full) {
      kept.set(target, { workers, full })
      regulate()
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      subscription[Symbol.dispose]()
    },
  }
}

function isThrough({ state, maintenance }: TargetState): boolean {
  return state === 'closed' && maintenance === null
}

/** How many jobs of a queue this process may work on at a time; 0: none. */
function paceOf(state: TargetState, now: number, full: number): number {
  if (isThrough(state)) return state.closedAt === null ? full : slowStart(now - state.closedAt, full)
  return mayProbe(state, now) ? 1 : 0
}

function setPace(workers: readonly Pausable[], pace: number): void {
  for (const worker of workers) {
    if (pace === 0) {
      if (!worker.isPaused()) void worker.pause(true)
      continue
    }
    worker.concurrency = pace
    if (worker.isPaused()) worker.resume()
  }
}

/** Milliseconds until a parked target's step may be looked at again. */
function parkedMs({ state, retryAt, maintenance }: TargetState, now: number): number {
  return maintenance === null && state === 'open' ? Math.max(0, (retryAt ?? 0) - now) : backMs
}

/** A name for the one step that tries, or null when another one does. */
async function askToProbe(deps: GateDeps, target: string): Promise<string | null> {
  const probe = uuidv7()
  const state = await change(deps, target, { type: 'probe', probe, withinMs: deps.deadlineMs(target) + probeGraceMs })
  return state?.probe === probe ? probe : null
}

async function change({ ledger, watch, log }: GateDeps, target: string, event: TargetEvent): Promise<TargetState | null> {
  try {
    const state = await ledger.changeTarget({ target, event, actor: 'worker' })
    if (state !== null) watch.learn(target, state)
    return state
  } catch (err) {
    log.warn({ err, target, event: event.type }, 'what happened to a target could not be written')
    return null
  }
}

function createPass(deps: GateDeps, target: string, probe: string | undefined, signal: AbortSignal | undefined): Pass {
  const { watch } = deps
  const named = probe === undefined ? {} : { probe }
  let isTold = false
  const answered = async () => {
    isTold = true
    if (probe !== undefined || watch.stateOf(target).failures > 0) await change(deps, target, { type: 'answered', ...named })
  }
  return {
    answered,
    async failed(error) {
      const code = isGatewayError(error) ? error.code : 'internal'
      const state = watch.stateOf(target)
      // A call that was cut because this process stops says nothing of the target.
      if (signal?.aborted === true) return null
      if (showsAnAnswer(code)) await answered()
      if (!tellsOfTarget(code)) return null
      isTold = true
      const retryAfterMs = isGatewayError(error) ? error.retryAfterMs : undefined
      const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
      const next = (await change(deps, target, { type: 'failed', code, ...asked, ...named })) ?? state
      return isThrough(next) ? null : parkedMs(next, watch.now())
    },
    async [Symbol.asyncDispose]() {
      if (probe !== undefined && !isTold) await change(deps, target, { type: 'released', probe })
    },
  }
}
