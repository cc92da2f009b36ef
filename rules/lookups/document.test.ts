import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RuleSetError } from '../problems.ts'
import { parseLookup } from './document.ts'

const problemsIn = (text: string, file: string) => {
  try {
    parseLookup(text, { file })
  } catch (error) {
    if (error instanceof RuleSetError) return error.problems.map(({ at, message }) => `${at} ${message}`)
    throw error
  }
  return []
}

test('a table is read from YAML, from JSON, and from what spreadsheets write', () => {
  const rows = { PAR: 'Paris', LYS: 'Lyon, Rhône' }

  assert.deepEqual(parseLookup('fallback: Siège\nrows:\n  PAR: Paris\n  LYS: Lyon, Rhône\n', { file: 't.yaml' }), {
    fallback: 'Siège',
    rows,
  })
  assert.deepEqual(parseLookup(JSON.stringify({ rows }), { file: 't.json' }), { rows })
  assert.deepEqual(parseLookup('\u{FEFF}code;libellé\r\nPAR;Paris\r\nLYS;"Lyon, Rhône"\r\n\r\n', { file: 't.csv' }), { rows })
  assert.deepEqual(parseLookup('code,label\nPAR, Paris \nLYS,"Lyon, Rhône"', { file: 't.CSV' }), { rows })
})

test('what is wrong with a CSV is told by line', () => {
  assert.deepEqual(problemsIn('code,label\nPAR,Paris\nPAR,Other\n,x\nLYS,Lyon,Rhône\n', 't.csv'), [
    't.csv:3:1 the key stands in an earlier line already',
    't.csv:4:1 a key cannot be empty',
    't.csv:5:1 a line of a table has two columns, found 3',
  ])
  assert.deepEqual(problemsIn('only one\nPAR', 't.csv').length, 2)
  assert.deepEqual(problemsIn('a,b\n"PAR,Paris', 't.csv'), ['t.csv:2:1 the line is not CSV'])
  assert.deepEqual(problemsIn('', 't.csv').length, 1)
})

test('what is wrong with a document is told with line and column; sizes are bounded', () => {
  assert.deepEqual(problemsIn('rows:\n  PAR: 75\n', 't.yaml'), ['t.yaml:2:8 expected a text, found a number'])
  assert.deepEqual(problemsIn('rwos: {}\nrows: {}\n', 't.yaml'), ['t.yaml:1:1 "rwos" means nothing here'])
  const lines = (count: number, value: string) =>
    `k,v\n${Array.from({ length: count }, (_, index) => `${index},${value}`).join('\n')}`
  assert.match(problemsIn(lines(10_001, 'x'), 't.csv')[0] ?? '', /10000 rows at most/)
  assert.match(problemsIn(lines(9_000, 'x'.repeat(60)), 't.csv')[0] ?? '', /500000 characters at most/)
  assert.match(problemsIn('k,v\nPAR,a\u0000b', 't.csv')[0] ?? '', /NUL/)
  assert.match(problemsIn('k,v\n__proto__,x', 't.csv')[0] ?? '', /__proto__/)
})
