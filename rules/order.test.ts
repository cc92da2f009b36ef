import assert from 'node:assert/strict'
import { test } from 'node:test'
import { computingOrder } from './order.ts'

test('what is needed comes first, otherwise the written order stays', () => {
  const needs = new Map([
    ['mail', ['login']],
    ['login', ['ascii']],
    ['z', []],
  ])

  const { order, cycles } = computingOrder(['z', 'mail', 'login', 'ascii', 'a'], needs)

  assert.deepEqual(order, ['z', 'ascii', 'login', 'mail', 'a'])
  assert.deepEqual(cycles, [])
})

test('a ring is reported once, in the order of the need', () => {
  const needs = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['a']],
    ['d', ['d']],
  ])

  const { cycles } = computingOrder(['a', 'b', 'c', 'd'], needs)

  assert.deepEqual(cycles, [['a', 'b', 'c'], ['d']])
})
