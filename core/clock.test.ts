import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockSkew } from './clock.ts'

/** A clock that shows these times, one after the other. */
const showing = (times: readonly number[]) => {
  const left = [...times]
  return () => left.shift() ?? 0
}

test('a server whose time lies within the question agrees with us', async () => {
  assert.equal(await clockSkew(async () => 1_050, showing([1_000, 1_100])), 0)
})

test('a server that is ahead or behind differs by what the question cannot explain', async () => {
  assert.equal(await clockSkew(async () => 5_100, showing([1_000, 1_100])), 4_000)
  assert.equal(await clockSkew(async () => 400, showing([1_000, 1_100])), 600)
})
