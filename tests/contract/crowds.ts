/** Groups of a size that careless code reads or writes as a whole. The last tests of the suite: what comes after them would be slow. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compensate } from '#connectors/kit/session.ts'
import { carryOut, changeOf, created, type Bench } from './bench.ts'

export function crowdTests(count: number, bench: () => Bench): void {
  test(`one of ${count} in a group is put in and taken out, and the others stay`, async () => {
    await using driver = await bench().driver()
    const { groups, crowd } = bench().fixture
    assert.ok(crowd !== undefined, 'the fixture does what its traits say')
    const account = await created(driver, bench().person())
    await crowd(groups.admins, count)
    const before = await bench().dump()

    const joined = await carryOut(driver, changeOf(account, 'membership', { memberships: { add: [groups.admins], remove: [] } }))
    const between = await bench().dump()
    const undone = await compensate(driver, joined)

    assert.deepEqual(joined.after?.memberships, [groups.admins])
    assert.notEqual(between, before)
    assert.equal(undone.outcome, 'undone')
    assert.equal(await bench().dump(), before)
  })
}
