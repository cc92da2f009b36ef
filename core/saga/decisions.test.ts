import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestKinds } from '../plan.ts'
import { canRetry, decideAfterApply, decideAfterUndo, isForwardOnly, mustUndo, type StepView } from './decisions.ts'
import { isFinal, requestStates, stepStates } from '../states.ts'

const step = (state: StepView['state'], more: Partial<StepView> = {}): StepView => ({
  target: 'directory',
  state,
  onFailure: 'required',
  leased: false,
  ...more,
})
const bestEffort = { onFailure: 'best-effort' } as const
const hold = { onFailure: 'hold' } as const

test('a request whose steps are all applied, or that has none, succeeded', () => {
  assert.deepEqual(decideAfterApply('create', [step('applied'), step('applied')]), { kind: 'final', state: 'succeeded' })
  assert.deepEqual(decideAfterApply('disable', []), { kind: 'final', state: 'succeeded' })
})

test('the failure of a required target rolls back, even while other steps are open or may have had their effect', () => {
  assert.deepEqual(decideAfterApply('create', [step('failed'), step('applied')]), { kind: 'roll_back' })
  assert.deepEqual(decideAfterApply('update', [step('failed'), step('unknown'), step('pending')]), { kind: 'roll_back' })
})

test('the failure of a best-effort target is only reported', () => {
  assert.deepEqual(decideAfterApply('create', [step('failed', bestEffort), step('applied')]), {
    kind: 'final',
    state: 'succeeded_partly',
  })
})

test('the failure of a holding target waits for a person, with what was done in place', () => {
  assert.deepEqual(decideAfterApply('create', [step('failed', hold), step('applied')]), {
    kind: 'final',
    state: 'needs_attention',
  })
})

test('leavers go forward only: a failure is never answered by giving access back', () => {
  for (const kind of ['disable', 'delete'] as const)
    assert.deepEqual(decideAfterApply(kind, [step('failed'), step('applied')]), { kind: 'final', state: 'needs_attention' })
})

test('what is open is rung for again: soon, but not soon for a leaver whose target is down', () => {
  assert.deepEqual(decideAfterApply('create', [step('pending')]), { kind: 'ring', inSeconds: 5 })
  assert.deepEqual(decideAfterApply('disable', [step('pending')]), { kind: 'ring', inSeconds: 60 })
  assert.deepEqual(decideAfterApply('disable', [step('unknown')]), { kind: 'ring', inSeconds: 5 })
})

test('what cannot be undone is done when everything else is, and not at all when something is held', () => {
  const last = { phase: 'last' } as const

  assert.deepEqual(decideAfterApply('update', [step('pending'), step('pending', last)]), { kind: 'ring', inSeconds: 5 })
  assert.deepEqual(decideAfterApply('update', [step('applied'), step('pending', last)]), { kind: 'last_phase' })
  assert.deepEqual(decideAfterApply('update', [step('failed', bestEffort), step('pending', last)]), { kind: 'last_phase' })
  assert.deepEqual(decideAfterApply('update', [step('applied'), step('unknown', last)]), { kind: 'ring', inSeconds: 5 })
  assert.deepEqual(decideAfterApply('update', [step('failed', hold), step('pending', last)]), {
    kind: 'final',
    state: 'needs_attention',
  })
})

test('a step that killed two workers is not called again: its neighbours finish, then people are asked', () => {
  const poisoned = step('running', { deaths: 2 })

  assert.deepEqual(decideAfterApply('create', [step('running', { deaths: 1 })]), { kind: 'ring', inSeconds: 5 })
  assert.deepEqual(decideAfterApply('create', [poisoned, step('pending')]), { kind: 'ring', inSeconds: 5 })
  assert.deepEqual(decideAfterApply('create', [poisoned, step('applied')]), { kind: 'final', state: 'needs_attention' })
  assert.deepEqual(decideAfterUndo([step('undoing', { deaths: 2 }), step('undone')]), { kind: 'final', state: 'needs_attention' })
})

test('what people say is to stay as it is makes a success a partial one', () => {
  assert.deepEqual(decideAfterApply('create', [step('applied'), step('kept')]), { kind: 'final', state: 'succeeded_partly' })
})

test('a rollback ends when nothing is left to undo, and asks for a person when something could not be', () => {
  assert.deepEqual(decideAfterUndo([step('undone'), step('kept'), step('failed')]), { kind: 'final', state: 'rolled_back' })
  assert.deepEqual(decideAfterUndo([step('undone'), step('stuck')]), { kind: 'final', state: 'needs_attention' })
  assert.deepEqual(decideAfterUndo([step('applied')]), { kind: 'ring', inSeconds: 60 })
  assert.deepEqual(decideAfterUndo([step('undoing', { retryInSeconds: 8 }), step('undoing', { retryInSeconds: 4 })]), {
    kind: 'ring',
    inSeconds: 4,
  })
})

const anySteps = fc.array(
  fc.record({
    target: fc.constantFrom('a', 'b', 'c'),
    state: fc.constantFrom(...stepStates),
    onFailure: fc.constantFrom('required', 'best-effort', 'hold'),
    leased: fc.boolean(),
  }),
  { maxLength: 5 },
)

test('nothing is decided while a worker holds a step', () => {
  fc.assert(
    fc.property(fc.constantFrom(...requestKinds), anySteps, (kind, steps) => {
      const held = [...steps, step('running', { leased: true })]

      assert.deepEqual([decideAfterApply(kind, held), decideAfterUndo(held)], [{ kind: 'wait' }, { kind: 'wait' }])
    }),
  )
})

test('a final decision leaves no step whose effect is open, and success no required step that failed', () => {
  fc.assert(
    fc.property(fc.constantFrom(...requestKinds), anySteps, (kind, steps) => {
      const decision = decideAfterApply(kind, steps)
      if (decision.kind === 'roll_back') assert.equal(isForwardOnly(kind), false)
      if (decision.kind !== 'final') return
      assert.equal(isFinal(decision.state), true)
      assert.ok(!steps.some(({ state }) => state === 'pending' || state === 'running' || state === 'unknown'))
      if (decision.state === 'needs_attention') return
      assert.ok(!steps.some(({ state, onFailure }) => (state === 'failed' || state === 'stuck') && onFailure !== 'best-effort'))
    }),
  )
})

test('“rolled back” leaves no step whose effect exists or may exist', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const decision = decideAfterUndo(steps)
      if (decision.kind === 'final') assert.ok(!steps.some(({ state }) => mustUndo(state)))
      if (decision.kind === 'final' && decision.state === 'rolled_back') assert.ok(!steps.some(({ state }) => state === 'stuck'))
    }),
  )
})

test('only what is final and not a success may be done again', () => {
  assert.deepEqual(requestStates.filter(canRetry), ['succeeded_partly', 'rolled_back', 'needs_attention'])
  assert.ok(requestStates.filter(canRetry).every(isFinal))
})
