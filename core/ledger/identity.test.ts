import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foldKey } from './identity.ts'

test('an external id is the same however its letters are cased, composed or widened', () => {
  for (const variant of ['ZOÉ-1', 'zoe\u0301-1', 'ZOE\u0301-1', 'ｚｏé-１', 'Zoé-1'])
    assert.equal(foldKey(variant), foldKey('zoé-1'), variant)
})

test('letters with several small or large forms fold to one', () => {
  assert.equal(foldKey('STRASSE'), foldKey('straße'))
  assert.equal(foldKey('ΣΊΣΥΦΟΣ'), foldKey('σίσυφος'))
  assert.equal(foldKey('ﬁ'), foldKey('FI'))
})

test('what differs in a letter, an accent or a space stays apart', () => {
  for (const other of ['zoe-1', 'zoé-2', 'zoé -1', ' zoé-1', 'zoé1']) assert.notEqual(foldKey(other), foldKey('zoé-1'), other)
})

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(foldKey(foldKey(text)), foldKey(text))
      assert.equal(foldKey(text.normalize('NFD')), foldKey(text))
    }),
  )
})
