import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proper } from './proper.ts'

test('capitals and small letters become a name', () => {
  const names = [
    'MÜLLER',
    "o'connor",
    'DE LA TOUR',
    'GARCÍA-LÓPEZ',
    'sørensen',
    'ŒUVRARD',
    'élodie',
    'D’ARTAGNAN',
    'jean-pierre',
    'ЮЛИЯ',
    'WEISS',
  ]

  assert.deepEqual(
    names.map((name) => proper(name)),
    [
      'Müller',
      "O'Connor",
      'De La Tour',
      'García-López',
      'Sørensen',
      'Œuvrard',
      'Élodie',
      'D’Artagnan',
      'Jean-Pierre',
      'Юлия',
      'Weiss',
    ],
  )
})

test('a spelling with capitals inside is somebody’s own and stays', () => {
  assert.deepEqual(
    ['McDonald', 'DeVito', 'van der Berg', 'Mc DONALD'].map((name) => proper(name)),
    ['McDonald', 'DeVito', 'Van Der Berg', 'Mc Donald'],
  )
})

test('blanks are trimmed, decomposed accents are composed, doing it twice changes nothing', () => {
  assert.equal(proper('  e\u0301lodie \t  du   pont '), 'Élodie Du Pont')
  for (const name of ["O'Connor", 'García-López', 'McDonald']) assert.equal(proper(proper(name)), proper(name))
})

test('no value gives no value, an object is refused', () => {
  assert.deepEqual([proper(undefined), proper(''), proper('   ')], [undefined, undefined, undefined])
  assert.throws(() => proper({}), /found an object/)
})
