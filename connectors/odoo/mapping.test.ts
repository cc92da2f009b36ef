import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Field, FieldType } from './fields.ts'
import { spellingOf, toValues, toWritten } from './mapping.ts'

const field = (type: FieldType): Field => ({ type, required: false, maxLength: null, allowedValues: null })

test('what is empty in Odoo has no value, whatever kind it is', () => {
  const kinds = ['char', 'selection', 'date', 'many2one', 'many2many'] as const

  const values = kinds.map((type) => toValues(field(type), false))

  assert.deepEqual(values, [[], [], [], [], []])
  assert.deepEqual([toValues(field('boolean'), false), toValues(field('integer'), 0)], [[false], [0]])
})

test('a list of records is changed by commands for single ones, and never replaced', () => {
  const commands = toWritten('category_id', field('many2many'), [1, 2, 3], [3, 4])

  assert.deepEqual(commands, [
    [4, 4],
    [3, 1],
    [3, 2],
  ])
})

test('what a field cannot hold is refused with its name, and without the value', () => {
  const refusals = [
    () => toWritten('company_id', field('many2one'), [], ['Secret Ltd']),
    () => toWritten('category_id', field('many2many'), [], [1.5]),
    () => toWritten('color', field('integer'), [], ['Secret']),
    () => toWritten('phone', field('char'), [], ['Secret 1', 'Secret 2']),
  ]

  for (const refusal of refusals)
    assert.throws(refusal, (error: Error) => /_id|color|phone/.test(error.message) && !/Secret/.test(error.message))
})

test('values are spelled as Odoo says them: ids as numbers, times in UTC, days without a time', () => {
  const attributes = { company_id: field('many2one'), since: field('datetime'), born: field('date'), ref: field('char') }
  const { value } = spellingOf({ groups: 'group_ids', attributes })

  assert.equal(value('company_id', '3'), 3)
  assert.equal(value('since', '2026-03-01T10:00:00+01:00'), '2026-03-01 09:00:00')
  assert.equal(value('since', value('since', '2026-03-01T10:00:00+01:00')), '2026-03-01 09:00:00')
  assert.equal(value('born', '1815-12-10T00:00:00Z'), '1815-12-10')
  assert.equal(value('ref', 7), '7')
  assert.equal(value('user_type', 'portal'), 'portal')
})
