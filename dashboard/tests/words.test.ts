import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { refusedNames } from '../../rules/functions/names.ts'
import { ruleFunctions as realFunctions } from '../../rules/functions/index.ts'
import { knownKeys, listExpressions, type RuleSetDocument } from '../../rules/schema.ts'
import { isExpression } from '../src/lib/editor/place.ts'
import { caseEntries, expressionWords, knownNames, ruleEntries } from '../src/lib/editor/words.ts'

const shipped = (name: string) => readFileSync(new URL(`../../rules/${name}`, import.meta.url), 'utf8')
const known = knownNames(shipped('default.yaml'), shipped('default.cases.yaml'))

test('the computed attributes and those that the tests give are found in the shipped rule set', () => {
  assert.deepEqual(known.computed, ['login', 'givenName', 'familyName', 'displayName', 'mail'])
  assert.deepEqual(known.attributes, ['emailAddress', 'employeeType', 'familyName', 'givenName', 'organizationalUnit', 'title'])
})

test('the attributes that a rule set declares are offered too', () => {
  const declared = knownNames(shipped('enterprise.yaml'), '').attributes

  assert.ok(declared.includes('nomUsage') && !declared.includes('login'), declared.join(' '))
  assert.deepEqual(knownNames('attributes: [uid, "mail"]\n', '').attributes, ['mail', 'uid'])
})

test('an expression is offered what it may name there', () => {
  const labels = (before: string) => expressionWords(before, known).map(({ label }) => label)

  assert.deepEqual(labels('$slug(identity.'), known.computed)
  assert.deepEqual(labels('request.so'), ['kind', 'source', 'externalId'])
  assert.ok(labels('$lower').includes('$lowercase') && labels('').includes('organizationalUnit'))
  assert.deepEqual(labels('address.'), [])
})

test('every function of the rules is offered, and none that they refuse', () => {
  const offered = new Set(expressionWords('', known).flatMap(({ label, kind }) => (kind === 'function' ? [label.slice(1)] : [])))

  assert.deepEqual(
    Object.keys(realFunctions).filter((name) => !offered.has(name)),
    [],
  )
  assert.deepEqual(
    [...offered].filter((name) => refusedNames.has(name)),
    [],
  )
})

test('every entry that a rule set knows is offered where it belongs', () => {
  const offered = (path: readonly string[]) => ruleEntries(path, 'key').map(({ label }) => label)

  for (const [path, at] of [
    [[], ['x']],
    [
      ['targets', 'a'],
      ['targets', 'a', 'x'],
    ],
    [
      ['targets', 'a', 'attributes', 'b'],
      ['targets', 'a', 'attributes', 'b', 'x'],
    ],
    [
      ['approvals', '*'],
      ['approvals', '0', 'x'],
    ],
    [
      ['approvals', '*', 'stages', '*'],
      ['approvals', '0', 'stages', '0', 'x'],
    ],
    [
      ['approvals', '*', 'escalate', 'to'],
      ['approvals', '0', 'escalate', 'to', 'x'],
    ],
    [
      ['safety', '*'],
      ['safety', '0', 'x'],
    ],
    [
      ['targets', 'a', 'lifecycle'],
      ['targets', 'a', 'lifecycle', 'x'],
    ],
    [
      ['targets', 'a', 'lifecycle', 'onDisable'],
      ['targets', 'a', 'lifecycle', 'onDisable', 'x'],
    ],
  ] as const)
    assert.deepEqual(
      knownKeys(at).filter((key) => !offered(path).includes(key)),
      [],
    )
  assert.deepEqual(
    ruleEntries(['targets', 'a', 'attributes', 'b', 'onNull'], 'value').map(({ label }) => label),
    ['clear', 'keep', 'error'],
  )
  assert.deepEqual(
    caseEntries(['cases', '*'], 'key').map(({ label }) => label),
    ['name', 'given', 'expect'],
  )
})

test('what the rules read as an expression is coloured and completed as one', () => {
  const more = {
    subject: 'login',
    approvals: [
      { when: 'true', expires: '1h', stages: [{ people: 'manager', escalate: { after: '1m', to: { people: 'head' } } }] },
    ],
  }
  const documents = ['default.yaml', 'enterprise.yaml'].map((name) => parse(shipped(name)) as RuleSetDocument)
  const listed = [...documents, { ...documents[0], ...more } as RuleSetDocument].flatMap(listExpressions)
  const paths = listed.map(({ path }) => path.map((key) => (/^\d+$/.test(key) ? '*' : key)))

  assert.ok(paths.length > 50)
  assert.deepEqual(
    paths.filter((path) => !isExpression(path)),
    [],
  )
})
