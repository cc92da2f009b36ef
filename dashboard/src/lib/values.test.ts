import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asText } from './values.ts'

test('a value reads as a person would write it, and nothing is told from something', () => {
  assert.deepEqual(['a', 1, false, ['a', null, 2], { a: 1 }, null, '', [], [null]].map(asText), [
    'a',
    '1',
    'false',
    'a, 2',
    '{"a":1}',
    null,
    null,
    null,
    null,
  ])
})
