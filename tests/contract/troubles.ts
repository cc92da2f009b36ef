/** What systems behind HTTP do to everybody: they have had enough for now, and they forget who is logged in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perform } from '#connectors/kit/session.ts'
import { carryOut, changeFor, changeOf, created, desired, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

export function troubleTests({ traits: { text, throttles, expires } }: ContractSuiteOptions, bench: () => Bench): void {
  if (throttles === true) throttled(text, bench)
  if (expires === true) expired(bench)
}

function throttled(text: string, bench: () => Bench): void {
  test('a system that has had enough says so before anything is changed, and for how long', async () => {
    const { throttle } = bench().fixture.troubles ?? {}
    assert.ok(throttle !== undefined, 'the fixture does what its traits say')
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const before = await bench().dump()
    const change = changeOf(account, 'update', { attributes: desired({ [text]: ['Ours'] }) })

    throttle(1, 7)
    await assert.rejects(perform(driver, change, account), { code: 'throttled', retryAfterMs: 7_000 })
    throttle(1, 7)
    await assert.rejects(carryOut(driver, changeFor(bench().person(), 'create')), { code: 'throttled' })

    assert.equal(await bench().dump(), before)
    assert.equal((await carryOut(driver, change)).disposition, 'changed')
  })
}

function expired(bench: () => Bench): void {
  test('a login that expired is renewed unseen, for what reads and for what writes', async () => {
    const { expireSessions } = bench().fixture.troubles ?? {}
    assert.ok(expireSessions !== undefined, 'the fixture does what its traits say')
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())

    await expireSessions()
    const found = await driver.find({ nativeId: account.nativeId, correlate: {} })
    await expireSessions()
    const receipt = await perform(driver, changeFor(bench().person(), 'create'), null)

    assert.deepEqual(found, account)
    assert.equal(receipt.disposition, 'created')
  })
}
