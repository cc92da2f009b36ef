/** What a target says about itself: its schema, its accounts in pages, and whether it can be used at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionChecks, type ConnectionReport } from '#connectors/kit/connector.ts'
import { kitPhrases } from '#connectors/kit/phrases.ts'
import { testConnection } from '#connectors/kit/probe.ts'
import { toSurvey } from '#connectors/kit/survey.ts'
import { carryOut, changeOf, created, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

export function discoveryTests({ traits }: ContractSuiteOptions, bench: () => Bench): void {
  test('every account is listed once, in pages no larger than asked, as it would be found', async () => {
    await using driver = await bench().driver()
    const accounts = []
    for (let count = 0; count < 7; count++) accounts.push(await created(driver, bench().person()))
    const disabled = traits.disable ? accounts[0] : undefined
    if (disabled !== undefined) await carryOut(driver, changeOf(disabled, 'disable'))

    const pages = []
    for await (const page of driver.list(3)) pages.push(page)

    const listed = new Map(pages.flat().map((account) => [account.nativeId, account]))
    assert.equal(listed.size, pages.flat().length)
    assert.ok(pages.length > 2 && pages.every((page) => page.length <= 3))
    for (const { nativeId } of accounts) {
      assert.deepEqual(listed.get(nativeId), await driver.find({ nativeId, correlate: {} }))
    }
  })

  test('the schema names the attributes, which are required, and which take several values', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())

    const { attributes } = await driver.discoverSchema()

    const named = new Map(attributes.map((attribute) => [attribute.name, attribute]))
    assert.equal(named.size, attributes.length)
    for (const name of Object.keys({ ...bench().person().attributes, ...account.attributes }))
      assert.ok(named.has(name), `${name} is in the schema`)
    assert.equal(named.get(traits.login)?.readOnly, false)
    if (traits.multivalued !== null) assert.equal(named.get(traits.multivalued)?.multivalued, true)
  })

  test('what the target says of itself changes nothing, stands in both languages, and claims no more than is declared', async () => {
    await using driver = await bench().driver()
    await created(driver, bench().person())
    const before = await bench().dump()

    const survey = (await driver.survey?.()) ?? { system: null, facts: [], narrows: {}, secretEndsAt: null }

    assert.equal(await bench().dump(), before)
    assert.equal(survey.system === null, traits.system === undefined, String(survey.system))
    if (traits.system !== undefined) assert.match(survey.system ?? '', traits.system)
    assert.deepEqual(
      survey.facts.filter(({ en, fr }) => en === '' || fr === '' || en === fr),
      [],
    )
    assert.deepEqual(toSurvey(JSON.parse(JSON.stringify(survey))), survey)
  })

  test('the connection test of a good target passes every check, in order', async () => {
    await using connection = bench().connect(bench().fixture.config)

    const report = await testConnection(connection, AbortSignal.timeout(10_000))

    const done = report.checks.map(({ check }) => check)
    assert.deepEqual(
      report.checks.filter(({ ok }) => !ok),
      [],
    )
    assert.equal(report.ok, true)
    assert.deepEqual(untold(report), [])
    assert.deepEqual(
      done,
      connectionChecks.filter((check) => done.includes(check)),
    )
  })

  if (!traits.proxied) return
  test('the connection test of a broken configuration ends at the check that says what is wrong, and shows no secret', async () => {
    assert.notEqual(bench().fixture.broken.length, 0)
    for (const { title, config, check } of bench().fixture.broken) {
      await using connection = bench().connect(config)

      const report = await testConnection(connection, AbortSignal.timeout(10_000))

      const failed = report.checks.filter(({ ok }) => !ok)
      assert.equal(report.ok, false, title)
      assert.deepEqual([title, failed.map((one) => one.check)], [title, [check]])
      assert.equal(report.checks.at(-1), failed[0], 'nothing is tried after the first failure')
      assert.ok((failed[0]?.message ?? '').length > 10)
      assert.deepEqual([title, untold(report)], [title, []])
      assert.doesNotMatch(JSON.stringify(report), /wrong-secret/)
    }
  })
}

/** What people would have to read in English, or guess: a check without a sentence of its own in both languages, or a failure without a code. */
function untold({ checks }: ConnectionReport): readonly string[] {
  const isTold = ({ ok, code, phrase }: ConnectionReport['checks'][number]) =>
    phrase !== undefined && phrase !== kitPhrases.compareSettings && (ok || code !== undefined)
  return checks.filter((check) => !isTold(check)).map(({ message }) => message)
}
