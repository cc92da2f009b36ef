import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideDeparture, isAway, type DueDeparture } from './departure.ts'

const state = (more: object = {}) => ({ attributes: {}, targets: { directory: [] }, disabled: true, switchedOff: [], ...more })
const day = 86_400
const due = (more: Partial<DueDeparture> = {}): DueDeparture => ({
  target: 'directory',
  identity: state(),
  isBusy: false,
  disabledForSeconds: 90 * day,
  graceSeconds: 90 * day,
  graceNowSeconds: 90 * day,
  ...more,
})

test('an account is away when its identity is disabled, or the rules do not want it there', () => {
  assert.equal(isAway(state(), 'directory'), true)
  assert.equal(isAway(state({ disabled: false }), 'directory'), false)
  assert.equal(isAway(state({ disabled: false, switchedOff: ['directory'] }), 'directory'), true)
  assert.equal(isAway(state({ targets: {} }), 'directory'), false)
})

test('whose grace is over is deleted', () => {
  assert.deepEqual(decideDeparture(due()), { kind: 'file' })
})

test('who returned, or is about to, is not', () => {
  assert.deepEqual(decideDeparture(due({ identity: state({ disabled: false }) })), { kind: 'over' })
  assert.deepEqual(decideDeparture(due({ isBusy: true, identity: state({ disabled: false }) })), { kind: 'wait', seconds: 60 })
})

test('of two graces the longer one counts: rules that are changed delete nobody earlier than was promised', () => {
  assert.deepEqual(decideDeparture(due({ graceNowSeconds: day })), { kind: 'file' })
  assert.deepEqual(decideDeparture(due({ graceNowSeconds: 100 * day })), { kind: 'wait', seconds: 10 * day })
  assert.deepEqual(decideDeparture(due({ graceNowSeconds: 100 * day, disabledForSeconds: 101 * day })), { kind: 'file' })
})

test('rules that delete nobody any more keep the account, and say so', () => {
  const verdict = decideDeparture(due({ graceNowSeconds: null }))

  assert.equal(verdict.kind, 'keep')
})
