import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toLookupTable } from '../lookups/table.ts'
import { lookup } from './lookup.ts'

const sites = toLookupTable({ rows: { PAR: 'Paris', LYS: 'Lyon', '75': 'Paris, by number' } }, 1)
const read = (name: string) => (name === 'sites' ? sites : undefined)

test('a key gives its value, keys give theirs, a number is the text that it is', () => {
  assert.equal(lookup('sites', 'PAR', read), 'Paris')
  assert.deepEqual(lookup('sites', ['PAR', 'XXX', '', 'LYS'], read), ['Paris', 'Lyon'])
  assert.equal(lookup('sites', 75, read), 'Paris, by number')
})

test('what is not there is no value, or the fallback; no key is no value all the same', () => {
  const withFallback = () => toLookupTable({ rows: {}, fallback: 'Elsewhere' }, 1)

  assert.equal(lookup('sites', 'XXX', read), undefined)
  assert.equal(lookup('sites', 'constructor', read), undefined)
  assert.equal(lookup('sites', 'XXX', withFallback), 'Elsewhere')
  assert.equal(lookup('sites', undefined, withFallback), undefined)
})

test('a table that the expression does not name is refused, and so is a key that is an object', () => {
  assert.throws(() => lookup('computed', 'PAR', read), /needs the table's name as a text that stands there/)
  assert.throws(() => lookup('sites', { a: 1 }, read), /argument 2, found an object/)
})

test('with an object it is JSONata’s own, for own keys only', () => {
  assert.equal(lookup({ a: 1 }, 'a', read), 1)
  assert.deepEqual(lookup([{ a: 1 }, { b: 2 }, { a: [3, 4] }], 'a', read), [1, 3, 4])
  for (const key of ['constructor', '__proto__', 'toString', undefined]) assert.equal(lookup({ a: 1 }, key, read), undefined)
})
