/** What is particular to directories, against a real OpenLDAP: names, groups, policies, connections that must not mend themselves. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Attribute, Change as LdapChange } from 'ldapts'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { trustedMs } from '#connectors/kit/pool.ts'
import { compensate, perform, verify, type Change } from '#connectors/kit/session.ts'
import { LdapConfig } from '#connectors/ldap/config.ts'
import { ldap } from '#connectors/ldap/index.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isLdapRequest } from '#tests/harness/ldap-requests.ts'
import { openSlapd, type Slapd } from '#tests/harness/slapd.ts'
import { carryOut, changeFor, changeOf, created, desired } from '#tests/contract/bench.ts'
import type { Sample } from '#tests/contract/fixture.ts'

let slapd: Slapd
const connections: Connection[] = []

before(async () => {
  slapd = await openSlapd()
})

after(async () => {
  for (const connection of connections) await connection[Symbol.asyncDispose]()
  await slapd[Symbol.asyncDispose]()
})

function connect(more: Record<string, unknown> = {}): Connection {
  const config = v.parse(LdapConfig, {
    url: slapd.url,
    bindDn: slapd.bindDn,
    bindPassword: slapd.password,
    peopleBase: slapd.peopleBase,
    groupBase: slapd.groupBase,
    ...more,
  })
  const connection = ldap.connect(config, { target: 'directory', log: pino({ level: 'silent' }) })
  connections.push(connection)
  return connection
}

function open(more?: Record<string, unknown>): Promise<Driver> {
  return connect(more).open({ signal: AbortSignal.timeout(20_000) })
}

function person(uid: string): Sample {
  return { attributes: { uid: [uid], cn: [uid], sn: [uid] }, correlate: { uid: [uid] } }
}

function update(
  account: Account,
  attributes: Record<string, readonly (string | number | boolean)[]>,
  more: Partial<Change> = {},
) {
  return changeOf(account, 'update', { attributes: desired(attributes), ...more })
}

test('a group spelled in another way is the group the account is in, so an undo does not take it away', async () => {
  await using driver = await open()
  const staff = `cn=staff,${slapd.groupBase}`
  const account = await created(driver, person('spelled'), { memberships: { add: [staff], remove: [] } })
  const dump = await slapd.dump()

  const receipt = await carryOut(
    driver,
    changeOf(account, 'membership', { memberships: { add: ['CN=Staff, OU=Groups, DC=example, DC=ORG', 'STAFF'], remove: [] } }),
  )
  await compensate(driver, receipt)

  assert.equal(receipt.disposition, 'noop')
  assert.equal(await slapd.dump(), dump)
})

test('a group named shortly is looked for under the base of groups; one outside it is refused', async () => {
  await using driver = await open()

  const account = await created(driver, person('short'), { memberships: { add: ['admins'], remove: [] } })
  const outside = perform(
    driver,
    changeOf(account, 'membership', { memberships: { add: [`cn=x,${slapd.peopleBase}`], remove: [] } }),
    account,
  )

  assert.deepEqual(account.memberships, [`cn=admins,${slapd.groupBase}`])
  await assert.rejects(outside, { code: 'config', sent: 'no' })
})

test('a login that changes only in case keeps its groups, with and without overlays', async () => {
  for (const references of [true, false]) {
    await using server = await openSlapd({ references })
    await using driver = await open({ url: server.url })
    const account = await created(driver, person('case'), { memberships: { add: ['staff'], remove: [] } })

    const { after } = await carryOut(driver, update(account, { uid: ['Case'] }))

    assert.deepEqual(after?.memberships, [`cn=staff,${server.groupBase}`])
    assert.equal(after?.nativeId, account.nativeId)
  }
})

test('an entry that moved away is not written under its old DN: whoever has that DN now is untouched', async () => {
  await using driver = await open()
  const account = await created(driver, person('mover'))
  await slapd.asRoot((client) => client.modifyDN(account.label, `uid=mover,${slapd.disabledBase}`))
  const successor = await created(driver, person('mover'))

  const outdated = perform(driver, update(account, { title: ['for the one who moved'] }), account)

  await assert.rejects(outdated, { code: 'not_found' })
  const found = await driver.find({ nativeId: successor.nativeId, correlate: {} })
  assert.equal(found?.attributes['title'], undefined, 'the one who has the DN now is untouched')
})

test('an entry deleted and made again by others under the same DN is not taken for ours', async () => {
  await using driver = await open()
  const account = await created(driver, person('remade'))
  const receipt = await carryOut(driver, update(account, { title: ['Ours'] }))
  await driver.remove((await driver.find({ nativeId: account.nativeId, correlate: {} })) ?? account)
  await created(driver, { ...person('remade'), attributes: { ...person('remade').attributes, title: ['Ours'] } })
  const dump = await slapd.dump()

  const result = await compensate(driver, receipt)

  assert.deepEqual(result, { outcome: 'stuck', differences: [{ item: 'account', expected: [account.label], found: [] }] })
  assert.equal(await slapd.dump(), dump)
})

test('a deleted entry comes back under the entryUUID it had, with its password and its groups', async () => {
  await using driver = await open()
  const secrets = { userPassword: 'Restored-1!' }
  const account = await created(driver, person('phoenix'), { memberships: { add: ['staff', 'admins'], remove: [] }, secrets })
  const receipt = await carryOut(driver, changeOf(account, 'delete'))

  const result = await compensate(driver, receipt)

  assert.equal(result.outcome === 'undone' && result.nativeId, account.nativeId)
  const found = await driver.find({ nativeId: account.nativeId, correlate: {} })
  assert.equal(found?.memberships.length, 2)
  assert.ok(found !== null && (await driver.holdsSecret(found, 'userPassword', 'Restored-1!')))
})

test('without the right to relax rules the entry comes back under a new id, and the undo tells it', async () => {
  await using server = await openSlapd({ manages: false })
  await using driver = await open({ url: server.url })
  const account = await created(driver, person('reborn'), { memberships: { add: ['staff'], remove: [] } })
  const dump = await server.dump()
  const receipt = await carryOut(driver, changeOf(account, 'delete'))

  const result = await compensate(driver, receipt)

  assert.ok(result.outcome === 'undone' && result.nativeId !== null && result.nativeId !== account.nativeId)
  assert.equal((await driver.find({ nativeId: result.nativeId, correlate: {} }))?.label, account.label)
  assert.equal(await server.dump(), dump)
})

test('the last member of a groupOfNames cannot leave without a placeholder, and says what to do', async () => {
  await using driver = await open()
  const account = await created(driver, person('last'), { memberships: { add: ['staff'], remove: [] } })
  await onlyMember(account, 'staff')
  const leave = changeOf(account, 'membership', { memberships: { add: [], remove: ['staff'] } })

  await assert.rejects(carryOut(driver, leave), { code: 'invalid', vendorCode: 'LDAP 65', hint: /emptyGroupMember/ })

  await using placing = await open({ emptyGroupMember: slapd.bindDn })
  const dump = await slapd.dump()
  const receipt = await carryOut(placing, leave)
  assert.deepEqual(receipt.after?.memberships, [])
  await compensate(placing, receipt)
  assert.equal(await slapd.dump(), dump)
})

async function onlyMember(account: Account, group: string): Promise<void> {
  const modification = new Attribute({ type: 'member', values: [account.label] })
  await slapd.asRoot((client) =>
    client.modify(`cn=${group},${slapd.groupBase}`, new LdapChange({ operation: 'replace', modification })),
  )
}

test('a password that the policy refuses says why, and nothing else of the change stays', async () => {
  await using driver = await open()
  const account = await created(driver, person('policy'), { secrets: { userPassword: 'Good-enough-1' } })
  const dump = await slapd.dump()

  const change = update(
    account,
    { title: ['New'], uid: ['policy2'] },
    { secrets: { userPassword: 'short' }, memberships: { add: ['staff'], remove: [] } },
  )

  await assert.rejects(carryOut(driver, change), { code: 'policy', message: /too short/ })
  assert.equal(await slapd.dump(), dump)
  await assert.rejects(carryOut(driver, changeFor(person('nobody-yet'), 'create', { secrets: { userPassword: 'short' } })), {
    code: 'policy',
  })
  assert.equal(await slapd.dump(), dump)
})

test('the same password again is no trouble although the history refuses it', async () => {
  await using driver = await open()
  const account = await created(driver, person('history'), { secrets: { userPassword: 'Once-and-again-1' } })

  const { after, writes } = await carryOut(
    driver,
    update(account, { title: ['New'] }, { secrets: { userPassword: 'Once-and-again-1' } }),
  )

  assert.deepEqual(after?.attributes['title'], ['New'])
  assert.deepEqual(writes.secrets, [])
})

test('where hashes are hidden a password is proved by a bind, and after an undo nobody knows the one in force, which is told', async () => {
  await using server = await openSlapd({ readsHashes: false })
  await using driver = await open({ url: server.url })
  const account = await created(driver, person('hidden'), { secrets: { userPassword: 'Hidden-pass-1' } })
  const receipt = await carryOut(driver, changeOf(account, 'password', { secrets: { userPassword: 'Hidden-pass-2' } }))
  const { after } = receipt
  assert.ok(after !== null)

  const answers = []
  for (const guess of ['Hidden-pass-2', 'Hidden-pass-1', '']) answers.push(await driver.holdsSecret(after, 'userPassword', guess))
  const set = { userPassword: 'Hidden-pass-2' }
  const undone = await compensate(driver, receipt, { set })
  const begun = await compensate(driver, receipt, { set }, { begun: true })
  const [entry] = await server.find('(uid=hidden)')

  assert.deepEqual(after.secrets, {})
  assert.deepEqual(answers, [true, false, false])
  for (const result of [undone, begun])
    assert.deepEqual([result.outcome, 'reset' in result && result.reset], ['undone', ['userPassword']])
  for (const guess of ['Hidden-pass-2', 'Hidden-pass-1'])
    assert.equal(await driver.holdsSecret(after, 'userPassword', guess), false)
  assert.equal(entry?.['pwdReset'], 'TRUE')
  const { after: disabled } = await carryOut(driver, changeOf(account, 'disable'))
  assert.ok(disabled !== null)
  assert.equal(
    await driver.holdsSecret(disabled, 'userPassword', 'Hidden-pass-2'),
    null,
    'a locked account cannot bind, right or wrong',
  )
})

test('a directory says whether old passwords can be put back: not where nobody’s shows', async () => {
  await using reading = await open()
  await created(reading, person('shown'), { secrets: { userPassword: 'Shown-pass-1!' } })
  await using server = await openSlapd({ readsHashes: false })
  await using hidden = await open({ url: server.url })
  const unknown = await hidden.survey?.()
  await created(hidden, person('hidden'), { secrets: { userPassword: 'Hidden-pass-1' } })

  const surveys = [await reading.survey?.(), await hidden.survey?.()]

  assert.deepEqual(unknown?.narrows, {}, 'where there is nobody, nothing is known')
  assert.deepEqual(
    surveys.map((survey) => survey?.narrows),
    [{}, { undo: { password: 'reset' } }],
  )
  assert.deepEqual(
    surveys.map((survey) => survey?.facts.map(({ code }) => code)),
    [
      ['ldap.asserts', 'ldap.policies', 'ldap.memberOf'],
      ['ldap.asserts', 'ldap.policies', 'ldap.memberOf', 'ldap.hiddenPasswords'],
    ],
  )
})

test('where hashes are hidden a password that somebody else set after us stays, and that of a locked account does not', async () => {
  await using server = await openSlapd({ readsHashes: false, manages: false })
  await using driver = await open({ url: server.url })
  const changed = async (uid: string) => {
    const account = await created(driver, person(uid), { secrets: { userPassword: 'Before-pass-1' } })
    return carryOut(driver, changeOf(account, 'password', { secrets: { userPassword: 'Ours-pass-2' } }))
  }
  const rewrite = (label: string, type: string, value: string) =>
    server.asRoot((client) =>
      client.modify(label, new LdapChange({ operation: 'replace', modification: new Attribute({ type, values: [value] }) })),
    )
  const [taken, locked] = [await changed('taken'), await changed('locked')]
  assert.ok(taken.after !== null && locked.after !== null)
  await rewrite(taken.after.label, 'userPassword', 'Theirs-pass-3')
  await carryOut(driver, changeOf(locked.after, 'disable'))

  const set = { userPassword: 'Ours-pass-2' }
  const left = await compensate(driver, taken, { set })
  const reset = await compensate(driver, locked, { set })
  await carryOut(driver, changeOf(locked.after, 'enable'))

  assert.equal(left.outcome, 'undone', 'the old hash is hidden, so what is neither ours nor known is taken for the old one')
  assert.equal(await driver.holdsSecret(taken.after, 'userPassword', 'Theirs-pass-3'), true)
  assert.deepEqual([reset.outcome, 'reset' in reset && reset.reset], ['undone', ['userPassword']])
  assert.equal(await driver.holdsSecret(locked.after, 'userPassword', 'Ours-pass-2'), false)
})

test('a value that must be unique answers exists, not invalid', async () => {
  await using driver = await open()
  await created(driver, { ...person('one'), attributes: { ...person('one').attributes, employeeNumber: ['E-1'] } })
  const other = person('other')

  await assert.rejects(
    carryOut(driver, changeFor({ ...other, attributes: { ...other.attributes, employeeNumber: ['E-1'] } }, 'create')),
    { code: 'exists' },
  )
})

test('two entries with the correlating attributes are ambiguous', async () => {
  await using driver = await open()
  for (const uid of ['twin-a', 'twin-b'])
    await created(driver, { ...person(uid), attributes: { ...person(uid).attributes, mail: ['twin@example.org'] } })

  await assert.rejects(driver.find({ nativeId: null, correlate: { mail: ['twin@example.org'] } }), { code: 'ambiguous' })
})

test('what the rules must not write is refused before anything is sent, by the name of the attribute', async () => {
  await using driver = await open({ readOnly: ['employeeType'] })
  const account = await created(driver, person('guarded'))
  const attempts: [Record<string, string[]>, string][] = [
    [{ employeeType: ['x'] }, 'config'],
    [{ entryUUID: ['x'] }, 'config'],
    [{ memberOf: [`cn=staff,${slapd.groupBase}`] }, 'config'],
    [{ userPassword: ['clear'] }, 'config'],
    [{ pwdAccountLockedTime: ['000001010000Z'] }, 'config'],
    [{ noSuchAttribute: ['x'] }, 'invalid'],
  ]

  for (const [attributes, code] of attempts) {
    await assert.rejects(perform(driver, update(account, attributes), account), {
      code,
      sent: 'no',
      message: new RegExp(Object.keys(attributes)[0] ?? ''),
    })
  }
})

test('errors name attributes and never quote values', async () => {
  await using driver = await open()
  const account = await created(driver, person('quoted'))
  const secret = 'A-value-that-must-not-show'

  for (const attributes of [
    { telephoneNumber: [secret], jpegPhoto: [secret], homePhone: [''] },
    { gidNumber: [secret] },
    { manager: [secret] },
  ]) {
    await assert.rejects(perform(driver, update(account, attributes), account), (error: Error) => {
      assert.doesNotMatch(
        `${error.message} ${String((error as { hint?: unknown }).hint)} ${String(error.cause)}`,
        new RegExp(secret),
      )
      return true
    })
  }
})

test('bytes, numbers, truth values and DNs keep their meaning', async () => {
  await using driver = await open({ objectClasses: ['inetOrgPerson', 'posixAccount', 'pwdPolicy'] })
  const photo = Buffer.from([0xff, 0xd8, 0xff, 0x00, 0x01, 0x80]).toString('base64')
  const typed = {
    ...person('typed').attributes,
    jpegPhoto: [photo],
    uidNumber: [1000],
    gidNumber: [5000],
    homeDirectory: ['/home/typed'],
    manager: ['CN=gateway, DC=example,DC=org'],
    pwdAttribute: ['userPassword'],
    pwdLockout: ['true'],
  }

  const account = await created(driver, { ...person('typed'), attributes: typed })
  const again = await carryOut(driver, update(account, typed))

  assert.deepEqual(account.attributes['jpegPhoto'], [photo])
  assert.deepEqual(account.attributes['pwdLockout'], [true])
  assert.equal(again.disposition, 'noop')
  const dump = await slapd.dump()
  await compensate(driver, await carryOut(driver, changeOf(account, 'delete')))
  assert.equal(await slapd.dump(), dump)
})

test('many members are read and listed whole', async () => {
  await using driver = await open()
  const values = Array.from({ length: 2_000 }, (_unused, index) => `uid=ghost-${index},${slapd.peopleBase}`)
  await slapd.asRoot((client) =>
    client.add(`cn=crowd,${slapd.groupBase}`, { objectClass: 'groupOfNames', cn: 'crowd', member: values }),
  )
  const account = await created(driver, person('crowded'), { memberships: { add: ['crowd'], remove: [] } })

  const listed: Account[] = []
  for await (const page of driver.list(50)) listed.push(...page)

  assert.deepEqual(listed.find(({ nativeId }) => nativeId === account.nativeId)?.memberships, [`cn=crowd,${slapd.groupBase}`])
})

test('a broken connection is not mended in the middle of a job', async () => {
  await using proxy = await openFaultProxy({ to: slapd })
  await using driver = await open({ url: `ldap://127.0.0.1:${proxy.port}` })
  await driver.find({ nativeId: null, correlate: { uid: ['nobody'] } })

  proxy.reset()
  await new Promise((resolve) => setTimeout(resolve, 20))

  await assert.rejects(driver.find({ nativeId: null, correlate: { uid: ['nobody'] } }), { code: 'transient', sent: 'no' })
})

test('a job that begins with a write does not send it twice, although its connection broke unnoticed in the pool', async () => {
  await using proxy = await openFaultProxy({ to: slapd })
  const connection = connect({ url: `ldap://127.0.0.1:${proxy.port}` })
  const opened = () => connection.open({ signal: AbortSignal.timeout(20_000) })
  await using first = await opened()
  await first.find({ nativeId: null, correlate: { uid: ['nobody'] } })
  await first[Symbol.asyncDispose]()

  await using second = await opened()
  proxy.reset()
  const { attributes } = person('sent-once')
  await assert.rejects(second.create({ attributes, memberships: [], enabled: true, secrets: {} }))

  assert.equal(await second.find({ nativeId: null, correlate: { uid: ['sent-once'] } }).catch(() => null), null)
  assert.doesNotMatch(await slapd.dump(), /sent-once/)
})

test('a connection that lay in the pool for a while is asked whether it works; one that has just answered is not', async () => {
  await using proxy = await openFaultProxy({ to: slapd })
  let requests = 0
  proxy.cutReplyAfter(() => {
    requests++
    return false
  })
  const connection = connect({ url: `ldap://127.0.0.1:${proxy.port}` })
  const requestsOfJob = async () => {
    const before = requests
    await using driver = await connection.open({ signal: AbortSignal.timeout(20_000) })
    await driver.find({ nativeId: null, correlate: { uid: ['nobody'] } })
    return requests - before
  }
  await requestsOfJob()

  const atOnce = await requestsOfJob()
  await new Promise((resolve) => setTimeout(resolve, 2 * trustedMs))
  const later = await requestsOfJob()

  assert.deepEqual([atOnce, later], [1, 2])
})

test('over StartTLS a reset never leads to a session in clear', async () => {
  await using proxy = await openFaultProxy({ to: slapd })
  const seen: Buffer[] = []
  proxy.cutReplyAfter((request) => {
    seen.push(request)
    return false
  })
  await using driver = await open({ url: `ldap://127.0.0.1:${proxy.port}`, startTls: true, ca: slapd.ca })
  await driver.find({ nativeId: null, correlate: { uid: ['nobody'] } })

  proxy.reset()
  await assert.rejects(driver.find({ nativeId: null, correlate: { uid: ['nobody'] } }))

  assert.ok(isLdapRequest('extended')(seen[0] ?? Buffer.alloc(0)))
  assert.equal(seen.filter((bytes) => isLdapRequest('bind')(bytes) || bytes.includes(slapd.password)).length, 0)
})

test('an aborted job ends its write at once, with an unknown outcome that verify settles', async () => {
  await using proxy = await openFaultProxy({ to: slapd })
  const abort = new AbortController()
  const connection = connect({ url: `ldap://127.0.0.1:${proxy.port}` })
  const change = changeFor(person('aborted'), 'create')
  await using driver = await connection.open({ signal: abort.signal })

  proxy.blackhole()
  const started = performance.now()
  const writing = perform(driver, change, null)
  setTimeout(() => abort.abort(), 50)
  await assert.rejects(writing, { code: 'unknown_outcome', sent: 'maybe' })

  assert.ok(performance.now() - started < 2_000)
  await using settling = await open()
  assert.equal((await verify(settling, change, null)).outcome, 'applied')
})

test('a directory that stops and starts again serves the next job over the same connection pool', async () => {
  const connection = connect()
  const use = async () => {
    await using driver = await connection.open({ signal: AbortSignal.timeout(5_000) })
    return await driver.find({ nativeId: null, correlate: { uid: ['nobody'] } })
  }
  await use()

  await slapd.kill()
  await assert.rejects(use(), { code: 'transient', sent: 'no' })
  await slapd.start()

  assert.equal(await use(), null)
})
