import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { openRuleEngine, parseCases, parseRuleSet, RuleSetError, runCases, toLookupTable, toReport } from '../index.ts'
import { casePhrases } from '../phrases/run.ts'

const engine = await openRuleEngine({ log: pino({ level: 'silent' }), size: 1 })
after(() => engine[Symbol.asyncDispose]())

const ruleSet = parseRuleSet(
  `name: small
identity: { login: "$unique($login(givenName, familyName), ['a'])" }
targets:
  a:
    correlate: { uid: identity.login }
    attributes: { uid: identity.login, title: title, mail: { value: mail, onNull: error } }
    memberships: "['everyone', unit]"
  b:
    when: unit = 'it'
    correlate: { uid: identity.login }
approvals:
  - { name: IT, when: unit = 'it', role: approver, expires: 1d }`,
  { file: 'small.yaml' },
)

const run = (text: string) => runCases(engine, ruleSet, parseCases(text, { file: 'small.cases.yaml' }))

test('what a case expects is compared, and what it does not name is not looked at', async () => {
  const [result] = await run(`cases:
  - name: a newcomer of IT
    given: { attributes: { givenName: Zoé, familyName: Müller, unit: it, mail: z@x } }
    expect:
      identity: { login: zmuller }
      targets: { a: { operation: create, attributes: { uid: zmuller, title: null }, join: [it, everyone], leave: [] }, b: {} }
      approvals: [IT]`)

  assert.deepEqual(result?.differences, [])
})

test('each difference says where, what was expected and what was found; numbers are not texts', async () => {
  const [result] = await run(`cases:
  - name: all wrong
    given: { attributes: { givenName: Zoé, familyName: Müller, title: 7, mail: z@x }, taken: [ZMULLER] }
    expect:
      identity: { login: zmuller }
      targets: { a: { operation: update, attributes: { title: '7', mail: null }, join: [] }, b: {} }
      approvals: [IT]`)

  const { noValue, nothing, step } = casePhrases
  assert.deepEqual(result?.differences, [
    { path: 'identity.login', expected: '"zmuller"', found: '"zmuller2"' },
    { path: 'targets.a.operation', expected: 'update', found: 'create' },
    { path: 'targets.a.attributes.title', expected: '"7"', found: '7' },
    { path: 'targets.a.attributes.mail', expected: 'no value', found: '"z@x"', expectedPhrase: noValue },
    { path: 'targets.a.join', expected: 'no value', found: '"everyone"', expectedPhrase: noValue },
    { path: 'targets.b', expected: 'a step', found: 'nothing', expectedPhrase: step, foundPhrase: nothing },
    { path: 'approvals', expected: '"IT"', found: 'no value', foundPhrase: noValue },
  ])
  assert.equal(result?.at, 'small.cases.yaml:2:11')
})

test('a refusal of the rules is as expected when the case says so, and a difference when it does not', async () => {
  const given = 'given: { attributes: { givenName: Zoé, familyName: Müller } }'
  const [expected, unexpected, missed] = await run(`cases:
  - { name: refused, ${given}, expect: { error: mail } }
  - { name: not said, ${given}, expect: { identity: { login: zmuller } } }
  - { name: not refused, given: { attributes: { givenName: Zoé, mail: x } }, expect: { error: mail } }`)

  assert.deepEqual(expected?.differences, [])
  assert.match(unexpected?.differences[0]?.found ?? '', /mail/)
  assert.deepEqual(missed?.differences, [{ path: 'error', expected: 'mail', found: 'none', foundPhrase: casePhrases.none }])
})

test('what is wrong with the cases is said with its place, and what was probably meant', () => {
  const text = `cases:
  - name: typing mistakes
    givn: {}
    expect: { targts: {}, identity: { login: { a: 1 } } }
  - given: { kind: creat }
    expect: {}`

  assert.throws(
    () => parseCases(text, { file: 'c.yaml' }),
    (error: unknown) =>
      error instanceof RuleSetError &&
      assert.deepEqual(
        error.problems.map(({ at, message, hint }) => [at, message, hint]),
        [
          ['c.yaml:3:5', '"givn" means nothing here', 'did you mean given?'],
          ['c.yaml:4:15', '"targts" means nothing here', 'did you mean targets?'],
          ['c.yaml:4:46', 'expected null or string or number or boolean or a list, found a mapping', undefined],
          ['c.yaml:5:5', '"name" is missing', undefined],
          [
            'c.yaml:5:20',
            'expected "create" or "update" or "disable" or "enable" or "delete" or "password" or "membership", found another text',
            'did you mean create?',
          ],
        ],
      ) === undefined,
  )
})

