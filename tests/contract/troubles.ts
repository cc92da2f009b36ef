/** What systems do to everybody: they have had enough for now, and they forget who is logged in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGatewayError } from '#core/errors.ts'
import { perform } from '#connectors/kit/session.ts'
import { carryOut, changeFor, changeOf, created, desired, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

export function troubleTests({ traits: { text, throttles, expires } }: ContractSuiteOptions, bench: () => Bench): void {
  if (throttles === true) throttled(text, bench)
  else explained('has enough of nobody', throttles, () => bench().fixture.troubles?.throttle)
  if (expires === true) expired(bench)
  else explained('forgets nobody who is logged in', expires, () => bench().fixture.troubles?.expireSessions)
}

function throttled(text: string, bench: () => Bench): void {
  const throttle = (...asked: readonly [calls: number, seconds: number, form?: 'date']) => {
    const { troubles } = bench().fixture
    assert.ok(troubles?.throttle !== undefined, 'the fixture does what its traits say')
    troubles.throttle(...asked)
  }

  test('a system that has had enough says so before anything is changed, and for how long', async () => {
    await using driver = await bench().driver('throttle')
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

  test('a system may say until when it has had enough', async () => {
    await using driver = await bench().driver('throttle')
    const { correlate } = bench().person()
    throttle(1, 600, 'date')

    const refused = driver.find({ nativeId: null, correlate })

    await assert.rejects(refused, (error) => {
      assert.ok(isGatewayError(error) && error.code === 'throttled')
      // The date has no parts of a second, and time passes.
      assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs <= 600_000 && error.retryAfterMs > 300_000)
      return true
    })
    assert.equal(await driver.find({ nativeId: null, correlate }), null)
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

function explained(what: string, why: string, trouble: () => unknown): void {
  test(`a system that ${what} has a reason: ${why}`, () => {
    assert.match(why, /^[A-Z].{20,}\.$/)
    assert.equal(trouble(), undefined, 'what the fixture can do is to be proven')
  })
}
