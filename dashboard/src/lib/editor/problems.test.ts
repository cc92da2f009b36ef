import { Text } from '@codemirror/state'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleProblemView } from '../api.ts'
import { toDiagnostics } from './problems.ts'

const text = Text.of(['name: a', '  login: $slgu(x)', ''])
const problem = (line: number, column: number): RuleProblemView => ({
  document: 'rules',
  kind: 'reference',
  message: 'unknown',
  hint: 'did you mean $slug?',
  line,
  column,
  path: '',
  rule: null,
  attribute: null,
  phrase: { code: 'a.b', parameters: {}, en: 'unknown', fr: 'inconnu' },
  advice: { code: 'a.c', parameters: {}, en: 'did you mean $slug?', fr: 'vouliez-vous dire $slug ?' },
})
const marked = (line: number, column: number) =>
  toDiagnostics(text, [problem(line, column)], 'en').map(({ from, to }) => text.sliceString(from, to))

test('a problem underlines the word at its place, and says its hint', () => {
  assert.deepEqual(marked(2, 10), ['$slgu'])
  assert.equal(toDiagnostics(text, [problem(2, 10)], 'en')[0]?.message, 'unknown\ndid you mean $slug?')
  assert.equal(toDiagnostics(text, [problem(2, 10)], 'fr')[0]?.message, 'inconnu\nvouliez-vous dire $slug ?')
})

test('the words of a library that say more than the sentence stand below it in French, and for it in English', () => {
  const said = { ...problem(2, 10), message: 'unknown at 2', advice: null }

  assert.equal(toDiagnostics(text, [said], 'fr')[0]?.message, 'inconnu\nunknown at 2')
  assert.equal(toDiagnostics(text, [said], 'en')[0]?.message, 'unknown at 2')
})

test('a problem behind the end of a line, or of the text, still has a place', () => {
  assert.deepEqual([marked(1, 8), marked(9, 9), marked(0, 0)], [['a'], [''], ['name']])
})
