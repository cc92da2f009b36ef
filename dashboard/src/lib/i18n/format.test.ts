import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFormat } from './format.ts'

const fr = createFormat('fr', 'Europe/Paris')
const en = createFormat('en', 'UTC')
const now = Date.parse('2026-11-22T15:00:00.000Z')

test('a duration is said in the largest unit that fits, and never rounded up', () => {
  assert.equal(fr.duration(840), '840\u00a0ms')
  assert.equal(fr.duration(1990), '1,9\u00a0s')
  assert.equal(en.duration(125_000), '2\u00a0min 05\u00a0s')
  assert.equal(en.duration(3_840_000), '1\u00a0h 04\u00a0min')
})

test('an age is relative, and the last seconds are "now"', () => {
  assert.equal(fr.age('2026-11-22T14:57:01.000Z', now), 'il y a 2\u00a0min')
  assert.equal(fr.age('2026-11-22T14:59:55.000Z', now), 'maintenant')
})

test('a clock of the future does not announce a negative age', () => {
  assert.equal(en.age('2026-11-22T15:00:20.000Z', now), 'now')
})

test('a day to come has its year, and how far away it is', () => {
  assert.equal(fr.date('2027-01-31T08:00:00.000Z'), '31 janvier 2027')
  assert.equal(fr.until('2026-12-20T15:00:00.000Z', now), 'dans 28\u00a0j')
  assert.equal(en.until('2026-11-22T14:00:00.000Z', now), 'now')
})

test('a moment of today shows the clock in the reader’s time zone, an older one its day', () => {
  assert.equal(fr.moment('2026-11-22T14:32:05.000Z', now), '15:32:05')
  assert.match(fr.moment('2026-11-20T14:32:05.000Z', now), /^20 nov\..*15:32$/)
})
