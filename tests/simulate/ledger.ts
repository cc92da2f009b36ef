/**
 * The ledger that the workers' code speaks to, on top of the pure machine. Every question takes its time on the way there and back, and the
 * connection may be lost before or after the commit, which the worker cannot tell apart.
 */
import type { Ledger } from '#core/ledger/index.ts'
import type { StepRecord } from '#core/ledger/read-step.ts'
import { step as advance, type AnswerTo, type Command, type Outcome, type SagaEvent } from '#core/saga/machine.ts'
import { held } from '#core/saga/transitions.ts'
import { accountKey, emptySaga, type Saga } from '#core/saga/state.ts'
import type { Task, World } from './world.ts'

/** The truth of one day, and who listens to it. */
export class Truth {
  saga: Saga = emptySaga
  /** `request target fence purpose` of every claim, as the audit keeps them. */
  readonly claims = new Set<string>()
  readonly #world: World
  /** Called after every event that changed something. */
  readonly #changed: (event: SagaEvent, commands: readonly Command[]) => void

  constructor(world: World, changed: (event: SagaEvent, commands: readonly Command[]) => void) {
    this.#world = world
    this.#changed = changed
  }

  do<Event extends SagaEvent>(who: string, event: Event): AnswerTo<Event['kind']> {
    const outcome: Outcome<unknown> = advance(this.saga, event as never)
    const { saga, commands } = outcome
    const changes = saga !== this.saga
    this.saga = saga
    for (const command of commands) {
      if (command.kind !== 'audit') continue
      const { action, requestId, target, detail } = command
      this.#world.note(who, () => `${action} ${requestId.slice(-2)}${target === undefined ? '' : ` in ${target}`} (${detail})`)
    }
    if (changes) this.#changed(event, commands)
    return outcome.answer as AnswerTo<Event['kind']>
  }

  readStep(requestId: string, target: string, generation: number): StepRecord | null {
    const request = this.saga.requests[requestId]
    const step = request?.steps[target]
    if (request === undefined || step === undefined || step.generation !== generation) return null
    const { now } = this.#world
    const { effect } = step
    return {
      requestId,
      target,
      generation,
      plan: step.plan,
      state: step.state,
      fence: step.fence,
      leasedMs: Math.max(0, (step.leaseUntil ?? 0) - now),
      before: step.before,
      after: effect?.after ?? null,
      writes: effect?.writes ?? null,
      beforeSecrets: null,
      afterSecrets: null,
      resetBegun: false,
      nativeId: effect?.nativeId ?? null,
      label: effect?.label ?? null,
      disposition: effect?.disposition ?? null,
      lostMs: held.includes(step.state) && step.leaseUntil !== null ? Math.max(0, now - step.leaseUntil) : null,
      attempts: step.attempts,
      deaths: step.deaths,
      undoAttempts: step.undoAttempts,
      error: step.error,
      direction: request.direction,
      calledMs: step.calledAt === null ? null : now - step.calledAt,
      accountId: this.saga.accounts[accountKey(request.identity, target)]?.nativeId ?? null,
      requestState: request.state,
      kind: request.kind,
      secrets: {},
    }
  }
}

export type WorkersLedger = Pick<Ledger, 'readStep' | 'claim' | 'settle' | 'decide' | 'record' | 'openSealed'>

/** @param losesConnections how often the connection to the database is lost, from 0 to 1 */
export function createWorkersLedger(world: World, truth: Truth, task: Task, losesConnections: () => number): WorkersLedger {
  const who = task.process.name
  async function ask<Answer>(question: () => Answer): Promise<Answer> {
    await world.pause(task, world.latency())
    const fate = world.choices.chance(losesConnections()) ? 1 + world.choices.pick(2) : 0
    if (fate === 1) throw new Error('the connection was lost before the commit')
    const answer = world.guard(question)
    await world.pause(task, world.latency())
    if (fate === 2) throw new Error('the connection was lost after the commit')
    return answer
  }
  return {
    readStep: (ref) => ask(() => truth.readStep(ref.requestId, ref.target, ref.generation)),
    claim: (claim) => ask(() => truth.do(who, { kind: 'claim', at: world.now, ...claim })),
    settle: (settlement) => ask(() => truth.do(who, { kind: 'settle', at: world.now, ...settlement })),
    decide: ({ requestId, generation, reopen = false }) =>
      ask(() => truth.do(who, { kind: 'decide', at: world.now, requestId, generation, reopen })),
    record: () => ask(() => undefined),
    openSealed: async () => new Map(),
  }
}
