/** Putting back: exactly as before, twice without harm, and never over what somebody else wrote. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account, Receipt } from '#core/account.ts'
import { compensate, type Change } from '#connectors/kit/session.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { carryOut, changeFor, changeOf, created, desired, type Bench } from './bench.ts'
import type { ContractSuiteOptions, Sample } from './fixture.ts'

const deletion = 'a deletion'

type Make = (account: Account, bench: Bench) => Change

export function undoTests({ traits, connector }: ContractSuiteOptions, bench: () => Bench): void {
  const { text, empty, login, multivalued, secret } = traits
  const exact = connector.capabilities.undo
  const cases: [string, boolean, Make][] = [
    [
      'an update',
      exact.update === 'exact',
      (account) => changeOf(account, 'update', { attributes: desired({ [text]: ['Other'], [empty]: ['New'] }) }),
    ],
    [
      'clearing a value',
      exact.update === 'exact',
      (account) => changeOf(account, 'update', { attributes: desired({ [text]: [] }) }),
    ],
    [
      'a rename',
      exact.update === 'exact' && traits.renames !== false,
      (account, { person }) =>
        changeOf(account, 'update', { attributes: desired({ [login]: person().attributes[login] ?? [] }) }),
    ],
    ['a disable', traits.disable && exact.disable === 'exact', (account) => changeOf(account, 'disable')],
    [
      'a membership change',
      traits.groups && exact.membership === 'exact',
      (account, { fixture: { groups } }) =>
        changeOf(account, 'membership', { memberships: { add: [groups.admins], remove: [groups.staff] } }),
    ],
    [
      'a departure: disabled, moved, stripped, and out of every group',
      traits.disable && traits.groups && exact.disable === 'exact' && exact.membership === 'exact',
      (account) =>
        changeOf(account, 'disable', {
          attributes: desired({ [traits.empty]: ['leavers'], [traits.text]: [] }),
          memberships: { add: [], remove: [], all: true },
        }),
    ],
    [deletion, exact.delete === 'exact' || exact.delete === 'lossy', (account) => changeOf(account, 'delete')],
    ...(multivalued === null
      ? []
      : [
          [
            'merged values',
            exact.update === 'exact',
            (account) =>
              changeOf(account, 'update', {
                attributes: desired({ [multivalued]: ['ours@example.org'] }, { multivalued: 'merge' }),
              }),
          ] satisfies [string, boolean, Make],
        ]),
    ...(secret === null
      ? []
      : [
          [
            'a password change',
            exact.password === 'exact',
            (account) => changeOf(account, 'password', { secrets: { [secret]: 'Newer-pass-2!' } }),
          ] satisfies [string, boolean, Make],
        ]),
  ]
  for (const [title, possible, make] of cases) {
    if (!possible) continue
    test(`undoing ${title} leaves the target exactly as before, and a second undo leaves it so`, async () => {
      await using driver = await bench().driver()
      const account = await inhabitant(driver, bench(), bench().person())
      const before = await bench().dump()
      const receipt = await carryOut(driver, make(account, bench()))
      assert.notEqual(await bench().dump(), before)

      const first = await compensate(driver, receipt)
      const between = await bench().dump()
      const second = await compensate(driver, receipt)

      assert.ok(first.outcome === 'undone')
      assert.deepEqual(first.remains, title === deletion ? (traits.lostByDeletion ?? []) : [])
      assert.equal(first.label, account.label)
      assert.equal(between, before)
      assert.equal(second.outcome, 'undone')
      assert.equal(await bench().dump(), before)
    })
  }
  undoOfCreation(bench)
  undoOfAdoption({ traits }, bench)
  driftBeforeUndo({ traits }, bench)
}

/** An account with everything an undo could lose; a password only where the system gives an old one back. */
function inhabitant(driver: Driver, { traits, fixture, connector }: Bench, person: Sample): Promise<Account> {
  const hasPassword = traits.secret !== null && connector.capabilities.undo.password === 'exact'
  return created(driver, person, {
    memberships: { add: traits.groups ? [fixture.groups.staff] : [], remove: [] },
    secrets: hasPassword && traits.secret !== null ? { [traits.secret]: 'Older-pass-1!' } : {},
  })
}

