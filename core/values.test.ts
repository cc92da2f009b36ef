import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameValues } from './values.ts'

test('the same values in another order, or as another type of scalar, are the same', () => {
  assert.equal(sameValues(['a', 'b'], ['b', 'a']), true)
  assert.equal(sameValues([1, true], ['true', '1']), true)
  assert.equal(sameValues([], []), true)
})

test('other, fewer or repeated values are not', () => {
  assert.equal(sameValues(['a'], ['A']), false)
  assert.equal(sameValues(['a'], []), false)
  assert.equal(sameValues(['a', 'a'], ['a', 'b']), false)
  assert.equal(sameValues(['a', 'b'], ['a', 'a']), false)
})
