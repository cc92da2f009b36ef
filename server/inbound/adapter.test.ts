import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sameValues, type Attributes } from '#core/values.ts'
import { applyDeltas, type AttributeDelta } from './adapter.ts'

const known: Attributes = {
  mail: ['a@corp.example', 'b@corp.example'],
  title: ['Analyst'],
  'assignment.manager': ['m-1'],
  assignment: ['r-1'],
}

function apply(mode: 'whole' | 'partial', attributes: readonly AttributeDelta[], keep: readonly string[] = []): Attributes {
  return applyDeltas(known, { mode, attributes, keep })
}

test('a partial change touches only the attributes it names', () => {
  const after = apply('partial', [{ name: 'title', op: 'replace', values: ['Director'] }])

  assert.deepEqual(after, { ...known, title: ['Director'] })
})

test('a whole change clears the attributes it does not name', () => {
  const after = apply('whole', [{ name: 'title', op: 'replace', values: ['Director'] }])

  assert.deepEqual(after, { title: ['Director'] })
})

test('a whole change keeps what the payload declares incomplete, and everything below that name', () => {
  const after = apply('whole', [{ name: 'title', op: 'replace', values: ['Director'] }], ['assignment'])

  assert.deepEqual(after, { title: ['Director'], assignment: ['r-1'], 'assignment.manager': ['m-1'] })
})

test('adding a value that is there and removing one that is not succeed and change nothing', () => {
  const after = apply('partial', [
    { name: 'mail', op: 'add', values: ['a@corp.example'] },
    { name: 'title', op: 'remove', values: ['Trainee'] },
    { name: 'phone', op: 'remove', values: ['1'] },
  ])

  assert.deepEqual(after, known)
})

test('replacing without a value clears the attribute', () => {
  const after = apply('partial', [{ name: 'mail', op: 'replace', values: [] }])

  assert.equal('mail' in after, false)
})

test('the number 1 and the text "1" are one value', () => {
  const after = applyDeltas(
    { floor: [1] },
    { mode: 'partial', keep: [], attributes: [{ name: 'floor', op: 'add', values: ['1', '2'] }] },
  )

  assert.deepEqual(after, { floor: [1, '2'] })
})

test('a change applied twice leaves the same identity as applied once', () => {
  const value = fc.constantFrom('x', 'y', 'z', 1, '1', true)
  const delta = fc.record({
    name: fc.constantFrom('a', 'b'),
    op: fc.constantFrom('replace', 'add', 'remove'),
    values: fc.array(value, { maxLength: 3 }),
  })
  // One delta per attribute: a sequence that removes what it added is not repeatable by its nature.
  const deltas = fc.uniqueArray(delta, { selector: ({ name }) => name, maxLength: 2 })

  fc.assert(
    fc.property(deltas, fc.constantFrom('whole', 'partial'), (attributes, mode) => {
      const change = { mode, attributes: attributes as AttributeDelta[], keep: [] } as const
      const once = applyDeltas({ a: ['x', 'y'] }, change)

      const twice = applyDeltas(once, change)

      assert.deepEqual(Object.keys(twice).toSorted(), Object.keys(once).toSorted())
      for (const name of Object.keys(once)) assert.ok(sameValues(once[name] ?? [], twice[name] ?? []))
    }),
  )
})