test('reports are read by people, by programs and by CI servers', async () => {
  const results = await run(`cases:
  - { name: 'green', given: { attributes: { givenName: Zoé, mail: x } }, expect: { identity: { login: zoe } } }
  - { name: 'red <&"', given: { attributes: { givenName: Zoé, mail: x } }, expect: { identity: { login: '<' } } }`)
  const files = [{ file: 'small.yaml', results: results.map((result) => ({ ...result, milliseconds: 5 })) }]

  assert.equal(
    toReport('text', files),
    `✔ green
✖ red <&"  (small.cases.yaml:3:13)
    identity.login
      expected  "<"
      found     "zoe"
2 cases: 1 as expected, 1 not`,
  )
  assert.equal((JSON.parse(toReport('json', files)) as { failed: number }).failed, 1)
  assert.equal(
    toReport('junit', files),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="small.yaml" tests="2" failures="1" errors="0" skipped="0">
    <testcase name="green" classname="small.yaml" time="0.005"/>
    <testcase name="red &lt;&amp;&quot;" classname="small.yaml" time="0.005">
      <failure message="identity.login: expected &quot;&lt;&quot;, found &quot;zoe&quot;">identity.login: expected &quot;&lt;&quot;, found &quot;zoe&quot;&#10;small.cases.yaml:3:13</failure>
    </testcase>
  </testsuite>
</testsuites>`,
  )
})

test('the shipped rules pass the cases beside them', async () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8')
  const shipped = [
    ['default.yaml', 'default.cases.yaml', 8],
    ['enterprise.yaml', 'enterprise.cases.yaml', 10],
    ['example.json', 'example.cases.json', 3],
  ] as const

  for (const [file, beside, least] of shipped) {
    const results = await runCases(engine, parseRuleSet(read(file), { file }), parseCases(read(beside), { file: beside }))

    assert.deepEqual(
      results.filter(({ differences }) => differences.length > 0),
      [],
    )
    assert.ok(results.length >= least, `${file}: ${results.length} cases`)
  }
})

test('every example in docs/rules.md gives what the page says', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(?<expression>.+)` \| `(?<given>\{.*\})` \| (?<gives>.+) \|$/gm)].map(
    ({ groups }) => groups ?? {},
  )

  for (const { expression = '', given = '', gives = '' } of rows) {
    const rules = parseRuleSet(
      JSON.stringify({ name: 'page', targets: { t: { correlate: { id: "'1'" }, attributes: { a: expression } } } }),
      {
        file: 'page',
      },
    )
    const attributes = Object.fromEntries(
      Object.entries(JSON.parse(given) as object).map(([name, value]) => [name, [value].flat()]),
    )
    const lookups = { sites: toLookupTable({ rows: { PAR: 'Paris', LYS: 'Lyon' } }, 1) }
    const input = { kind: 'create', source: 's', externalId: 'e', attributes, secrets: [], accounts: [], lookups } as const
    const found = await engine
      .plan({ ...rules, version: 1 }, input, { reserve: async () => null })
      .then(({ steps }) => steps[0]?.attributes['a']?.values ?? [])
      .catch((error: Error) => error.message)

    if (gives.startsWith('error: '))
      assert.ok(
        typeof found === 'string' && found.includes(gives.slice('error: '.length)),
        `${expression}: ${JSON.stringify(found)}`,
      )
    else assert.deepEqual(found, gives === 'no value' ? [] : JSON.parse(gives.replace(/^`|`$/g, '')), expression)
  }
  assert.ok(rows.length > 45, `${rows.length} examples`)
})

test('every example of $unique in docs/rules.md gives what the page says', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(?<expression>\$unique\(.+)` \| `(?<taken>\[.*\])` \| (?<gives>.+) \|$/gm)].map(
    ({ groups }) => groups ?? {},
  )

  for (const { expression = '', taken = '', gives = '' } of rows) {
    const document = { name: 'page', identity: { a: expression }, targets: { t: { correlate: { id: "'1'" } } } }
    const rules = parseRuleSet(JSON.stringify(document), { file: 'page' })
    const expect = gives.startsWith('error: ')
      ? { error: gives.slice('error: '.length) }
      : { identity: { a: JSON.parse(gives.replace(/^`|`$/g, '')) as string } }
    const cases = JSON.stringify({ cases: [{ name: expression, given: { taken: JSON.parse(taken) as string[] }, expect }] })

    const [result] = await runCases(engine, rules, parseCases(cases, { file: 'page' }))

    assert.deepEqual(result?.differences, [], expression)
  }
  assert.ok(rows.length >= 8, `${rows.length} examples`)
})
