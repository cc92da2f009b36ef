import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from './plan.ts'
import { exceededBy, limitOf, scopesOf, weightOf, type SafetyThreshold } from './safety.ts'

const threshold = (more: Partial<SafetyThreshold> = {}): SafetyThreshold => ({
  name: 'leavers',
  operations: ['disable', 'delete'],
  targets: ['directory', 'intranet'],
  per: 'account',
  withinSeconds: 3_600,
  count: 20,
  percent: null,
  role: 'operator',
  quorum: 1,
  expiresSeconds: 86_400,
  ...more,
})
const steps = (...pairs: readonly (readonly [string, Operation])[]) => pairs.map(([target, operation]) => ({ target, operation }))
const leaver = steps(['directory', 'disable'], ['intranet', 'disable'])
const used =
  (count: number, known: number | null = null) =>
  () => ({ used: count, known })

test('as many get through as the threshold says, and not one more', () => {
  assert.deepEqual(exceededBy(leaver, [threshold()], used(19)), [])
  assert.equal(exceededBy(leaver, [threshold()], used(20)).length, 1)
})

test('what it asks says which threshold, where, and the numbers', () => {
  const [need] = exceededBy(leaver, [threshold({ quorum: 2 })], used(20))

  assert.deepEqual(need, {
    name: 'leavers',
    role: 'operator',
    quorum: 2,
    expiresSeconds: 86_400,
    reason: {
      threshold: 'leavers',
      operations: ['disable', 'delete'],
      withinSeconds: 3_600,
      exceeded: [
        { target: 'directory', used: 20, limit: 20, known: null },
        { target: 'intranet', used: 20, limit: 20, known: null },
      ],
    },
  })
})

test('each target counts by itself, or people once, however many accounts they lose', () => {
  const perPerson = threshold({ per: 'person' })
  const [everybody] = scopesOf(perPerson)
  assert.ok(everybody !== undefined)

  assert.deepEqual(
    scopesOf(threshold()).map(({ targets }) => targets),
    [['directory'], ['intranet']],
  )
  assert.equal(weightOf(leaver, perPerson, everybody), 1)
  assert.deepEqual(exceededBy(leaver, [perPerson], used(19)), [])
  assert.deepEqual(exceededBy(leaver, [perPerson], used(20))[0]?.reason?.exceeded, [
    { target: null, used: 20, limit: 20, known: null },
  ])
})

test('other operations and other targets are nobody’s business', () => {
  const others = steps(['directory', 'update'], ['elsewhere', 'delete'])

  assert.deepEqual(exceededBy(others, [threshold({ count: 0 })], used(0)), [])
  assert.deepEqual(exceededBy(leaver, [threshold({ count: 0, operations: ['delete'] })], used(0)), [])
})

test('a percentage is of what is known; of few, one gets through; the smaller of count and percent counts', () => {
  const percent = (value: number, count: number | null = null) => ({ count, percent: value })

  assert.deepEqual(
    [
      limitOf(percent(10), 1_000),
      limitOf(percent(10), 5),
      limitOf(percent(0), 0),
      limitOf(percent(10, 50), 1_000),
      limitOf(percent(2.5), 999),
    ],
    [100, 1, 1, 50, 24],
  )
  assert.deepEqual(exceededBy(leaver, [threshold(percent(10))], used(9, 100)), [])
  assert.equal(exceededBy(leaver, [threshold(percent(10))], used(10, 100))[0]?.reason?.exceeded[0]?.known, 100)
})
