/** Writing rules: what an editor asks while somebody types, whom a text is tried on, and how versions are compared and read. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPeople, type Headers } from '#tests/harness/approvals.ts'
import { asWriter, smallCases, smallRules, type Writer } from '#tests/harness/rules.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'
import type { Page, RuleCheck, RuleDiff, RulePreview, RuleSetSummary, RuleVersion } from '#server/api/types.ts'

let world: World
let people: Record<'ada' | 'rita', Headers>
let ada: Writer
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet: shippedRules() })
  people = await openPeople(world, { ada: 'rule_editor', rita: 'reader' })
  ada = asWriter(world, people.ada)
})
after(() => world[Symbol.asyncDispose]())

const ask = <Body>(path: string, body?: object, headers = people.ada) =>
  world.call<Body>(body === undefined ? 'GET' : 'POST', `/api/v1/rules${path}`, body, headers)
/** Everything but the audit trail, where logins stand, and the signs of life of processes. */
const dump = async () =>
  (await world.postgres.dump('passerelle')).replaceAll(
    /passerelle\.(session|audit\w*|process_sign|queue_engine)[^]*?(?=\npasserelle)/g,
    '',
  )

test('a check tells problems of both documents and what the tests come to, and keeps nothing', async () => {
  await ada.create('checked', smallRules('checked'))
  const before = await dump()

  const good = await ask<RuleCheck>('/checked/check', { text: smallRules('checked'), cases: smallCases('b@x') })
  const bad = await ask<RuleCheck>('/checked/check', {
    text: smallRules('checked', '$lowercas(mail)'),
    cases: 'cases: [{ name: x }]',
  })

  assert.deepEqual(good.body.problems, [])
  assert.deepEqual(
    good.body.tests?.results.map(({ name, line, differences }) => ({ name, line, differences })),
    [
      {
        name: 'the mail',
        line: 2,
        differences: [
          {
            path: 'targets.intranet.attributes.email',
            expected: '"b@x"',
            found: '"A@X"',
            expectedPhrase: null,
            foundPhrase: null,
          },
        ],
      },
    ],
  )
  assert.deepEqual(
    bad.body.problems.map(({ document, line, kind, hint }) => [document, line, kind, hint]),
    [
      ['rules', 9, 'reference', 'did you mean $lowercase?'],
      ['cases', 1, 'schema', null],
    ],
  )
  assert.deepEqual(
    bad.body.problems.map(({ phrase, advice }) => [phrase.code, phrase.parameters, phrase.fr, advice?.fr]),
    [
      [
        'expression.noFunction',
        { name: 'lowercas' },
        'il n’y a ni fonction ni variable $lowercas',
        'vouliez-vous dire $lowercase ?',
      ],
      ['document.missingKey', { name: 'expect' }, '« expect » manque', undefined],
    ],
  )
  assert.equal(bad.body.tests, null)
  assert.equal(await dump(), before)
})

test('why a test is red is told in both languages, also with a report that an older version of the gateway kept', async () => {
  const cases = 'cases: [{ name: x, given: { attributes: { mail: a@x } }, expect: { targets: { intranet: null } } }]'
  await ada.create('kept', smallRules('kept'), cases)
  const differenceOf = async () => {
    const { body } = await ask<RuleVersion>('/kept/versions/1')
    return body.check.tests?.results[0]?.differences[0]
  }

  const told = await differenceOf()
  await world.query(`update passerelle.rule_version set tests = jsonb_set(tests, '{results,0,differences}',
    '[{"path":"targets.intranet","expected":"nothing","found":"create"}]') where name = 'kept'`)
  const older = await differenceOf()

  assert.deepEqual(
    [told?.expected, told?.expectedPhrase?.fr, told?.found, told?.foundPhrase],
    ['nothing', 'rien', 'create', null],
  )
  assert.deepEqual(older, {
    path: 'targets.intranet',
    expected: 'nothing',
    found: 'create',
    expectedPhrase: null,
    foundPhrase: null,
  })
})

test('a check while typing answers in tens of milliseconds', async () => {
  const text = JSON.stringify({ ...shippedRules(), name: 'default' }, null, 2)
  const cases = {
    cases: Array.from({ length: 10 }, (_, index) => ({
      name: `case ${index}`,
      given: { attributes: { givenName: 'Zoé', familyName: 'Müller' } },
      expect: { identity: { login: 'zmuller' } },
    })),
  }
  const times: number[] = []

  for (let typed = 0; typed < 20; typed++) {
    const begun = performance.now()
    const { body } = await ask<RuleCheck>('/default/check', { text: `${text}${' '.repeat(typed)}`, cases: JSON.stringify(cases) })
    times.push(performance.now() - begun)
    assert.deepEqual([body.problems, body.tests?.red], [[], 0])
  }

  const middle = times.toSorted((left, right) => left - right)[10] ?? Infinity
  assert.ok(middle < 500, `${Math.round(middle)} ms`)
})

