import assert from 'node:assert/strict'
import { isGatewayError } from '#core/errors.ts'
import { test } from 'node:test'
import type { Column, ColumnKind } from './column.ts'
import { toParameter, toValues } from './mapping.ts'
import { canonical } from './written-form.ts'

const column = (kind: ColumnKind, more: Partial<Column> = {}): Column => ({
  name: 'field',
  kind,
  castType: kind === 'boolean' ? 'boolean' : kind,
  multivalued: false,
  nullable: true,
  hasDefault: false,
  generatedKey: false,
  maintained: false,
  foldsCase: false,
  unique: false,
  maxLength: null,
  allowedValues: null,
  ...more,
})

const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (isGatewayError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

test('no value and NULL are the same', () => {
  assert.deepEqual(toValues(column('text'), null), [])
  assert.equal(toParameter(column('text'), []), null)
})

test('large numbers lose no digit', () => {
  assert.deepEqual(toValues(column('bigint'), '9007199254740993'), ['9007199254740993'])
  assert.deepEqual(toValues(column('decimal'), '12345678901234567890.1234567890'), ['12345678901234567890.123456789'])
  assert.equal(toParameter(column('decimal'), ['0.10']), '0.1')
})

test('a number that a double cannot hold is refused instead of rounded', () => {
  assert.match(
    refusal(() => toParameter(column('bigint'), [9007199254740993])),
    /^invalid Column field needs a whole number/,
  )
})

test('different texts of one value are one value', () => {
  assert.equal(canonical(column('integer'), '+007'), 7)
  assert.equal(canonical(column('decimal'), '-0.00'), '0')
  assert.equal(canonical(column('uuid'), 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')
  assert.equal(canonical(column('timestamptz'), '2026-03-01T09:00:00+01:00'), '2026-03-01T08:00:00.000Z')
  assert.equal(canonical(column('timestamptz'), '2026-03-01 08:00:00.123456Z'), '2026-03-01T08:00:00.123456Z')
  assert.equal(
    canonical(column('json'), '{ "b" : 12345678901234567890.10, "a" : "x  y" }'),
    '{"a":"x  y","b":12345678901234567890.10}',
  )
  assert.equal(canonical(column('boolean'), 'true'), true)
})

test('what a column gives back is what its canonical form said', () => {
  assert.deepEqual(toValues(column('timestamptz'), '2026-03-01 08:00:00.123+00'), ['2026-03-01T08:00:00.123Z'])
  assert.deepEqual(toValues(column('timestamp'), '2026-03-01 08:00:00'), ['2026-03-01T08:00:00.000Z'])
  assert.deepEqual(toValues(column('boolean'), 't'), [true])
  assert.deepEqual(toValues(column('boolean', { castType: 'signed' }), 0), [false])
  assert.deepEqual(toValues(column('binary'), '\\x00ff'), ['AP8='])
  assert.deepEqual(toValues(column('binary'), Buffer.from([0, 255])), ['AP8='])
  assert.deepEqual(toValues(column('text', { castType: 'bpchar' }), 'ab   '), ['ab'])
})

test('values that only a database writes survive a before-image', () => {
  for (const [kind, text] of [
    ['timestamptz', 'infinity'],
    ['timestamp', '0000-00-00 00:00:00'],
    ['date', '0000-00-00'],
    ['decimal', 'NaN'],
  ] as const) {
    const read = toValues(column(kind), text)

    assert.deepEqual(read, [text])
    assert.equal(toParameter(column(kind), read), kind === 'timestamptz' ? text : text)
  }
})

test('a tinyint(1) that is neither 0 nor 1 stays the number it is', () => {
  const flag = column('boolean', { castType: 'signed' })

  assert.deepEqual(toValues(flag, 2), [2])
  assert.equal(toParameter(flag, [2]), 2)
})

test('arrays of PostgreSQL and sets of MySQL are several values', () => {
  const array = column('text', { multivalued: true })
  const set = column('text', { multivalued: true, castType: 'set' })

  assert.deepEqual(toValues(array, '{a,"b,\\"c\\\\",NULL}'), ['a', 'b,"c\\'])
  assert.deepEqual(toParameter(array, ['a', 'b,"c\\']), ['a', 'b,"c\\'])
  assert.deepEqual(toValues(set, 'a,b'), ['a', 'b'])
  assert.equal(toParameter(set, ['a', 'b']), 'a,b')
  assert.deepEqual(toParameter(column('text', { multivalued: true, nullable: false }), []), [])
})

test('what a column cannot hold is refused before it is sent, with the column and without the value', () => {
  const cases: readonly (readonly [Column, string])[] = [
    [column('integer'), 'zoe'],
    [column('boolean'), 'zoe'],
    [column('date'), '2026-02-31'],
    [column('timestamptz'), 'zoe'],
    [column('uuid'), 'zoe'],
    [column('json'), '{zoe'],
    [column('binary'), 'zoé'],
    [column('text'), 'zoe\0'],
    [column('text'), 'zoe\uD800'],
    [column('text', { maxLength: 2 }), 'zoe'],
    [column('text', { allowedValues: ['a'] }), 'zoe'],
  ]

  for (const [target, value] of cases) {
    const message = refusal(() => toParameter(target, [value]))

    assert.match(message, /^invalid Column field /)
    assert.doesNotMatch(message, /zo/)
  }
})

test('a single-valued column refuses a second value, and a NOT NULL column refuses none', () => {
  assert.match(
    refusal(() => toParameter(column('text'), ['a', 'b'])),
    /takes one value only/,
  )
  assert.match(
    refusal(() => toParameter(column('text', { nullable: false }), [])),
    /needs a value/,
  )
})
