import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepStates, type StepState } from '../states.ts'
import { isForwardOnly } from './decisions.ts'
import { requestKinds } from '../plan.ts'
import { afterCancel, onceMore, possibleVerbs, takenBack, type ResolvableRequest } from './verbs.ts'

const step = (state: StepState, more: { leased?: boolean; attempts?: number } = {}) => ({
  state,
  leased: false,
  attempts: 1,
  ...more,
})
const request = (more: Partial<ResolvableRequest>): ResolvableRequest => ({
  kind: 'update',
  state: 'needs_attention',
  direction: 'back',
  overtaken: false,
  ...more,
})

test('a stuck rollback can be done again, looked at, attested, carried forward, or taken back again', () => {
  const possible = possibleVerbs(request({}), [step('stuck'), step('undone')])

  assert.deepEqual(possible, ['retry', 'probe', 'attest', 'resume', 'cancel'])
})

test('what ended without people needing to act can only be done again, unless a later request overtook it', () => {
  for (const state of ['rolled_back', 'succeeded_partly'] as const) {
    assert.deepEqual(possibleVerbs(request({ state }), [step('undone')]), ['retry'])
    assert.deepEqual(possibleVerbs(request({ state, overtaken: true }), [step('undone')]), [])
  }
  for (const state of ['succeeded', 'cancelled', 'superseded', 'rejected', 'expired'] as const)
    assert.deepEqual(possibleVerbs(request({ state }), [step('applied')]), [])
})

test('what is under way can only be cancelled, and a leaver only before anything was done', () => {
  for (const kind of requestKinds)
    for (const state of ['received', 'queued', 'running'] as const) {
      assert.deepEqual(possibleVerbs(request({ kind, state, direction: 'forward' }), [step('pending')]), ['cancel'])
      const begun = possibleVerbs(request({ kind, state: 'running', direction: 'forward' }), [step('running', { leased: true })])
      assert.deepEqual(begun, isForwardOnly(kind) ? [] : ['cancel'])
    }
  assert.deepEqual(possibleVerbs(request({ state: 'rolling_back' }), [step('undoing')]), [])
})

test('nothing is begun anew while a worker holds a step', () => {
  assert.deepEqual(possibleVerbs(request({}), [step('stuck', { leased: true })]), ['probe', 'attest'])
})

test('a cancelled request was never called, left nothing, or must be undone', () => {
  assert.equal(afterCancel([step('pending', { attempts: 0 })]), 'cancelled')
  assert.equal(afterCancel([step('failed'), step('pending', { attempts: 0 })]), 'rolled_back')
  for (const state of ['applied', 'unknown', 'running', 'stuck'] as const)
    assert.equal(afterCancel([step(state), step('pending')]), 'rolling_back')
})

test('what may have had its effect is never begun anew blindly, nor forgotten by a cancellation', () => {
  for (const state of stepStates) {
    if (['unknown', 'running', 'undoing'].includes(state)) assert.equal(onceMore[state], 'unknown')
    if (['applied', 'unknown', 'running', 'undoing', 'stuck'].includes(state))
      assert.ok(!['kept', 'undone', 'failed'].includes(takenBack[state]))
  }
})
