/** Creating, changing, disabling, renaming, grouping and deleting accounts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameValues } from '#core/values.ts'
import { isGatewayError } from '#core/errors.ts'
import { compensate, perform } from '#connectors/kit/session.ts'
import { carryOut, changeFor, changeOf, created, desired, holds, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

export function lifecycleTests(options: ContractSuiteOptions, bench: () => Bench): void {
  creation(bench)
  changes(options, bench)
  removal(bench)
  returning(options, bench)
  if (options.traits.disable) enabling(bench)
  if (options.traits.groups) memberships(bench)
  const { secret } = options.traits
  if (secret !== null) passwords(secret, bench)
}

function creation(bench: () => Bench): void {
  test('a created account is found again, by its native id and by its correlating attributes, with all it was given', async () => {
    await using driver = await bench().driver()
    const person = bench().person()

    const receipt = await carryOut(driver, changeFor(person, 'create'))

    const found = await driver.find({ nativeId: receipt.nativeId, correlate: {} })
    assert.equal(receipt.disposition, 'created')
    assert.equal(receipt.before, null)
    assert.deepEqual(found, await driver.find({ nativeId: null, correlate: person.correlate }))
    assert.equal(found?.enabled, true)
    for (const [name, values] of Object.entries(person.attributes)) {
      assert.ok(sameValues(found?.attributes[name] ?? [], values), `${name} is as it was given`)
    }
  })

  test('creating the same account twice changes nothing the second time', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const account = await created(driver, person)
    const before = await bench().dump()

    const again = await carryOut(driver, changeOf(account, 'create', { attributes: desired(person.attributes) }))

    assert.equal(again.disposition, 'noop')
    assert.equal(await bench().dump(), before)
  })

  test('a creation that meets an account in its place answers exists and changes nothing', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    await created(driver, person)
    const before = await bench().dump()

    await assert.rejects(perform(driver, changeFor(person, 'create'), null), { code: 'exists' })

    assert.equal(await bench().dump(), before)
  })

  test('of two creations of one account at once, one makes it and the other hears that it exists', async () => {
    await using one = await bench().driver()
    await using other = await bench().driver()
    const person = bench().person()
    const change = changeFor(person, 'create')

    const results = await Promise.allSettled([perform(one, change, null), perform(other, change, null)])

    const refused = results.filter((result) => result.status === 'rejected')
    assert.equal(refused.length, 1)
    assert.ok(isGatewayError(refused[0]?.reason) && refused[0].reason.code === 'exists')
    assert.notEqual(await one.find({ nativeId: null, correlate: person.correlate }), null)
  })

  test('an account that was there already is adopted: only what differs is written', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const { text } = bench().traits
    const stranger = await created(driver, person)

    const change = changeFor(person, 'create', { attributes: desired({ ...person.attributes, [text]: ['Ours'] }) })
    const receipt = await carryOut(driver, change)

    assert.equal(receipt.disposition, 'adopted')
    assert.equal(receipt.nativeId, stranger.nativeId)
    assert.deepEqual(
      receipt.writes.attributes.map(({ attribute }) => attribute),
      [text],
    )
  })

  test('a key with neither native id nor correlating attributes finds nothing and is refused', async () => {
    await using driver = await bench().driver()

    await assert.rejects(driver.find({ nativeId: null, correlate: {} }), { code: 'config' })
  })

  test('an unknown native id, of whatever form, finds nothing', async () => {
    await using driver = await bench().driver()

    assert.equal(await driver.find({ nativeId: '00000000-0000-4000-8000-000000000000', correlate: {} }), null)
  })
}

function changes({ traits }: ContractSuiteOptions, bench: () => Bench): void {
  const { text, empty, login, multivalued } = traits

  test('an update writes what differs, clears what is empty and leaves the rest', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())

    const { after, writes } = await carryOut(
      driver,
      changeOf(account, 'update', { attributes: desired({ [text]: [], [empty]: ['New'] }) }),
    )

    assert.deepEqual(writes.attributes.map(({ attribute }) => attribute).toSorted(), [empty, text].toSorted())
    const { [text]: _cleared, ...rest } = account.attributes
    assert.deepEqual({ ...after?.attributes, [empty]: undefined }, { ...rest, [empty]: undefined })
    assert.deepEqual(after?.attributes[empty], ['New'])
  })

  test('weak values fill what is empty only, initial values nothing any more', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const attributes = {
      ...desired({ [text]: ['Weak'], [empty]: ['Weak'] }, { strength: 'weak' }),
      ...desired({ [login]: ['initial'] }, { strength: 'initial' }),
    }

    const { after } = await carryOut(driver, changeOf(account, 'update', { attributes }))

    assert.deepEqual(after?.attributes[text], account.attributes[text])
    assert.deepEqual(after?.attributes[empty], ['Weak'])
    assert.deepEqual(after?.attributes[login], account.attributes[login])
  })

  if (traits.renames !== false) renaming({ traits }, bench)
  if (multivalued !== null) {
    test('merged values join those that others put there; the same values again change nothing', async () => {
      await using driver = await bench().driver()
      const account = await created(driver, bench().person())
      await bench().fixture.drift(account, multivalued, ['theirs@example.org'])
      const merge = changeOf(account, 'update', {
        attributes: desired({ [multivalued]: ['ours@example.org'] }, { multivalued: 'merge' }),
      })

      const { after } = await carryOut(driver, merge)
      const again = await carryOut(driver, merge)

      assert.ok(sameValues(after?.attributes[multivalued] ?? [], ['theirs@example.org', 'ours@example.org']))
      assert.equal(again.disposition, 'noop')
    })
  }
}

function renaming({ traits: { login, text, groups } }: Pick<ContractSuiteOptions, 'traits'>, bench: () => Bench): void {
  test('a change of the login renames the account and keeps its native id', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const renamed = bench().person().attributes[login] ?? []

    const { after } = await carryOut(driver, changeOf(account, 'update', { attributes: desired({ [login]: renamed }) }))

    assert.equal(after?.nativeId, account.nativeId)
    assert.deepEqual(after?.attributes[login], renamed)
    assert.notEqual(after?.label, null)
  })

  test('a rename onto the login of somebody else answers exists and changes nothing', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const other = await created(driver, bench().person())
    const before = await bench().dump()
    const taken = changeOf(account, 'update', {
      attributes: desired({ [login]: other.attributes[login] ?? [], [text]: ['Other'] }),
    })

    await assert.rejects(carryOut(driver, taken), { code: 'exists' })

    assert.equal(await bench().dump(), before)
  })

  if (!groups) return
  test('a rename keeps the memberships', async () => {
    await using driver = await bench().driver()
    const { staff } = bench().fixture.groups
    const account = await created(driver, bench().person(), { memberships: { add: [staff], remove: [] } })
    const renamed = bench().person().attributes[login] ?? []

    const { after } = await carryOut(driver, changeOf(account, 'update', { attributes: desired({ [login]: renamed }) }))

    assert.deepEqual(after?.memberships, [staff])
  })
}

function removal(bench: () => Bench): void {
  test('a deleted account is gone; deleting it again is no error', async () => {
    await using driver = await bench().driver()
    const before = await bench().dump()
    const account = await created(driver, bench().person())

    const receipt = await carryOut(driver, changeOf(account, 'delete'))
    const again = await carryOut(driver, changeOf(account, 'delete'))

    assert.equal(receipt.disposition, 'deleted')
    assert.equal(receipt.before?.nativeId, account.nativeId)
    assert.equal(again.disposition, 'noop')
    assert.equal(await bench().dump(), before)
  })

  test('a deletion of an account that vanished since its before-image has nothing to bring back', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    await driver.remove(account)

    const receipt = await perform(driver, changeOf(account, 'delete'), account)

    assert.equal(receipt.disposition, 'noop')
  })
}

/** Where a deletion only puts accounts away, the login in the trash must not be in the way, nor bring back what it had. */
function returning({ traits: { empty, groups } }: ContractSuiteOptions, bench: () => Bench): void {
  test('who was deleted can be created anew, with what is new and with nothing of before', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const memberships = { add: groups ? [bench().fixture.groups.staff] : [], remove: [] }
    const first = await created(driver, { ...person, attributes: { ...person.attributes, [empty]: ['Former'] } }, { memberships })
    await carryOut(driver, changeOf(first, 'delete'))

    const receipt = await carryOut(driver, changeFor(person, 'create'))

    assert.deepEqual([receipt.disposition, receipt.after?.enabled], ['created', true])
    assert.deepEqual([receipt.after?.attributes[empty], receipt.after?.memberships], [undefined, []])
  })
}