function undoOfCreation(bench: () => Bench): void {
  test('undoing a creation removes what was created, once or twice', async () => {
    await using driver = await bench().driver()
    const before = await bench().dump()
    const { groups } = bench().fixture
    const memberships = { add: bench().traits.groups ? [groups.staff] : [], remove: [] }
    const receipt = await carryOut(driver, changeFor(bench().person(), 'create', { memberships }))

    const first = await compensate(driver, receipt)
    const second = await compensate(driver, receipt)

    assert.equal(first.outcome, 'undone')
    assert.equal(second.outcome, 'undone')
    assert.equal(await bench().dump(), before)
  })

  test('a created account that somebody else has put data on is not deleted', async () => {
    await using driver = await bench().driver()
    const { empty } = bench().traits
    const receipt = await carryOut(driver, changeFor(bench().person(), 'create'))
    await bench().fixture.drift(afterOf(receipt), empty, ['Theirs'])
    const before = await bench().dump()

    const result = await compensate(driver, receipt)

    assert.deepEqual(result, { outcome: 'stuck', differences: [{ item: empty, expected: [], found: ['Theirs'] }] })
    assert.equal(await bench().dump(), before)
  })

  test('a receipt of nothing leaves nothing to put back', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const account = await created(driver, person)
    const receipt = await carryOut(driver, changeOf(account, 'create', { attributes: desired(person.attributes) }))
    const before = await bench().dump()

    assert.equal((await compensate(driver, receipt)).outcome, 'kept')
    assert.equal(await bench().dump(), before)
  })
}

function undoOfAdoption({ traits: { text, disable } }: Pick<ContractSuiteOptions, 'traits'>, bench: () => Bench): void {
  test('an account that was there before is put back as it was and not deleted', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const stranger = await inhabitant(driver, bench(), person)
    if (disable) await carryOut(driver, changeOf(stranger, 'disable'))
    const before = await bench().dump()
    const receipt = await carryOut(
      driver,
      changeFor(person, 'create', { attributes: desired({ ...person.attributes, [text]: ['Ours'] }) }),
    )

    const result = await compensate(driver, receipt)

    assert.equal(receipt.disposition, 'adopted')
    assert.equal(result.outcome, 'undone')
    assert.equal(await bench().dump(), before)
  })
}

function driftBeforeUndo({ traits: { text, empty } }: Pick<ContractSuiteOptions, 'traits'>, bench: () => Bench): void {
  test('what somebody else wrote over our value stays, and the undo says exactly what it found', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const change = changeOf(account, 'update', { attributes: desired({ [text]: ['Ours'], [empty]: ['Ours too'] }) })
    const receipt = await carryOut(driver, change)
    await bench().fixture.drift(afterOf(receipt), text, ['Theirs'])
    const before = await bench().dump()

    const result = await compensate(driver, receipt)

    assert.deepEqual(result, { outcome: 'stuck', differences: [{ item: text, expected: ['Ours'], found: ['Theirs'] }] })
    assert.equal(await bench().dump(), before)
  })

  test('what somebody else wrote elsewhere stays while ours is put back', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const receipt = await carryOut(driver, changeOf(account, 'update', { attributes: desired({ [text]: ['Ours'] }) }))
    await bench().fixture.drift(afterOf(receipt), empty, ['Theirs'])

    const result = await compensate(driver, receipt)

    const found = await driver.find({ nativeId: account.nativeId, correlate: {} })
    assert.equal(result.outcome, 'undone')
    assert.deepEqual(found?.attributes, { ...account.attributes, [empty]: ['Theirs'] })
  })

  test('a deleted account does not come back over one that took its place', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const account = await created(driver, person)
    const receipt = await carryOut(driver, changeOf(account, 'delete'))
    await created(driver, { ...person, attributes: { ...person.attributes, [text]: ['Successor'] } })
    const before = await bench().dump()

    const result = await compensate(driver, receipt)

    assert.equal(result.outcome, 'stuck')
    assert.equal(await bench().dump(), before)
  })
}

function afterOf(receipt: Receipt): Account {
  assert.ok(receipt.after !== null)
  return receipt.after
}
