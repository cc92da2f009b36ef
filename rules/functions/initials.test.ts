import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initials } from './initials.ts'

test('every word gives its first letter as a capital; apostrophes do not begin a word', () => {
  assert.deepEqual(
    [
      initials('Jean-Pierre', 'De La Tour'),
      initials('élodie', "O'Connor"),
      initials('Zoé Marie', 'Müller', 'II'),
      initials('E\u0301lodie', 'œuvrard'),
    ],
    ['JPDLT', 'ÉO', 'ZMMI', 'ÉŒ'],
  )
})

test('names without a letter count for nothing', () => {
  assert.deepEqual(
    [initials(undefined), initials(''), initials(undefined, 'Müller'), initials('(Zoé)')],
    [undefined, undefined, 'M', 'Z'],
  )
})

test('a list is refused', () => {
  assert.throws(() => initials('Zoé', ['Müller']), /\$initials expects a text as argument 2, found a list/)
})
