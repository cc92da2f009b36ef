import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbered, toUniqueQuestion } from './unique.ts'

const question = (candidates: unknown, namespaces?: unknown, maxLength?: unknown) =>
  toUniqueQuestion(candidates, namespaces, maxLength, ['all'])

test('one candidate or several, one namespace or several, all targets unless told', () => {
  const usual = { pattern: '{value}{n}', from: 2 }
  assert.deepEqual(question('doe'), { candidates: ['doe'], namespaces: ['all'], maxLength: null, ...usual })
  assert.deepEqual(question(['doe', '', 'john.doe'], ['b', 'a', 'b'], 20), {
    candidates: ['doe', 'john.doe'],
    namespaces: ['a', 'b'],
    maxLength: 20,
    ...usual,
  })
})

test('no candidate is no question', () => {
  assert.deepEqual([question(undefined), question(''), question([])], [null, null, null])
})

test('numbers begin at 2 behind the last candidate', () => {
  const asked = question(['jdoe', 'john.doe'])
  assert.ok(asked)

  assert.deepEqual(numbered(asked, 0, 4), ['jdoe', 'john.doe', 'john.doe2', 'john.doe3'])
  assert.deepEqual(numbered(asked, 4, 6), ['john.doe4', 'john.doe5'])
})

test('a candidate is cut so that it fits with its number', () => {
  const asked = question('delatour', 'a', 5)
  assert.ok(asked)

  assert.deepEqual(numbered(asked, 0, 10), [
    'delat',
    'dela2',
    'dela3',
    'dela4',
    'dela5',
    'dela6',
    'dela7',
    'dela8',
    'dela9',
    'del10',
  ])
})

test('a pattern says how a number goes with the value, and from which number on', () => {
  const asked = question(['jdoe', 'delatour'], { pattern: '{value}.{nn}', from: 1, length: 8, in: 'a' })
  assert.ok(asked)

  assert.deepEqual(numbered(asked, 0, 4), ['jdoe', 'delatour', 'delat.01', 'delat.02'])
  assert.deepEqual(numbered({ ...asked, from: 100 }, 2, 3), ['dela.100'])
  assert.deepEqual(numbered({ ...asked, pattern: 'x{n}-{value}', maxLength: null }, 2, 3), ['x1-delatour'])
})

test('a value that looks like a pattern is a value', () => {
  const asked = question('a{n}$&')
  assert.ok(asked)

  assert.deepEqual(numbered(asked, 0, 2), ['a{n}$&', 'a{n}$&2'])
})

test('a pattern and options that cannot be are refused, and say what is known', () => {
  for (const pattern of ['{value}', '{n}', '{value}{value}{n}', '{value}{n}{n}', '{value}{x}{n}', '{value{n}'])
    assert.throws(() => question('a', { pattern }), /with \{value\} once/, pattern)
  assert.throws(() => question('a', { patern: 'x' }), /did you mean pattern\?/)
  assert.throws(() => question('a', { pattern: '{value}.{n}', length: 5 }), /room for the value/)
  assert.throws(() => question('a', { from: -1 }), /whole number from 0 to 1000/)
})

test('names of namespaces, sizes and kinds are checked', () => {
  assert.throws(() => question('a', []), /at least one namespace/)
  assert.throws(() => question('a', ['x y']), /namespaces/)
  assert.throws(() => question('a', 'b', 3), /whole number from 4 to 256/)
  assert.throws(() => question('x'.repeat(300)), /256 characters/)
  assert.throws(() => question(Array.from({ length: 60 }, String)), /50 candidates/)
  assert.throws(() => question({ login: 'x' }), /found an object/)
})
