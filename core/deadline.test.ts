import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openDeadline } from './deadline.ts'

test('a deadline aborts when its time is up, and says so', async () => {
  using deadline = openDeadline(5)

  await delay(30)

  assert.equal(deadline.signal.aborted, true)
  assert.equal((deadline.signal.reason as DOMException).name, 'TimeoutError')
})

test('a deadline is aborted with the work around it, for its reason', () => {
  const around = new AbortController()
  using deadline = openDeadline(60_000, around.signal)

  around.abort('stopped')

  assert.equal(deadline.signal.reason, 'stopped')
  using late = openDeadline(60_000, around.signal)
  assert.equal(late.signal.reason, 'stopped')
})

test('a deadline whose work is done is never aborted', async () => {
  const around = new AbortController()
  const done = openDeadline(5, around.signal)
  done[Symbol.dispose]()

  await delay(30)
  around.abort()

  assert.equal(done.signal.aborted, false)
})
