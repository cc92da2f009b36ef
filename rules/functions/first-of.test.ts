import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstOf } from './first-of.ts'

test('the first value counts: absent, null and empty ones are none', () => {
  assert.deepEqual(
    [firstOf(undefined, null, 'a'), firstOf('', ['', 'b', 'c']), firstOf(['a', 'b'], 'c'), firstOf(0, 'a'), firstOf(false, true)],
    ['a', 'b', 'a', 0, false],
  )
})

test('nothing anywhere is no value', () => {
  assert.deepEqual([firstOf(), firstOf(undefined, '', []), firstOf([])], [undefined, undefined, undefined])
})

test('an object is no value of an attribute', () => {
  assert.throws(() => firstOf({ secret: 'password' }, 'a'), /\$firstOf expects texts, numbers or booleans, found an object/)
  assert.throws(() => firstOf([['a']]), /found a list/)
})
