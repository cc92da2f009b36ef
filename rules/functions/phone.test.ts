import assert from 'node:assert/strict'
import { test } from 'node:test'
import { phone } from './phone.ts'

test('a French number is one number however it is written', () => {
  const written = ['01 23 45 67 89', '01.23.45.67.89', '0123456789', '+33 1 23 45 67 89', '+33 (0)1 23 45 67 89', '0033123456789']

  assert.deepEqual(new Set(written.map((text) => phone(text))), new Set(['+33123456789']))
})

test('mobile, overseas and foreign numbers keep their country', () => {
  assert.deepEqual(
    [phone('06 12 34 56 78'), phone('0262 12 34 56', 'RE'), phone('+32 470 12 34 56'), phone('0470 12 34 56', 'BE')],
    ['+33612345678', '+262262123456', '+32470123456', '+32470123456'],
  )
})

test('people read other formats', () => {
  assert.deepEqual(
    [phone('+33123456789', 'FR', 'national'), phone('0123456789', 'FR', 'international')],
    ['01 23 45 67 89', '+33 1 23 45 67 89'],
  )
})

test('no value is no value', () => {
  assert.deepEqual([phone(undefined), phone(null), phone('')], [undefined, undefined, undefined])
})

test('what is no number is refused, and not quoted', () => {
  for (const text of ['voir accueil', '12', '01 23 45 67', '+33 1 23 45 67 89 10 11'])
    assert.throws(
      () => phone(text),
      (error: Error) => /\$phone found no telephone number of FR/.test(error.message) && !error.message.includes(text),
    )
  assert.throws(() => phone(['0123456789']), /expects a text as argument 1, found a list/)
  assert.throws(() => phone('0123456789', 'France'), /expects a country such as "FR"/)
  assert.throws(() => phone('0123456789', 'FR', 'pretty'), /expects one of "E.164", "international", "national"/)
})
