import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretName, toNatural, toRoot, toValues } from './values.ts'

test('nothing, null and the empty text are no value; scalars are one; lists are several without repetitions', () => {
  assert.deepEqual([undefined, null, '', 0, false, 'x'].map(toValues), [[], [], [], [0], [false], ['x']])
  assert.deepEqual(toValues(['a', null, '', 'b', 'a', 1, '1']), ['a', 'b', 1, '1'])
})

test('objects, lists in lists and secrets are refused by kind, without their content', () => {
  const unfit = [
    { a: 'Zoé' },
    [{ a: 'Zoé' }],
    [['Zoé']],
    { $secret: 'password' },
    `Zoé ${JSON.stringify({ $secret: 'password' })}`,
  ]

  for (const result of unfit) {
    assert.throws(
      () => toValues(result),
      (error: Error) => error.name === 'UnfitResult' && !error.message.includes('Zoé'),
    )
  }
})

test('values and what expressions see of them are the same thing in two shapes', () => {
  for (const values of [[], ['a'], ['a', 'b'], [0], [false, true]]) assert.deepEqual(toValues(toNatural(values)), values)
})

test('a secret is its name only, and only when nothing was added to it', () => {
  assert.deepEqual([{ $secret: 'password' }, { $secret: 'password', x: 1 }, { $secret: 1 }, 'password', null].map(secretName), [
    'password',
    null,
    null,
    null,
    null,
  ])
})

test('the root holds attributes, secrets by name, and the request; nothing can pass for them', () => {
  const attributes = {
    mail: ['a', 'b'],
    cn: ['Zoé'],
    none: [],
    request: ['forged'],
    identity: ['forged'],
    password: ['forged'],
    _jsonata_lambda: ['x'],
  }

  const root = toRoot(attributes, ['password'], { kind: 'create', source: 'midpoint', externalId: 'e1' })

  assert.deepEqual(root, {
    mail: ['a', 'b'],
    cn: 'Zoé',
    password: { $secret: 'password' },
    identity: {},
    request: { kind: 'create', source: 'midpoint', externalId: 'e1' },
  })
})
