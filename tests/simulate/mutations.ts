/**
 * The guards of the saga, and what the code is without each of them. The simulator must notice: a guard that may be missing without any promise
 * being broken is no guard, or the simulator is blind.
 */
export interface Mutation {
  /** What it holds off, as a sentence. */
  readonly guard: string
  /** More than one where a second guard stands behind the first. */
  readonly edits: readonly Edit[]
}

export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

export const mutations: readonly Mutation[] = [
  {
    guard: 'a claim needs the fence that was read',
    edits: [
      {
        file: 'core/saga/stepping.ts',
        find: 'const isRead = step?.generation === event.generation && step.fence === event.fence',
        replace: 'const isRead = step?.generation === event.generation',
      },
    ],
  },
  {
    guard: 'a claim needs a step and a request that are open to it',
    edits: [
      {
        file: 'core/saga/stepping.ts',
        find: '!mayClaim(purpose, step.state, request.state)',
        replace: 'false',
      },
      {
        file: 'workers/apply.ts',
        find: "step === null || !mayClaim('apply', step.state, step.requestState)",
        replace: 'step === null',
      },
      {
        file: 'workers/undo.ts',
        find: "step === null || !mayClaim('undo', step.state, step.requestState)",
        replace: 'step === null',
      },
    ],
  },
  {
    guard: 'a step that may have had its effect is read back before it is done again',
    edits: [
      {
        file: 'workers/apply.ts',
        find: "step.state === 'pending' ? applyNow(ours, change, before) : settleUnknown(deps, ours, change, step, before)",
        replace: 'applyNow(ours, change, before)',
      },
    ],
  },
  {
    guard: 'before "not applied" counts, the target has had the time to go on with a lost call',
    edits: [
      {
        file: 'workers/apply.ts',
        find: 'return left > 0 ?',
        replace: 'return left > 1e15 ?',
      },
    ],
  },
  {
    guard: 'a look that failed leaves unknown what is unknown',
    edits: [
      {
        file: 'workers/apply.ts',
        find: "if (step.state !== 'pending') {",
        replace: 'if (false) {',
      },
    ],
  },
  {
    guard: 'an undo finds nothing to do only when a lost call can no longer take effect',
    edits: [
      {
        file: 'workers/undo.ts',
        find: 'sinceLastCallMs(step) > (await targets.settlesWithinMs(step.target))',
        replace: 'sinceLastCallMs(step) >= 0',
      },
    ],
  },
  {
    guard: 'a lost undo is waited for before the request ends',
    edits: [
      {
        file: 'workers/undo.ts',
        find: 'retryInSeconds: (await deps.targets.settlesWithinMs(step.target)) / 1000',
        replace: 'retryInSeconds: 0',
      },
    ],
  },
  {
    guard: 'the undo of a worker that died is waited for before the request ends',
    edits: [
      {
        file: 'workers/undo.ts',
        find: 'if (lost > 0) return',
        replace: 'if (lost > 1e15) return',
      },
    ],
  },
  {
    guard: 'an undo is not claimed before its time',
    edits: [
      {
        file: 'core/saga/stepping.ts',
        find: "if (purpose === 'undo' && step.retryAt !== null && step.retryAt > at) return false",
        replace: '',
      },
    ],
  },
  {
    guard: 'a worker that overslept its lease writes nothing',
    edits: [
      {
        file: 'workers/while-held.ts',
        find: 'if (!lease.isHeld())',
        replace: 'if (false)',
      },
    ],
  },
  {
    guard: 'what somebody else changed is not undone',
    edits: [
      {
        file: 'connectors/kit/compensate.ts',
        find: "if (differences.length > 0) return { outcome: 'stuck', differences }",
        replace: '',
      },
    ],
  },
  {
    guard: 'an account that was only adopted is not removed',
    edits: [
      {
        file: 'connectors/kit/compensate.ts',
        find: "case 'created':",
        replace: "case 'created': case 'adopted':",
      },
    ],
  },
  {
    guard: 'a request waits behind the one that has its identity',
    edits: [
      {
        file: 'core/saga/accepting.ts',
        find: 'const mustWait = active !== event.id',
        replace: 'const mustWait = false',
      },
    ],
  },
  {
    guard: 'a plan that was made on an old revision is refused',
    edits: [
      {
        file: 'core/saga/accepting.ts',
        find: 'known.revision !== event.revision',
        replace: 'false',
      },
    ],
  },
  {
    guard: 'what needs people keeps its identity',
    edits: [
      {
        file: 'core/saga/handing-over.ts',
        find: "if (request.state === 'needs_attention') return saga",
        replace: '',
      },
    ],
  },
  {
    guard: 'a request that has ended is not decided again',
    edits: [
      {
        file: 'core/saga/deciding.ts',
        find: 'if (isFinal(request.state) && !reopened) return superseded(saga)',
        replace: '',
      },
    ],
  },
  {
    guard: 'what is stuck is not rolled back',
    edits: [
      {
        file: 'core/saga/decisions.ts',
        find: "const isStuck = steps.some(({ state }) => state === 'stuck')",
        replace: 'const isStuck = false',
      },
    ],
  },
  {
    guard: 'what cannot be undone is done when everything else is',
    edits: [
      {
        file: 'core/saga/stepping.ts',
        find: "return purpose !== 'apply' || step.plan.phase !== 'last' || isMainDone(request)",
        replace: 'return true',
      },
      {
        file: 'core/saga/ringing.ts',
        find: "(bell.topic !== 'apply' || plan.phase !== 'last' || isMainDone(request))",
        replace: 'true',
      },
    ],
  },
  {
    guard: 'a step that was settled is no poison any more',
    edits: [
      {
        file: 'core/saga/stepping.ts',
        find: 'deaths: known.includes(event.state) ? 0 : step.deaths',
        replace: 'deaths: step.deaths',
      },
    ],
  },
  {
    guard: 'an accepted request has a wake-up',
    edits: [
      {
        file: 'core/saga/accepting.ts',
        find: 'wakeAt: event.at + lookAgain.first * 1000,\n    steps: newSteps(event.steps, 1)',
        replace: 'wakeAt: null,\n    steps: newSteps(event.steps, 1)',
      },
    ],
  },
  {
    guard: 'the reconciler rings again',
    edits: [
      {
        file: 'core/saga/ringing.ts',
        find: 'let next = postpone(recheck(saga, at, limit), at, queued)',
        replace: 'return { saga, answer: 0, commands: [] }\n  let next = postpone(recheck(saga, at, limit), at, queued)',
      },
    ],
  },
  {
    guard: 'a request that was planned on what came to nothing is planned again',
    edits: [
      {
        file: 'core/saga/handing-over.ts',
        find: "if (waiting?.state === 'received') told =",
        replace: 'if (false) told =',
      },
    ],
  },
]