function enabling(bench: () => Bench): void {
  test('undoing an enable leaves the account disabled, as it was', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    await carryOut(driver, changeOf(account, 'disable'))
    const before = await bench().dump()

    const result = await compensate(driver, await carryOut(driver, changeOf(account, 'enable')))

    assert.equal(result.outcome, 'undone')
    assert.equal(await bench().dump(), before)
  })

  test('disable and enable switch the account and touch nothing else; twice is no error', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person())
    const before = await bench().dump()

    const disabled = await carryOut(driver, changeOf(account, 'disable'))
    const twice = await carryOut(driver, changeOf(account, 'disable'))
    const enabled = await carryOut(driver, changeOf(account, 'enable'))

    assert.equal(disabled.after?.enabled, false)
    assert.deepEqual(disabled.after?.attributes, account.attributes)
    assert.equal(twice.disposition, 'noop')
    assert.equal(enabled.after?.enabled, true)
    assert.equal(await bench().dump(), before)
  })

  test('a disabled account is still found, and an update leaves it disabled', async () => {
    await using driver = await bench().driver()
    const person = bench().person()
    const account = await created(driver, person)
    await carryOut(driver, changeOf(account, 'disable'))

    const update = changeFor(person, 'update', { attributes: desired({ [bench().traits.empty]: ['New'] }) })
    const { after } = await carryOut(driver, update)

    assert.equal(after?.nativeId, account.nativeId)
    assert.equal(after?.enabled, false)
  })
}

