import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { limitEntries, toLimits } from './limits.ts'

const Limits = v.strictObject(limitEntries)
const isRight = (limits: unknown) => v.safeParse(Limits, limits).success

test('what is written becomes milliseconds, and what is left out stays out', () => {
  const limits = v.parse(Limits, {
    concurrency: 4,
    rateLimit: { max: 10, per: '1m' },
    breaker: { openFor: '500ms', atMost: '1h' },
  })

  assert.deepEqual(toLimits(limits), {
    concurrency: 4,
    rateLimit: { max: 10, perMs: 60_000 },
    breaker: { openForMs: 500, atMostMs: 3_600_000 },
  })
  assert.deepEqual(toLimits({}), {})
})

test('a time without a unit, a limit of nothing and more than a day are refused', () => {
  assert.deepEqual(
    [
      { rateLimit: { max: 1, per: '10' } },
      { rateLimit: { max: 1, per: '0s' } },
      { rateLimit: { max: 0, per: '1s' } },
      { rateLimit: { max: 1, per: '25h' } },
      { concurrency: 0 },
      { concurrency: 1.5 },
      { breaker: { failures: 0 } },
    ].filter(isRight),
    [],
  )
})

test('a target is never left alone for longer at first than at most', () => {
  assert.equal(isRight({ breaker: { openFor: '10m' } }), false)
  assert.equal(isRight({ breaker: { openFor: '10m', atMost: '10m' } }), true)
})
