import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConduct } from './conduct.ts'

test('a new program is trusted once it came to an end by itself', () => {
  const conduct = createConduct()

  assert.equal(conduct.isTrusted('a'), false)
  conduct.behaved('a')
  assert.equal(conduct.isTrusted('a'), true)
})

test('a program that was stopped is trusted again when it ran well for a while, each time for longer', () => {
  const conduct = createConduct()
  const goodUntilTrusted = () => {
    for (let count = 1; ; count++) {
      conduct.behaved('a')
      if (conduct.isTrusted('a')) return count
    }
  }

  conduct.misbehaved('a')
  conduct.misbehaved('a')
  assert.equal(conduct.strikes('a'), 2)
  assert.equal(goodUntilTrusted(), 40)
  conduct.misbehaved('a')
  assert.equal(goodUntilTrusted(), 40, 'it had paid for one of the two')
})

test('a program is not trusted while a job of it overstays', () => {
  const conduct = createConduct()
  conduct.behaved('a')

  conduct.overstays('a')
  assert.equal(conduct.isTrusted('a'), false)
  conduct.leaves('a')
  assert.equal(conduct.isTrusted('a'), true)
})

test('what was forgotten is not trusted', () => {
  const conduct = createConduct()
  conduct.behaved('a')

  for (let number = 0; number < 1_100; number++) conduct.behaved(`other ${number}`)

  assert.equal(conduct.isTrusted('a'), false)
})
