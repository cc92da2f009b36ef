/** Names that break careless code: they are literal data in every target, or an error, and never syntax. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '#core/account.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { carryOut, changeFor, changeOf, desired, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

const awkwardNames = [
  `O'Brien "Bob" Mc\`Tick`,
  'comma, semicolon; plus+ equals= less< more>',
  'back\\slash \\2C \\0a \\x00 %00 $1 ${2} {{3}}',
  '#leading hash',
  ' leading and trailing space ',
  '*)(uid=*))(|(uid=*',
  `x'); DROP TABLE accounts; -- `,
  'Zoë Åström Łukasz Ñandú Đặng',
  '李小龙 محمد עברית',
  '🦊 fox 👩‍👩‍👧 family',
  '../../etc/passwd',
  '<b>&amp;</b>',
  'NULL',
]

export function nameTests({ traits }: ContractSuiteOptions, bench: () => Bench): void {
  for (const name of awkwardNames) {
    if (traits.refusedInLogin?.test(name) === true) continue
    test(`the name «${name}» is literal data when creating, finding, renaming and deleting`, async () => {
      await using driver = await bench().driver()
      const before = await bench().dump()
      const person = bench().person(name)

      const { after: account } = await carryOut(
        driver,
        changeFor(person, 'create', { memberships: groupsOf(traits.groups, bench()) }),
      )
      assert.ok(account !== null)
      const found = await driver.find({ nativeId: null, correlate: person.correlate })
      const renamed = await renamedAgain(driver, account, name, bench())
      await carryOut(driver, changeOf(account, 'delete'))

      assert.deepEqual(found, account)
      assert.deepEqual(account.attributes[traits.text], [name])
      assert.deepEqual([renamed?.nativeId, renamed?.memberships], [account.nativeId, account.memberships])
      assert.equal(await bench().dump(), before)
    })
  }

  test('a NUL character is refused before anything is sent', async () => {
    await using driver = await bench().driver()
    const before = await bench().dump()

    await assert.rejects(carryOut(driver, changeFor(bench().person('nul\0byte'), 'create')), { code: 'invalid', sent: 'no' })

    assert.equal(await bench().dump(), before)
  })
}

/** Somebody else of the same name, so that the login is a new one; where accounts are not renamed, as it is. */
async function renamedAgain(driver: Driver, account: Account, name: string, bench: Bench): Promise<Account | null> {
  if (bench.traits.renames === false) return driver.find({ nativeId: account.nativeId, correlate: {} })
  const update = changeOf(account, 'update', { attributes: desired(bench.person(name).attributes) })
  return (await carryOut(driver, update)).after
}

function groupsOf(has: boolean, { fixture }: Bench) {
  return { add: has ? [fixture.groups.staff] : [], remove: [] }
}
