import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredAttribute, StepPlan } from '../plan.ts'
import { covers, type WaitingRequest } from './covering.ts'

const strong = (...values: string[]): DesiredAttribute => ({ values, strength: 'strong', multivalued: 'replace' })
const step = (more: Partial<StepPlan> = {}): StepPlan => ({
  target: 'directory',
  operation: 'update',
  correlate: {},
  attributes: { title: strong('Clerk') },
  memberships: { add: ['staff'], remove: [] },
  secrets: {},
  onFailure: 'required',
  ...more,
})
const request = (more: Partial<WaitingRequest> = {}): WaitingRequest => ({
  kind: 'update',
  hasSecrets: false,
  steps: [step()],
  ...more,
})

test('a newer update of the same targets and attributes asks for all of it', () => {
  assert.equal(
    covers(request({ steps: [step({ attributes: { title: strong('Chief') } }), step({ target: 'more' })] }), request()),
    true,
  )
})

test('a target, an attribute or a group that only the older speaks of keeps it alive', () => {
  assert.equal(covers(request({ steps: [] }), request()), false)
  assert.equal(covers(request({ steps: [step({ attributes: {} })] }), request()), false)
  const leaving = request({ steps: [step({ memberships: { add: [], remove: ['sales'] } })] })
  assert.equal(covers(request(), leaving), false)
  assert.equal(covers(request({ steps: [step({ memberships: { add: ['sales'], remove: [] } })] }), leaving), true)
  assert.equal(covers(request({ steps: [step({ memberships: { add: [], remove: [] } })] }), request()), false)
})

test('an attribute whose end depends on what stood there before keeps the older alive', () => {
  const weak = (value: string): DesiredAttribute => ({ ...strong(value), strength: 'weak' })
  const merged = (value: string): DesiredAttribute => ({ ...strong(value), multivalued: 'merge' })
  for (const kind of [weak, merged]) {
    const older = request({ steps: [step({ attributes: { title: kind('one') } })] })
    assert.equal(covers(request({ steps: [step({ attributes: { title: kind('two') } })] }), older), false)
    assert.equal(covers(request({ steps: [step({ attributes: { title: kind('one') } })] }), older), true)
  }
})

test('secrets, and whatever opens or closes an account, are never passed over', () => {
  assert.equal(covers(request(), request({ hasSecrets: true })), false)
  for (const kind of ['create', 'enable', 'disable', 'delete', 'password'] as const) {
    assert.equal(covers(request(), request({ kind })), false)
    assert.equal(covers(request({ kind }), request()), false)
    assert.equal(covers(request(), request({ steps: [step({ operation: kind })] })), false)
  }
})
