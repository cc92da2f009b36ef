import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPreferences } from './answer.ts'

const wait = (header?: string) => readPreferences(header).seconds

test('who says nothing is answered within twenty seconds, and no preference is said to be followed', () => {
  assert.deepEqual(readPreferences(), { seconds: 20, minimal: false, applied: null })
  assert.deepEqual(readPreferences('handling=lenient'), { seconds: 20, minimal: false, applied: null })
})

test('a wait is followed up to a minute', () => {
  assert.deepEqual([wait('wait=5'), wait('WAIT = "7"'), wait('wait=0'), wait('wait=600')], [5, 7, 0, 60])
  assert.equal(readPreferences('wait=600').applied, 'wait=60')
})

test('a wait that is no number of seconds is not followed', () => {
  assert.deepEqual([wait('wait=-1'), wait('wait=soon'), wait('wait='), wait('await=3')], [20, 20, 20, 20])
})

test('respond-async does not wait, unless it says how long', () => {
  assert.deepEqual(readPreferences('respond-async'), { seconds: 0, minimal: false, applied: 'respond-async' })
  assert.deepEqual(readPreferences('respond-async, wait=10').seconds, 10)
})

test('a minimal answer is told apart from the wait', () => {
  assert.deepEqual(readPreferences('return=minimal; wait=3'), { seconds: 3, minimal: true, applied: 'wait=3, return=minimal' })
  assert.equal(readPreferences('return=representation').minimal, false)
})
