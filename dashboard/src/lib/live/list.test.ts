import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestSummary } from '../api.ts'
import { applyEvent, type ListFilter, type LiveRows } from './list.ts'

const all: ListFilter = { states: [], kind: '', source: '', target: '', text: '' }
const request = (id: string, more: Partial<RequestSummary> = {}): RequestSummary => ({
  id,
  state: 'running',
  kind: 'create',
  source: 'midpoint',
  externalId: id,
  displayName: 'Zoé Müller',
  generation: 1,
  receivedAt: '2026-11-22T10:00:00.000Z',
  settledAt: null,
  steps: [{ target: 'ldap', state: 'running' }],
  problem: null,
  waitingFor: [],
  ...more,
})
const list: LiveRows = { rows: [request('b'), request('a')], fresh: new Set() }

test('a known request changes where it stands', () => {
  const { rows, fresh } = applyEvent(list, { type: 'request', request: request('a', { state: 'succeeded' }) }, all)

  assert.deepEqual(
    rows.map(({ id, state }) => [id, state]),
    [
      ['b', 'running'],
      ['a', 'succeeded'],
    ],
  )
  assert.equal(fresh.size, 0)
})

test('a step changes the mini-state of its target only', () => {
  const { rows } = applyEvent(list, { type: 'step', requestId: 'b', target: 'ldap', state: 'applied' }, all)

  assert.equal(rows[0]?.steps[0]?.state, 'applied')
  assert.equal(rows[1]?.steps[0]?.state, 'running')
})

test('a new request is counted once and moves no row', () => {
  const event = { type: 'request', request: request('c', { receivedAt: '2026-11-22T10:05:00.000Z' }) } as const
  const once = applyEvent(list, event, all)
  const twice = applyEvent(once, event, all)

  assert.deepEqual(twice.rows, list.rows)
  assert.deepEqual([...twice.fresh], ['c'])
})

test('a new request that the filter hides is not announced', () => {
  const event = { type: 'request', request: request('c', { receivedAt: '2026-11-22T10:05:00.000Z', source: 'hr' }) } as const

  assert.equal(applyEvent(list, event, { ...all, source: 'midpoint' }).fresh.size, 0)
  assert.equal(applyEvent(list, event, { ...all, text: 'zoe mul' }).fresh.size, 1)
})

test('an old request that changes below the loaded page is not announced as new', () => {
  const event = { type: 'request', request: request('z', { receivedAt: '2026-11-20T10:00:00.000Z' }) } as const

  assert.equal(applyEvent(list, event, all).fresh.size, 0)
})
