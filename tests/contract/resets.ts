/** Passwords that nobody can put back: after an undo neither the new one nor the old one is in force, and that is said. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account, Receipt } from '#core/account.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { compensate } from '#connectors/kit/session.ts'
import { carryOut, changeOf, created, desired, holds, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

const [first, second] = ['First-pass-1!', 'Second-pass-2!']

export function resetTests({ traits, connector }: ContractSuiteOptions, bench: () => Bench): void {
  const { secret, text, mustChange = '' } = traits
  if (secret === null || connector.capabilities.undo.password !== 'reset') return

  /** Somebody with a password, whom a step gave another one. */
  async function changed(driver: Driver, more: Parameters<typeof changeOf>[2] = {}): Promise<[Account, Receipt]> {
    const account = await created(driver, bench().person(), { secrets: { [secret ?? '']: first } })
    const receipt = await carryOut(driver, changeOf(account, 'update', { ...more, secrets: { [secret ?? '']: second } }))
    assert.equal(await holds(bench(), driver, account, second), true)
    return [account, receipt]
  }
  const inForce = async (driver: Driver, account: Account) => [
    await holds(bench(), driver, account, first),
    await holds(bench(), driver, account, second),
  ]

  test('undoing a password change leaves neither the new password nor the old one in force, and says so, once or twice', async () => {
    await using driver = await bench().driver()
    const [account, receipt] = await changed(driver)
    let begun = 0
    const begin = async () => {
      assert.deepEqual(await inForce(driver, account), [false, true])
      begun++
    }

    const undone = await compensate(driver, receipt, { set: { [secret]: second } }, { begin })
    const between = await inForce(driver, account)
    const again = await compensate(driver, receipt, { set: { [secret]: second } }, { begun: true })

    assert.ok(undone.outcome === 'undone' && again.outcome === 'undone')
    assert.deepEqual([undone.reset, undone.remains, again.reset, again.remains], [[secret], [], [secret], []])
    assert.deepEqual([begun, between, await inForce(driver, account)], [1, [false, false], [false, false]])
  })

  test('what was changed with the password is as before', async () => {
    await using driver = await bench().driver()
    const [account, receipt] = await changed(driver, { attributes: desired({ [text]: ['Other'] }) })

    const undone = await compensate(driver, receipt, { set: { [secret]: second } })

    const found = await driver.find({ nativeId: account.nativeId, correlate: {} })
    assert.ok(undone.outcome === 'undone' && undone.reset.length === 1)
    assert.deepEqual([found?.attributes[text], found?.enabled], [account.attributes[text], true])
    assert.deepEqual(await inForce(driver, account), [false, false])
  })

  if (typeof mustChange === 'string') {
    test(`a system that cannot ask for another password has a reason: ${mustChange}`, () => assert.match(mustChange, /\w.*\.$/))
    return
  }
  test('whoever logs in after the undo must choose another password', async () => {
    await using driver = await bench().driver()
    const { mustChange: asks } = bench().fixture
    assert.ok(asks !== undefined, 'the fixture can tell')
    const [account, receipt] = await changed(driver)
    const before = await asks(account)

    await compensate(driver, receipt, { set: { [secret]: second } })

    assert.deepEqual([before, await asks(account)], [false, true])
  })
}
