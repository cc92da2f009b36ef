import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffSeconds } from './backoff.ts'

test('the wait doubles from a second to a quarter of an hour, and no further however often it fails', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 9, 10, 1_000_000].map((tries) => backoffSeconds(tries, 0.5)),
    [1, 2, 4, 8, 512, 900, 900],
  )
})

test('what failed together is spread by a fifth', () => {
  assert.deepEqual([backoffSeconds(20, 0), backoffSeconds(20, 1)].map(Math.round), [810, 990])
})
