import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slug } from './slug.ts'

test('words are joined by a hyphen, apostrophes join without one', () => {
  const names = [
    'De La Tour',
    "O'Connor",
    'O’Connor',
    'García-López',
    '  Ressources   humaines / Paie ',
    'Œuvres sociales',
    'R&D',
  ]

  assert.deepEqual(
    names.map((name) => slug(name)),
    ['de-la-tour', 'oconnor', 'oconnor', 'garcia-lopez', 'ressources-humaines-paie', 'oeuvres-sociales', 'r-d'],
  )
})

test('the separator can be another one, or none', () => {
  assert.deepEqual(
    ['.', '_', ''].map((separator) => slug('De La Tour', separator)),
    ['de.la.tour', 'de_la_tour', 'delatour'],
  )
})

test('a separator that could break an address is refused', () => {
  for (const separator of ['@', '/', ' ', '--', 5]) assert.throws(() => slug('x', separator), /\$slug expects one of/)
})

test('nothing in ASCII is no value', () => {
  assert.deepEqual(
    [undefined, '', '---', '王'].map((text) => slug(text)),
    [undefined, undefined, undefined, undefined],
  )
})
