import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestEvent, StepDetail } from './api.ts'
import { branches } from './branches.ts'

const step = (target: string, state: StepDetail['state'], more: Partial<StepDetail> = {}): StepDetail => ({
  target,
  connector: 'sql',
  operation: 'create',
  state,
  onFailure: 'required',
  attempts: 1,
  startedAt: '2026-11-22T10:00:00.000Z',
  settledAt: '2026-11-22T10:00:09.000Z',
  disposition: null,
  nativeId: null,
  label: null,
  before: null,
  after: null,
  writes: null,
  error: null,
  differences: [],
  statements: [],
  ...more,
})
const event = (target: string, action: string, at: string): RequestEvent => ({
  seq: 1,
  at,
  action,
  actor: 'worker',
  targets: [target],
  detail: {},
})

test('a step that was put back shows as applied in the execution and as undone in the rollback, each with its own times', () => {
  const events = [
    event('ldap', 'applied', '2026-11-22T10:00:02.000Z'),
    event('ldap', 'undoing', '2026-11-22T10:00:05.000Z'),
    event('ldap', 'undone', '2026-11-22T10:00:06.000Z'),
  ]

  const { execution, rollback } = branches([step('ldap', 'undone')], events)

  assert.deepEqual([execution[0]?.state, execution[0]?.settledAt], ['applied', '2026-11-22T10:00:02.000Z'])
  assert.deepEqual(
    [rollback[0]?.state, rollback[0]?.startedAt, rollback[0]?.settledAt],
    ['undone', '2026-11-22T10:00:05.000Z', '2026-11-22T10:00:06.000Z'],
  )
})

test('a request without rollback has no rollback branch', () => {
  assert.deepEqual(branches([step('ldap', 'applied'), step('sql', 'failed')], []).rollback, [])
})

test('without history, a kept step with an error had failed', () => {
  const kept = step('sql', 'kept', { error: { code: 'exists', message: 'x' } })

  assert.equal(branches([kept], []).execution[0]?.state, 'failed')
})

test('after a retry only the current run counts: its own start, its own attempts', () => {
  const history = [
    event('ldap', 'claimed', '2026-11-22T10:00:00.000Z'),
    event('ldap', 'failed', '2026-11-22T10:00:01.000Z'),
    { ...event('ldap', 'retried', '2026-11-22T11:00:00.000Z'), target: null },
    event('ldap', 'claimed', '2026-11-22T11:00:02.000Z'),
    event('ldap', 'pending', '2026-11-22T11:00:03.000Z'),
    event('ldap', 'claimed', '2026-11-22T11:00:04.000Z'),
  ]

  const { execution, retriedAt } = branches([step('ldap', 'applied', { attempts: 7 })], history)

  assert.equal(retriedAt, '2026-11-22T11:00:00.000Z')
  assert.deepEqual([execution[0]?.startedAt, execution[0]?.attempts], ['2026-11-22T11:00:02.000Z', 2])
})
