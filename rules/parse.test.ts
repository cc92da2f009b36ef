import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRuleSet, RuleSetError, type RuleProblem } from './index.ts'

function problemsOf(text: string): readonly RuleProblem[] {
  try {
    parseRuleSet(text, { file: 'r.yaml' })
  } catch (error) {
    if (error instanceof RuleSetError) return error.problems
    throw error
  }
  return []
}

/** A document around one target's attributes, which begin at line 6. */
function withAttributes(...lines: readonly string[]): string {
  return [
    'name: x',
    'targets:',
    '  t:',
    '    correlate: { uid: uid }',
    '    attributes:',
    ...lines.map((line) => `      ${line}`),
  ].join('\n')
}

test('short and long forms become one complete form', () => {
  const rules = parseRuleSet(
    withAttributes(
      'cn: fullName',
      'phone: { value: phone, strength: weak }',
      'pw: { value: password, secret: true, onNull: error }',
    ),
    { file: 'r.yaml' },
  )

  assert.deepEqual(rules.targets['t'], {
    when: null,
    correlate: { uid: 'uid' },
    existing: 'skip',
    attributes: {
      cn: { value: 'fullName', strength: 'strong', onNull: 'clear', multivalued: 'replace', secret: false },
      phone: { value: 'phone', strength: 'weak', onNull: 'keep', multivalued: 'replace', secret: false },
      pw: { value: 'password', strength: 'strong', onNull: 'error', multivalued: 'replace', secret: true },
    },
    memberships: null,
    onFailure: null,
  })
  assert.equal(rules.positions['targets.t.attributes.phone'], 'r.yaml:7:23')
})

test('JSON is read as well as YAML, and a rule set survives being stored as JSON', () => {
  const yaml = withAttributes('cn: fullName')
  const json = '{\n\t"name": "x",\n\t"targets": { "t": { "correlate": { "uid": "uid" }, "attributes": { "cn": "fullName" } } }\n}'

  const { positions: _yamlPlaces, ...fromYaml } = parseRuleSet(yaml, { file: 'r.yaml' })
  const { positions: _jsonPlaces, ...fromJson } = parseRuleSet(json, { file: 'r.json' })

  assert.deepEqual(fromYaml, fromJson)
  assert.deepEqual(JSON.parse(JSON.stringify(fromYaml)), fromYaml)
})

test('computed attributes may stand in any order', () => {
  const rules = parseRuleSet(
    `identity:\n  mail: identity.login & '@x'\n  login: $.identity.base\n  base: $$.uid\n${withAttributes('cn: identity.mail')}`,
    {
      file: 'r.yaml',
    },
  )

  assert.deepEqual(
    rules.identity.map(({ name }) => name),
    ['base', 'login', 'mail'],
  )
})

test('all problems are reported at once, each with line, column, path and kind', () => {
  const problems = problemsOf(
    withAttributes(
      'cn: identity.lgin',
      'sn: $propr(familyName)',
      'mail: a &',
      'now: $now()',
      'login: $unique(uid)',
      'zip: $match(a, /(?=x)/)',
    ),
  )

  assert.deepEqual(
    problems.map(({ at, kind, path }) => [at, kind, path]),
    [
      ['r.yaml:6:20', 'reference', 'targets.t.attributes.cn'],
      ['r.yaml:7:11', 'reference', 'targets.t.attributes.sn'],
      ['r.yaml:8:16', 'expression', 'targets.t.attributes.mail'],
      ['r.yaml:9:12', 'forbidden', 'targets.t.attributes.now'],
      ['r.yaml:10:14', 'forbidden', 'targets.t.attributes.login'],
      ['r.yaml:11:22', 'expression', 'targets.t.attributes.zip'],
    ],
  )
  assert.equal(problems[1]?.hint, 'did you mean $proper?')
  assert.deepEqual([problems[0]?.rule, problems[0]?.attribute], ['t', 'cn'])
})

test('a problem inside quotes and inside a block text is found at its character', () => {
  const quoted = problemsOf(withAttributes('cn: "fullName & $nope"'))
  const block = problemsOf(withAttributes('cn: |', '  fullName &', '    $nope'))

  assert.equal(quoted[0]?.at, 'r.yaml:6:23')
  assert.equal(block[0]?.at, 'r.yaml:8:11')
})

test('an entry nobody reads, a wrong word and a missing one come with what was probably meant', () => {
  const problems = problemsOf(
    'name: x\ndescripton: y\ntargets:\n  t:\n    whn: "true"\n    onFailure: requird\n    attributes: { a: { valu: b } }',
  )

  assert.deepEqual(
    problems.map(({ at, kind, message, hint }) => `${at} ${kind}: ${message}${hint === undefined ? '' : ` (${hint})`}`),
    [
      'r.yaml:2:1 unknown_key: "descripton" means nothing here (did you mean description?)',
      'r.yaml:5:5 schema: "correlate" is missing',
      'r.yaml:5:5 unknown_key: "whn" means nothing here (did you mean when?)',
      'r.yaml:6:16 schema: expected "required" or "best-effort" or "hold", found another text (did you mean required?)',
      'r.yaml:7:22 schema: "value" is missing',
      'r.yaml:7:24 unknown_key: "valu" means nothing here (did you mean value?)',
    ],
  )
})

test('usual slips get a hint: a bare text, a bare boolean, a colon inside an expression', () => {
  const hints = [
    ...problemsOf(withAttributes('cn: fixed text')),
    ...problemsOf(withAttributes('cn: true')),
    ...problemsOf(withAttributes('cn: a ? b : c')),
  ].map(({ hint }) => hint)

  assert.deepEqual(hints, [
    `a fixed text needs its own quotes: "'fixed text'"`,
    'an expression is text; write "true" in quotes',
    'an expression that holds ": " or " #" needs quotes, or a | and its own lines',
  ])
})

test('computed attributes that need each other are named in a ring', () => {
  const problems = problemsOf(`identity:\n  a: identity.b\n  b: identity.c\n  c: identity.a\n${withAttributes('cn: identity.a')}`)

  assert.deepEqual(
    problems.map(({ kind, at, message }) => [kind, at, message]),
    [['cycle', 'r.yaml:2:3', 'computed attributes need each other: a → b → c → a']],
  )
})

test('the whole of identity cannot be used to compute a part of it', () => {
  const [problem] = problemsOf(`identity:\n  a: $keys(identity)\n${withAttributes('cn: $keys(identity)')}`)

  assert.deepEqual([problem?.kind, problem?.at, problem?.hint], ['reference', 'r.yaml:2:12', 'write identity.<name>'])
})

test('names that reach into JavaScript are nobody’s attribute', () => {
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    assert.equal(problemsOf(withAttributes(`${name}: "'x'"`)).length, 1, name)
    assert.equal(problemsOf(`identity: { ${name}: "'x'" }\n${withAttributes('cn: uid')}`).length, 1, name)
  }
})

test('broken, empty, doubled and aliased documents are refused', () => {
  const documents = ['a: [', '', 'null', '[]', 'name: x\nname: y', 'name: &n x\ntargets: *n', 'x'.repeat(1_000_001)]

  for (const text of documents) assert.ok(problemsOf(text).length > 0, text.slice(0, 20))
})

test('the error is one GatewayError whose message holds every line', () => {
  assert.throws(() => parseRuleSet(withAttributes('a: $x', 'b: $y'), { file: 'r.yaml' }), {
    code: 'unprocessable',
    at: 'r.yaml:6:10',
    message: /r\.yaml:6:10 .*\$x\nr\.yaml:7:10 .*\$y/,
  })
})
