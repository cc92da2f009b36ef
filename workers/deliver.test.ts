import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pauseAfter } from './deliver.ts'

test('attempts come later and later, an hour apart at most, and not all at once', () => {
  const pauses = Array.from({ length: 14 }, (_, index) => pauseAfter(index + 1, 0.5))

  assert.deepEqual(pauses.slice(0, 4), [15, 30, 60, 120])
  assert.deepEqual(pauses.slice(-2), [3_600, 3_600])
  assert.ok(pauses.reduce((sum, seconds) => sum + seconds, 0) > 5 * 3_600)
  assert.deepEqual([pauseAfter(1, 0), pauseAfter(1, 1)], [11.25, 18.75])
})
