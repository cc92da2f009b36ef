import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, uuidv7 } from './uuid.ts'

test('ids are of version 7 and sort by time', () => {
  const ids = [1, 2, 1_700_000_000_000, Date.now(), 2 ** 48 - 1].map((time) => uuidv7(time))

  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.deepEqual(ids.toSorted(), ids)
})

test('ids of the same millisecond differ', () => {
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuidv7(0))).size, 1000)
})

test('an id is told from what is none', () => {
  assert.equal(isUuid(uuidv7()), true)
  for (const text of ['', 'x', `${uuidv7()}0`, `{${uuidv7()}}`, `${uuidv7()}\n`]) assert.equal(isUuid(text), false, text)
})
