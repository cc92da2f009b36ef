import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSuspects } from './suspects.ts'

test('one suspect has its turn at a time', async () => {
  const suspects = createSuspects()

  const [first, second] = await Promise.all([suspects.take(), suspects.take()])

  assert.ok(first !== null)
  assert.equal(second, null)
})

test('the next may come when the turn is over', async () => {
  const suspects = createSuspects()
  {
    using _ = await suspects.take()
  }

  assert.ok((await suspects.take()) !== null)
})