function memberships(bench: () => Bench): void {
  test('memberships are given and taken, and only those', async () => {
    await using driver = await bench().driver()
    const { staff, admins } = bench().fixture.groups
    const account = await created(driver, bench().person(), { memberships: { add: [staff], remove: [] } })

    const swap = changeOf(account, 'membership', { memberships: { add: [admins], remove: [staff] } })
    const { after } = await carryOut(driver, swap)
    const again = await carryOut(driver, swap)

    assert.deepEqual(account.memberships, [staff])
    assert.deepEqual(after?.memberships, [admins])
    assert.deepEqual(after?.attributes, account.attributes)
    assert.equal(again.disposition, 'noop')
  })

  test('who leaves is out of every group, whoever put them there, in the step that disables; twice is once', async () => {
    await using driver = await bench().driver()
    const { staff, admins } = bench().fixture.groups
    const account = await created(driver, bench().person(), { memberships: { add: [admins, staff], remove: [] } })

    const leaving = changeOf(account, 'disable', { memberships: { add: [], remove: [staff], all: true } })
    const { after, writes } = await carryOut(driver, leaving)
    const again = await carryOut(driver, leaving)

    assert.deepEqual([after?.enabled, after?.memberships, writes.memberships.remove.length], [false, [], 2])
    assert.equal(again.disposition, 'noop')
  })

  test('a group that does not exist refuses the whole change, and nothing of it stays', async () => {
    await using driver = await bench().driver()
    const { staff, missing } = bench().fixture.groups
    const { text } = bench().traits
    const account = await created(driver, bench().person())
    const before = await bench().dump()
    const memberships = { add: [staff, missing], remove: [] }

    const change = carryOut(driver, changeOf(account, 'update', { memberships, attributes: desired({ [text]: ['Other'] }) }))
    await assert.rejects(change, { code: 'not_found' })
    await assert.rejects(carryOut(driver, changeFor(bench().person(), 'create', { memberships })), { code: 'not_found' })

    assert.equal(await bench().dump(), before)
  })
}

function passwords(secret: string, bench: () => Bench): void {
  test('a password is set at creation and changed later, and proved without being shown', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person(), { secrets: { [secret]: 'First-pass-1!' } })

    const { after } = await carryOut(driver, changeOf(account, 'password', { secrets: { [secret]: 'Second-pass-2!' } }))

    assert.ok(after !== null)
    assert.equal(await holds(bench(), driver, account, 'Wrong-pass-0!'), false)
    assert.equal(await holds(bench(), driver, after, 'First-pass-1!'), false)
    assert.equal(await holds(bench(), driver, after, 'Second-pass-2!'), true)
    assert.doesNotMatch(JSON.stringify([account, after]), /-pass-/)
    assert.equal(after.attributes[secret], undefined)
  })

  test('the password that is in force can be set again', async () => {
    await using driver = await bench().driver()
    const account = await created(driver, bench().person(), { secrets: { [secret]: 'Same-pass-1!' } })

    const { after } = await carryOut(driver, changeOf(account, 'password', { secrets: { [secret]: 'Same-pass-1!' } }))

    assert.ok(after !== null && (await holds(bench(), driver, after, 'Same-pass-1!')))
  })
}
