/** What a target lacks: its connector says so beforehand, and a change that needs it is refused clearly. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '#core/account.ts'
import { perform, type Change } from '#connectors/kit/session.ts'
import type { Lack } from '#connectors/kit/connector.ts'
import { changeFor, changeOf, created, desired, type Bench } from './bench.ts'
import { lacksOf, type ContractSuiteOptions } from './fixture.ts'

export function lackTests({ traits }: ContractSuiteOptions, bench: () => Bench): void {
  test('what the target lacks is said beforehand, and nothing else', () => {
    assert.deepEqual([...(bench().capabilities.lacks ?? [])].toSorted(), lacksOf(traits).toSorted())
  })

  for (const lack of lacksOf(traits)) {
    test(`a change that needs what the target lacks (${lack}) is refused before anything is sent, and says so`, async () => {
      await using driver = await bench().driver()
      const account = await created(driver, bench().person())
      const before = await bench().dump()

      const refused = perform(driver, needing(lack, account, bench()), account)

      await assert.rejects(refused, { code: 'unsupported', sent: 'no' })
      assert.equal(await bench().dump(), before)
    })
  }

  const more = {
    ...(traits.groups ? {} : { memberships: { add: ['staff'], remove: [] } }),
    ...(traits.secret === null ? { secrets: { password: 'First-pass-1!' } } : {}),
  }
  if (Object.keys(more).length === 0) return
  test('a new account that needs what the target lacks is not made without it', async () => {
    await using driver = await bench().driver()
    const before = await bench().dump()

    await assert.rejects(perform(driver, changeFor(bench().person(), 'create', more), null), { code: 'unsupported', sent: 'no' })

    assert.equal(await bench().dump(), before)
  })
}

function needing(lack: Lack, account: Account, { traits, person }: Bench): Change {
  switch (lack) {
    case 'rename':
      return changeOf(account, 'update', { attributes: desired({ [traits.login]: person().attributes[traits.login] ?? [] }) })
    case 'disable':
      return changeOf(account, 'disable')
    case 'memberships':
      return changeOf(account, 'membership', { memberships: { add: ['staff'], remove: [] } })
    case 'passwords':
      return changeOf(account, 'password', { secrets: { password: 'First-pass-1!' } })
  }
}
