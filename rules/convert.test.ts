import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { convertDocument, formatOf, parseRuleSet, type RuleSet } from './index.ts'

const shipped = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')

/** What a rule set says, wherever it stands. */
function meaning(text: string): Omit<RuleSet, 'positions'> {
  const { positions: _, ...said } = parseRuleSet(text, { file: 'x' })
  return said
}

test('a text in the notation that is asked for is given back byte for byte', () => {
  for (const [name, format] of [
    ['default.yaml', 'yaml'],
    ['enterprise.yaml', 'yaml'],
    ['example.json', 'json'],
  ] as const) {
    assert.equal(formatOf(shipped(name)), format)
    assert.equal(convertDocument(shipped(name), format), shipped(name))
  }
  const odd = '\u{FEFF}name: x\r\n\r\n# a comment \t\r\ntargets: {t: {correlate: {a: a}}}'
  assert.equal(convertDocument(odd, 'yaml'), odd)
})

test('what is shipped means the same in either notation, and there and back', () => {
  for (const name of ['default.yaml', 'enterprise.yaml', 'example.json']) {
    const json = convertDocument(shipped(name), 'json')
    const yaml = convertDocument(json, 'yaml')

    assert.deepEqual(meaning(json), meaning(shipped(name)))
    assert.deepEqual(meaning(yaml), meaning(shipped(name)))
    assert.deepEqual(JSON.parse(convertDocument(yaml, 'json')), JSON.parse(json))
  }
})

/** Texts in which YAML sees more than a text: comments, flows, numbers, dates, booleans, line breaks. */
const awkward = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'yes',
    'no',
    'null',
    '~',
    '1e3',
    '0x1f',
    '2026-01-31',
    '12:30:00',
    '- a',
    '# a',
    'a: b',
    '|',
    '>-',
    "it's",
    '" "',
    '{',
    '&a',
    '*a',
    '!!str',
  ),
  fc.string({ unit: fc.constantFrom(' ', '\n', '\t', 'é', '\u{2028}', '😀', '\r', '"', "'", ':', '#'), maxLength: 12 }),
)
const expression = awkward.map((text) => JSON.stringify(text.toWellFormed()))
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((word) => !['constructor', 'prototype'].includes(word))
const attribute = fc.oneof(
  expression,
  fc.record(
    {
      value: expression,
      strength: fc.constantFrom('strong', 'weak', 'initial'),
      onNull: fc.constantFrom('clear', 'keep', 'error'),
      multivalued: fc.constantFrom('merge', 'replace'),
      secret: fc.boolean(),
    },
    { requiredKeys: ['value'] },
  ),
)
const target = fc.record(
  {
    when: expression,
    correlate: fc.dictionary(name, expression, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    attributes: fc.dictionary(name, attribute, { maxKeys: 4, noNullPrototype: true }),
    memberships: expression,
    onFailure: fc.constantFrom('required', 'best-effort', 'hold'),
    existing: fc.constantFrom('skip', 'adopt'),
  },
  { requiredKeys: ['correlate'] },
)
const ruleSet = fc.record(
  {
    name,
    description: fc.record({ fr: awkward, en: awkward }),
    identity: fc.dictionary(name, expression, { maxKeys: 4, noNullPrototype: true }),
    targets: fc.dictionary(name, target, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  },
  { requiredKeys: ['name', 'targets'] },
)

test('whatever a rule set says, JSON to YAML to JSON says the same', () => {
  fc.assert(
    fc.property(ruleSet, (document) => {
      const json = `${JSON.stringify(document, null, 2)}\n`
      const yaml = convertDocument(json, 'yaml')

      assert.deepEqual(meaning(yaml), meaning(json))
      assert.equal(convertDocument(yaml, 'json'), json)
    }),
    { numRuns: 300 },
  )
})

test('what is no YAML, and what repeats itself by aliases, is refused', () => {
  assert.throws(() => convertDocument('a: [', 'json'), { code: 'unprocessable' })
  assert.throws(() => convertDocument('a: &x 1\nb: *x', 'json'), { code: 'unprocessable', message: /alias/ })
})
