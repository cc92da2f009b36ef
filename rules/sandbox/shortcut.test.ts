import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import jsonata from 'jsonata'
import { askJsonata, toShortcut } from './shortcut.ts'

const names = ['a', 'b', 'identity', 'constructor', 'length', '`__proto__`', '`a b`', 'toString']
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'length'), fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), {
    noNullPrototype: true,
  }),
  fc.constant([{ a: 1 }, { a: [2, 3] }]),
)
const root = fc.dictionary(fc.constantFrom('a', 'b', 'identity', 'a b'), value, { noNullPrototype: true })
const expression = fc.oneof(
  fc.constantFrom(...names),
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).map(([left, right]) => `${left}.${right}`),
  fc.constantFrom('"text"', '42', '-1.5', 'true', 'null'),
)

test('a shortcut answers exactly what JSONata answers', async () => {
  await fc.assert(
    fc.asyncProperty(expression, root, async (source, data) => {
      const shortcut = toShortcut(jsonata(source).ast())
      assert.ok(shortcut, `${source} has a shortcut`)
      const quick = shortcut(data)
      if (quick === askJsonata) return
      assert.deepEqual(quick, await jsonata(source).evaluate(structuredClone(data)))
    }),
    { numRuns: 2000 },
  )
})

test('everything else is left to JSONata', () => {
  const others = [
    'a.b.c',
    'a[0]',
    'a[]',
    '$',
    '$$',
    '$$.a',
    '*',
    '**',
    'a.*',
    'a^(b)',
    'a{b: c}',
    'a@$x.b',
    'a#$i',
    'a & b',
    '$uppercase(a)',
    '(a)',
    'a.(b)',
    'a ? b : c',
    '[a]',
    '{"a": b}',
    '/x/',
    '-a',
  ]

  const taken = others.filter((source) => toShortcut(jsonata(source).ast()) !== null)

  assert.deepEqual(taken, [])
})

test('a list of objects is left to JSONata', () => {
  const shortcut = toShortcut(jsonata('a.b').ast())

  assert.equal(shortcut?.({ a: [{ b: 1 }] }), askJsonata)
  assert.equal(shortcut?.({ a: ['x', 'y'] }), undefined)
})
