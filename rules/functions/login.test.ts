import assert from 'node:assert/strict'
import { test } from 'node:test'
import { login } from './login.ts'

test('the first letter of the given name and the family name', () => {
  const people = [
    ['Zoé', 'Müller'],
    ['Siobhán', "O'Connor"],
    ['Jean-Pierre', 'De La Tour'],
    ['Ana', 'García-López'],
    ['Søren', 'Sørensen'],
    ['Élodie', 'Œuvrard'],
    ['Юлия', 'Щербакова'],
  ]

  const logins = people.map(([given, family]) => login(given, family))

  assert.deepEqual(logins, ['zmuller', 'soconnor', 'jdelatour', 'agarcialopez', 'ssorensen', 'eoeuvrard', 'yshcherbakova'])
})

test('a long name is cut to 20 characters, or as told', () => {
  const family = 'Wolfeschlegelsteinhausenbergerdorff'

  assert.equal(login('Hubert', family), 'hwolfeschlegelsteinh')
  assert.equal(login('Hubert', family, 8), 'hwolfesc')
})

test('one name is enough, none is no value', () => {
  assert.deepEqual(
    [login(undefined, 'Cher'), login('Cher', undefined), login('', ''), login('王', '小明')],
    ['cher', 'cher', undefined, undefined],
  )
})

test('a length out of bounds and a list of names are refused', () => {
  assert.throws(() => login('a', 'b', 0), /whole number from 1 to 64/)
  assert.throws(() => login('a', 'b', 2.5), /whole number from 1 to 64/)
  assert.throws(() => login('a', ['b', 'c']), /argument 2, found a list/)
})