test('a text is tried on somebody made up, on a request that came, and on somebody as they are', async () => {
  const attributes = { givenName: 'Ada', familyName: 'Preview' }
  const { body: request } = await world.submit({ kind: 'create', externalId: 'p-1', attributes })
  assert.equal(request.state, 'succeeded')
  const text = JSON.stringify({ ...shippedRules() }).replace('"organizationalUnit"', `"'tried'"`)
  const before = await dump()

  const preview = (given: object, more: object = { text }) => ask<RulePreview>('/default/preview', { given, ...more })
  const made = await preview({ attributes, taken: ['apreview'] })
  const asked = await preview({ requestId: request.id })
  const asTheyAre = await preview({ source: 'test', externalId: 'P-1' })
  const inForce = await preview({ requestId: request.id }, { version: 1 })

  const seen = [made, asked, asTheyAre, inForce].map(({ body: { plan } }) => [
    plan?.identity['login']?.[0],
    plan?.steps[0]?.operation,
    plan?.steps[0]?.attributes['department']?.values[0] ?? null,
  ])
  assert.deepEqual(seen, [
    ['apreview2', 'create', 'tried'],
    ['apreview', 'create', 'tried'],
    ['apreview', 'update', 'tried'],
    ['apreview', 'create', null],
  ])
  assert.equal(inForce.body.plan?.hash, request.plan.hash)
  assert.equal(await dump(), before)
})

test('why there is no plan is an answer; nobody is tried who is not there', async () => {
  const given = { attributes: { givenName: 'Ada' } }
  const broken = await ask<RulePreview>('/default/preview', { text: 'name: default\n', given })
  const refused = await ask<RulePreview>('/default/preview', { version: 1, given })
  const nobody = await ask('/default/preview', { version: 1, given: { source: 'test', externalId: 'nobody' } })
  const nothing = await ask('/default/preview', { given })
  const foreign = await ask('/default/preview', { text: smallRules('default'), given }, people.rita)
  const reader = await ask<RulePreview>(
    '/default/preview',
    { version: 1, given: { attributes: { familyName: 'R' } } },
    people.rita,
  )

  assert.deepEqual([broken.body.problem?.code, broken.body.plan], ['unprocessable', null])
  assert.match(refused.body.problem?.message ?? '', /family_name/)
  const { message, phrase } = refused.body.problem ?? {}
  assert.equal(phrase?.en, message)
  assert.match(phrase?.fr ?? '', /family_name : l’attribut n’a pas de valeur/)
  assert.match(broken.body.problem?.phrase?.fr ?? '', /^default\.yaml:1:1 targets : « targets » manque$/)
  assert.deepEqual([nobody.status, nothing.status, foreign.status, reader.status], [404, 422, 403, 200])
})

test('versions are compared in sentences of both languages and as text, and read in either notation', async () => {
  await ada.create('compared', smallRules('compared'))
  await ada.verb('compared', 1, 'publish')
  await ada.save('compared', { text: smallRules('compared', '$lowercase(emailAddress)'), base: 1 })
  const { body: diff } = await ask<RuleDiff>('/compared/diff?from=1&to=2')
  const { body: same } = await ask<RuleDiff>('/compared/diff?from=2&to=2')
  const json = await ask<unknown>('/compared/versions/2?format=json')
  const yaml = await ask<string>('/compared/versions/2?format=yaml')

  assert.deepEqual(
    diff.changes.map(({ path, sentence }) => [path, sentence.fr]),
    [
      [
        'targets.intranet.attributes.email.value',
        'intranet : l’attribut email, son expression change : emailAddress devient $lowercase(emailAddress)',
      ],
    ],
  )
  assert.match(
    diff.text,
    /^--- compared \(version 1\)[^]*\n-      email: emailAddress\n\+      email: \$lowercase\(emailAddress\)\n/m,
  )
  assert.deepEqual([same.changes, same.text], [[], ''])
  assert.equal((json.body as { name: string }).name, 'compared')
  assert.equal(yaml.body, smallRules('compared', '$lowercase(emailAddress)'))
  for (const [path, status] of [
    ['/compared/diff?from=1', 400],
    ['/compared/diff?from=1&to=9', 404],
    ['/nowhere', 404],
    ['/compared/versions/x', 404],
  ] as const)
    assert.equal((await ask(path)).status, status, path)
})

test('texts that have nothing in common are compared without keeping others waiting', async () => {
  const long = (word: string) =>
    `${smallRules('long')}# ${Array.from({ length: 6_000 }, (_, line) => `${word} ${line}`).join('\n# ')}\n`
  await ada.create('long', long('before'))
  await ada.verb('long', 1, 'publish')
  await ada.save('long', { text: long('after'), base: 1 })

  const { body } = await ask<RuleDiff>('/long/diff?from=1&to=2')

  assert.match(body.text, /^@@ -1,\d+ \+1,\d+ @@$/m)
  assert.ok(body.text.includes('\n-# before 5999\n') || body.text.includes('\n-# before 5999'), body.text.slice(-200))
})

test('rule sets are listed by name, with what is in force, what is pending, and for whom', async () => {
  const first = await ask<Page<RuleSetSummary>>('?limit=1')
  const second = await ask<Page<RuleSetSummary>>(`?limit=200&cursor=${first.body.next}`)

  const all = [...first.body.items, ...second.body.items]
  const shipped = all.find(({ name }) => name === 'default')
  assert.deepEqual(
    all.map(({ name }) => name),
    all.map(({ name }) => name).toSorted(),
  )
  assert.deepEqual(
    [shipped?.published?.author, shipped?.pending, shipped?.targets, shipped?.sources],
    ['configuration', null, ['directory', 'intranet'], ['other', 'test']],
  )
  assert.equal(all.find(({ name }) => name === 'compared')?.pending?.version, 2)
})
