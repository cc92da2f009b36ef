import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instantOf } from './local-time.ts'

test('a local time is an instant of its zone, in winter and in summer', () => {
  assert.equal(instantOf('2026-11-30T08:00', 'Europe/Paris'), '2026-11-30T07:00:00.000Z')
  assert.equal(instantOf('2026-07-01T08:00', 'Europe/Paris'), '2026-07-01T06:00:00.000Z')
  assert.equal(instantOf('2026-07-01T08:00:30', 'America/New_York'), '2026-07-01T12:00:30.000Z')
})

test('the hour that comes twice is the first; one that does not exist is none', () => {
  assert.equal(instantOf('2026-10-25T02:30', 'Europe/Paris'), '2026-10-25T00:30:00.000Z')
  assert.equal(instantOf('2026-03-29T02:30', 'Europe/Paris'), null)
})

test('what is no time is none', () => {
  assert.deepEqual(
    ['', 'demain', '2026-13-01T00:00', '2026-11-30'].map((text) => instantOf(text, 'Europe/Paris')),
    [null, null, null, null],
  )
})
