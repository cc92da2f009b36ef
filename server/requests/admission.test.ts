import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdmission, retryAfterMs } from './admission.ts'

const bound = 60_000

test('while the backlog is young enough everything is taken, and the ledger is asked once a second at most', async () => {
  let [asked, now] = [0, 0]
  const oldest = async () => (asked++, { ageMs: bound, queuedAt: now - bound })
  const admission = createAdmission({ oldest, boundMs: bound, now: () => now })

  const answers = [await admission.refusal(), await admission.refusal()]
  now = 999
  answers.push(...(await Promise.all([admission.refusal(), admission.refusal()])))
  now = 1_000
  answers.push(...(await Promise.all([admission.refusal(), admission.refusal()])))

  assert.deepEqual([answers, asked], [Array.from({ length: 6 }, () => null), 2])
})

test('an old backlog is refused with the time after which it is expected to be young again', async () => {
  let now = 0
  const ages = [90_000, 80_000]
  const oldest = async () => {
    const ageMs = ages.shift() ?? 0
    return { ageMs, queuedAt: now - ageMs }
  }
  const admission = createAdmission({ oldest, boundMs: bound, now: () => now, random: () => 0 })

  const first = await admission.refusal()
  now = 10_000
  const second = await admission.refusal()
  now = 20_000
  const third = await admission.refusal()

  assert.deepEqual([first?.code, first?.retryAfterMs], ['throttled', 60_000])
  // In ten seconds, twenty seconds' worth of arrivals were worked off: the excess of fifty takes half as long.
  assert.deepEqual([second?.retryAfterMs, third], [25_000, null])
})

test('where nothing moves the wait is as long as it has been, and never absurd', () => {
  assert.equal(retryAfterMs(90_000, bound, 0), 90_000)
  assert.equal(retryAfterMs(10 * 3_600_000, bound, 0), 300_000)
  assert.equal(retryAfterMs(bound + 1, bound, 1_000), 1_000)
})

test('a ledger that cannot be asked is an error for those who wait, and is asked again by the next', async () => {
  let isDown = true
  const oldest = async () => {
    if (isDown) throw new Error('down')
    return { ageMs: null, queuedAt: null }
  }
  const admission = createAdmission({ oldest, boundMs: bound })

  await assert.rejects(admission.refusal(), /down/)
  isDown = false

  assert.equal(await admission.refusal(), null)
})
