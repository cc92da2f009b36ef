/** What is particular to Active Directory, against a real domain controller: bits, places, passwords, large groups, what comes back and what does not. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Attribute, Change as LdapChange } from 'ldapts'
import pino from 'pino'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import { createLocalCache } from '#core/cache.ts'
import { isGatewayError } from '#core/errors.ts'
import { activeDirectory } from '#connectors/active-directory/index.ts'
import { ActiveDirectoryConfig } from '#connectors/active-directory/config.ts'
import { toGatewayError } from '#connectors/active-directory/errors.ts'
import { join, leave } from '#connectors/active-directory/groups.ts'
import { withAllValues } from '#connectors/active-directory/ranges.ts'
import { canonicalDn } from '#connectors/kit/ldap/dn.ts'
import { openWire } from '#connectors/kit/ldap/wire.ts'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { testConnection } from '#connectors/kit/probe.ts'
import { compensate, perform, verify, type Change } from '#connectors/kit/session.ts'
import { carryOut, changeFor, changeOf, created, desired } from '#tests/contract/bench.ts'
import { settingsOf } from '#tests/contract/active-directory-fixture.ts'
import type { Sample } from '#tests/contract/fixture.ts'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import { isLdapRequest } from '#tests/harness/ldap-requests.ts'
import { openSamba, type Samba } from '#tests/harness/samba.ts'
import { openSlapd } from '#tests/harness/slapd.ts'
import { openTlsFront } from '#tests/harness/tls-front.ts'

let samba: Samba
const connections: Connection[] = []
const cache = createLocalCache()

before(async () => {
  samba = await openSamba()
})

after(async () => {
  for (const connection of connections) await connection[Symbol.asyncDispose]()
  await samba[Symbol.asyncDispose]()
})

function connect(more: Record<string, unknown> = {}): Connection {
  const config = v.parse(ActiveDirectoryConfig, { ...settingsOf(samba), ...more })
  const context = { target: 'ad', log: pino({ level: 'silent' }), cache: cache.forTarget('ad', 1) }
  const connection = activeDirectory.connect(config, context)
  connections.push(connection)
  return connection
}

function open(more?: Record<string, unknown>): Promise<Driver> {
  return connect(more).open({ signal: AbortSignal.timeout(30_000) })
}

function person(name: string, more: Record<string, readonly (string | boolean)[]> = {}): Sample {
  return { attributes: { cn: [name], sAMAccountName: [name], ...more }, correlate: { sAMAccountName: [name] } }
}

function update(account: Account, attributes: Record<string, readonly (string | boolean)[]>, more: Partial<Change> = {}) {
  return changeOf(account, 'update', { attributes: desired(attributes), ...more })
}

const rawOf = async (account: Account) =>
  samba.asRoot(async (client) => {
    const { searchEntries } = await client.search(`<GUID=${account.nativeId}>`, { scope: 'base', attributes: ['*'] })
    return searchEntries[0] ?? {}
  })
const rewrite = (dn: string, type: string, ...values: string[]) =>
  samba.asRoot((client) =>
    client.modify(dn, new LdapChange({ operation: 'replace', modification: new Attribute({ type, values }) })),
  )
const guid = (account: Account) => `<GUID=${account.nativeId}>`

test('bits of others stay when an account is disabled, enabled and flagged', async () => {
  await using driver = await open()
  const account = await created(driver, person('bits', { passwordNeverExpires: [true] }))
  // "No Kerberos pre-authentication" is nothing that rules write.
  await rewrite(guid(account), 'userAccountControl', String(0x200 | 0x1_0000 | 0x40_0000))

  const disabled = await carryOut(driver, changeOf(account, 'disable', { attributes: desired({ notDelegated: [true] }) }))
  const raw = await rawOf(account)
  await compensate(driver, disabled)

  assert.equal(
    Number(Object.entries(raw).find(([name]) => name === 'userAccountControl')?.[1]),
    0x200 | 0x2 | 0x1_0000 | 0x40_0000 | 0x10_0000,
  )
  assert.equal(Number(((await rawOf(account)) as Record<string, unknown>)['userAccountControl']), 0x200 | 0x1_0000 | 0x40_0000)
})

test('a unit that a rule names as parent is where an account is made and moves to, with its id and groups; undone by moving back', async () => {
  await using driver = await open()
  const account = await created(driver, person('mover', { parent: [samba.elsewhere] }), {
    memberships: { add: ['staff'], remove: [] },
  })
  const dump = await samba.dump()

  const receipt = await carryOut(driver, update(account, { parent: [samba.peopleBase], cn: ['Mover, "moved" 🦊'] }))
  const undone = await compensate(driver, receipt)

  assert.equal(account.label, canonicalDn(`cn=mover,${samba.elsewhere}`))
  assert.equal(receipt.after?.nativeId, account.nativeId)
  assert.deepEqual(receipt.after?.memberships, account.memberships)
  assert.deepEqual(receipt.after?.attributes['parent'], [canonicalDn(samba.peopleBase).toLowerCase()])
  assert.equal(undone.outcome, 'undone')
  assert.equal(await samba.dump(), dump)
})

test('a unit outside the target, or one that does not exist, refuses the change and says what to do', async () => {
  await using driver = await open()
  const account = await created(driver, person('lost'))
  const dump = await samba.dump()

  const outside = carryOut(driver, update(account, { parent: [`CN=Users,${samba.baseDn}`] }))
  await assert.rejects(outside, { code: 'config', sent: 'no', hint: /otherBases/ })
  const nowhere = { parent: [`OU=nowhere,${samba.peopleBase}`], title: ['x'] }
  await assert.rejects(carryOut(driver, update(account, nowhere)), { code: 'invalid', message: /parent/ })
  await assert.rejects(carryOut(driver, changeFor(person('lost2', nowhere), 'create')), { code: 'invalid', message: /parent/ })

  assert.equal(await samba.dump(), dump)
})

test('names that a login cannot have are refused by name before anything is sent', async () => {
  await using driver = await open()
  const dump = await samba.dump()

  for (const name of ['x'.repeat(21), 'a/b', 'a[b', 'a@b*', 'dot.', ' ', '...']) {
    const sample = { ...person('fine'), attributes: { cn: ['fine'], sAMAccountName: [name] } }
    await assert.rejects(carryOut(driver, changeFor(sample, 'create')), {
      code: 'invalid',
      sent: 'no',
      message: /sAMAccountName/,
    })
  }

  assert.equal(await samba.dump(), dump)
})

test('a name that is taken says which name must be unique where', async () => {
  await using driver = await open()
  await created(driver, person('taken', { userPrincipalName: ['taken@ad.example.org'] }))
  const other = (attributes: Record<string, string[]>) =>
    changeFor({ ...person('other'), attributes: { ...person('other').attributes, ...attributes } }, 'create')

  await assert.rejects(carryOut(driver, other({ sAMAccountName: ['TAKEN'] })), { code: 'exists', hint: /sAMAccountName/ })
  await assert.rejects(carryOut(driver, other({ userPrincipalName: ['taken@ad.example.org'] })), {
    code: 'exists',
    hint: /userPrincipalName/,
  })
})

test('the reply to the first of several operations that make an account is lost: what is there is known as ours, and removed', async () => {
  await using proxy = await openFaultProxy({ to: samba })
  await using front = await openTlsFront(proxy)
  const change = changeFor(person('halfway'), 'create', {
    memberships: { add: ['staff'], remove: [] },
    secrets: { unicodePwd: 'Half-way-1!' },
  })
  const dump = await samba.dump()
  proxy.cutReplyAfter(isLdapRequest('add'))
  {
    await using driver = await open({ url: `ldaps://127.0.0.1:${front.port}`, ca: front.ca })
    await assert.rejects(perform(driver, change, null), { code: 'unknown_outcome' })
  }
  assert.equal(proxy.cuts, 1)

  await using settling = await open()
  const verdict = await verify(settling, change, null)

  assert.ok(verdict.outcome === 'diverged' && verdict.receipt !== undefined)
  assert.equal(verdict.receipt.after?.enabled, false)
  assert.equal((await compensate(settling, verdict.receipt)).outcome, 'undone')
  assert.equal(await samba.dump(), dump)
})

test('a password that the policy refuses says why, and nothing of the change stays', async () => {
  await using driver = await open()
  const account = await created(driver, person('policy'), { secrets: { unicodePwd: 'Good-enough-1!' } })
  const dump = await samba.dump()
  const change = update(
    account,
    { title: ['New'], cn: ['renamed'] },
    { secrets: { unicodePwd: 'a' }, memberships: { add: ['staff'], remove: [] } },
  )

  await assert.rejects(carryOut(driver, change), { code: 'policy', message: /too short/, vendorCode: 'LDAP 19 0000052D' })
  await assert.rejects(carryOut(driver, changeFor(person('nobody'), 'create', { secrets: { unicodePwd: 'aaaaaaaaaaaa' } })), {
    code: 'policy',
    message: /complexity/,
  })

  assert.equal(await samba.dump(), dump)
  assert.equal(await samba.logsIn(account.label, 'Good-enough-1!'), true)
})

test('no password crosses the network readable, however the target is configured', async () => {
  await using proxy = await openFaultProxy({ to: samba })
  const seen: Buffer[] = []
  proxy.cutReplyAfter((request) => {
    seen.push(request)
    return false
  })
  await using driver = await open({ url: `ldap://127.0.0.1:${proxy.port}` })
  const secrets = { unicodePwd: 'Never-in-clear-1!' }

  await assert.rejects(carryOut(driver, changeFor(person('clear'), 'create', { secrets })), {
    code: 'config',
    sent: 'no',
    hint: /ldaps/,
  })
  await using straight = await open()
  const account = await created(straight, person('clear'))
  await assert.rejects(carryOut(driver, changeOf(account, 'password', { secrets })), { code: 'config', sent: 'no' })

  assert.ok(seen.length > 2)
  assert.ok(!seen.some((bytes) => bytes.includes(Buffer.from(secrets.unicodePwd, 'utf16le'))))
})

test('a password is proved although the account is disabled or must change it, and not guessed at when it is locked', async () => {
  await using driver = await open()
  const secrets = { unicodePwd: 'Proved-pass-1!' }
  const account = await created(driver, person('proved', { mustChangePassword: [true] }), { secrets })
  const holds = (password: string) => driver.holdsSecret(account, 'unicodePwd', password)

  assert.deepEqual(account.attributes['mustChangePassword'], [true])
  assert.deepEqual([await holds('Proved-pass-1!'), await holds('Wrong-pass-1!'), await holds('')], [true, false, false])
  await carryOut(driver, changeOf(account, 'disable'))
  assert.deepEqual([await holds('Proved-pass-1!'), await holds('Wrong-pass-1!')], [true, false])
})

test('a lock for wrong passwords ends with a new password and with being enabled', async () => {
  await rewrite(samba.baseDn, 'lockoutThreshold', '3')
  await using driver = await open()
  const account = await created(driver, person('locked'), { secrets: { unicodePwd: 'Locked-pass-1!' } })
  for (let count = 0; count < 4; count++) await samba.logsIn(account.label, 'Wrong-pass-0!')
  assert.equal(await driver.holdsSecret(account, 'unicodePwd', 'Locked-pass-1!'), null)

  const found = await driver.find({ nativeId: account.nativeId, correlate: {} })
  await carryOut(driver, changeOf(account, 'password', { secrets: { unicodePwd: 'Unlocked-pass-2!' } }))

  assert.deepEqual(found, account, 'a lock is nobody’s change')
  assert.equal(await samba.logsIn(account.label, 'Unlocked-pass-2!'), true)
  await rewrite(samba.baseDn, 'lockoutThreshold', '0')
})

test('where old passwords work for another hour, that of an undone step does not; one that somebody set after us is left alone', async () => {
  await using server = await openSamba({ oldPasswordMinutes: 60 })
  await using connection = activeDirectory.connect(v.parse(ActiveDirectoryConfig, settingsOf(server)), {
    ...{ target: 'ad', log: pino({ level: 'silent' }) },
  })
  await using driver = await connection.open({ signal: AbortSignal.timeout(30_000) })
  const set = { unicodePwd: 'Second-pass-2!' }
  const changed = async (name: string) => {
    const account = await created(driver, person(name), { secrets: { unicodePwd: 'First-pass-1!' } })
    return [account, await carryOut(driver, changeOf(account, 'password', { secrets: set }))] as const
  }
  const [[ours, undone], [theirs, taken]] = [await changed('ours'), await changed('theirs')]
  await carryOut(driver, changeOf(theirs, 'password', { secrets: { unicodePwd: 'Theirs-pass-3!' } }))

  const reset = await compensate(driver, undone, { set })
  const left = await compensate(driver, taken, { set })

  assert.equal(await server.logsIn(theirs.label, 'Second-pass-2!'), true, 'the one before the last still works here')
  assert.deepEqual([reset.outcome, 'reset' in reset && reset.reset], ['undone', ['unicodePwd']])
  for (const guess of ['First-pass-1!', 'Second-pass-2!'])
    assert.equal(await driver.holdsSecret(ours, 'unicodePwd', guess), false, `${guess} is no longer taken`)
  assert.equal(left.outcome, 'stuck')
  assert.equal(await server.logsIn(theirs.label, 'Theirs-pass-3!'), true)
})

test('times, truth values, numbers and references keep their meaning', async () => {
  await using driver = await open()
  const boss = await created(driver, person('boss'))
  const typed = {
    accountExpires: ['2027-01-31'],
    manager: [boss.label.toUpperCase()],
    countryCode: ['0250'],
    msNPAllowDialin: [true],
  }

  const account = await created(driver, person('typed', typed))
  const raw = (await rawOf(account)) as Record<string, unknown>
  const again = await carryOut(driver, update(account, typed))
  const cleared = await carryOut(driver, update(account, { accountExpires: [] }))
  const rawCleared = (await rawOf(account)) as Record<string, unknown>
  await compensate(driver, cleared)

  assert.deepEqual(account.attributes['accountExpires'], ['2027-01-31T00:00:00Z'])
  assert.equal(raw['accountExpires'], '134458272000000000')
  assert.deepEqual(account.attributes['msNPAllowDialin'], [true])
  assert.equal(again.disposition, 'noop')
  assert.equal(rawCleared['accountExpires'], '9223372036854775807')
  assert.equal(((await rawOf(account)) as Record<string, unknown>)['accountExpires'], '134458272000000000')
  await assert.rejects(carryOut(driver, update(account, { accountExpires: ['soon'] })), { code: 'invalid', sent: 'no' })
  await assert.rejects(carryOut(driver, update(account, { manager: [`CN=nobody,${samba.peopleBase}`] })), {
    code: 'invalid',
    hint: /manager/,
  })
})

test('a manager who moves is still the manager', async () => {
  await using driver = await open()
  const boss = await created(driver, person('moving boss', { sAMAccountName: ['boss2'] }))
  const account = await created(driver, person('minion', { manager: [boss.label] }))

  const { after: moved } = await carryOut(driver, update(boss, { parent: [samba.elsewhere] }))

  assert.deepEqual((await driver.find({ nativeId: account.nativeId, correlate: {} }))?.attributes['manager'], [moved?.label])
})

test('groups of 1,600 are joined and left, and all values of a list that is shown in parts are read', async () => {
  await using driver = await open()
  const config = v.parse(ActiveDirectoryConfig, settingsOf(samba))
  const login = { dn: config.bindDn, password: config.bindPassword }
  const crowd = `CN=crowd,${samba.groupBase}`

  const account = await created(driver, person('crowded'), { memberships: { add: ['crowd'], remove: [] } })
  const wire = await openWire({ config, toError: toGatewayError, login, signal: AbortSignal.timeout(20_000) })
  const members = await wire.run({ doing: 'reading', kind: 'read' }, async (client) => {
    const { searchEntries } = await client.search(crowd, { scope: 'base', attributes: ['member;range=0-1499'] })
    return withAllValues(wire, crowd, searchEntries[0] ?? { dn: crowd })
  })
  const again = await join(wire, account.nativeId, crowd)
  const leaving = changeOf(account, 'membership', { memberships: { add: [], remove: ['crowd'] } })
  const { after: left } = await carryOut(driver, leaving)
  const goneAgain = await leave(wire, account.nativeId, crowd)
  await wire.close()

  assert.deepEqual(account.memberships, [canonicalDn(crowd)])
  assert.equal(new Set([members['member'] ?? []].flat()).size, 1_601)
  assert.deepEqual(left?.memberships, [])
  assert.deepEqual([again, goneAgain], [false, false], 'twice is no error')
})

test('the primary group is a membership; it is not left by accident, and is left once another one is primary', async () => {
  await using driver = await open()
  const account = await created(driver, person('primary'), { memberships: { add: ['staff'], remove: [] } })
  await rewrite(guid(account), 'primaryGroupID', await relativeId(`CN=staff,${samba.groupBase}`))
  const leave = { memberships: { add: [], remove: ['staff'] } }
  const found = await driver.find({ nativeId: account.nativeId, correlate: {} })

  const joined = await carryOut(driver, changeOf(account, 'membership', { memberships: { add: ['staff'], remove: [] } }))
  await assert.rejects(carryOut(driver, changeOf(account, 'membership', leave)), { code: 'unsupported', hint: /primaryGroupID/ })
  const { after: left } = await carryOut(driver, update(account, { primaryGroupID: ['513'] }, leave))

  assert.deepEqual(found?.memberships, account.memberships)
  assert.equal(joined.disposition, 'noop')
  assert.deepEqual(left?.memberships, [])
})

async function relativeId(dn: string): Promise<string> {
  const found = await samba.asRoot((client) =>
    client.search(dn, { scope: 'base', attributes: ['objectSid'], explicitBufferAttributes: ['objectSid'] }),
  )
  const sid = found.searchEntries[0]?.['objectSid']
  assert.ok(Buffer.isBuffer(sid))
  return String(sid.readUInt32LE(sid.length - 4))
}

test('an account that was disabled by others is adopted, enabled with a password, and put back', async () => {
  await using driver = await open()
  const sample = person('sleeper')
  await samba.asRoot((client) =>
    client.add(`CN=sleeper,${samba.elsewhere}`, { objectClass: 'user', sAMAccountName: 'sleeper', userAccountControl: '514' }),
  )
  const dump = await samba.dump()

  const receipt = await carryOut(driver, changeFor(sample, 'create', { secrets: { unicodePwd: 'Awake-pass-1!' } }))
  const label = receipt.after?.label ?? ''
  const awake = await samba.logsIn(label, 'Awake-pass-1!')
  const undone = await compensate(driver, receipt)

  assert.deepEqual([receipt.disposition, receipt.after?.enabled, awake], ['adopted', true, true])
  assert.deepEqual('reset' in undone && undone.reset, ['unicodePwd'])
  assert.equal(await samba.dump(), dump)
})

test('a deleted account comes back under the id and the SID it had, with its groups and bits, and its password is said to be lost', async () => {
  await using driver = await open()
  const boss = await created(driver, person('boss3'))
  const attributes = { passwordNeverExpires: [true], manager: [boss.label], accountExpires: ['2030-06-01'], description: ['d'] }
  const account = await created(driver, person('phoenix, the', { ...attributes, sAMAccountName: ['phoenix'] }), {
    ...{ memberships: { add: ['staff', 'admins'], remove: [] }, secrets: { unicodePwd: 'Ashes-pass-1!' } },
  })
  const sid = ((await rawOf(account)) as Record<string, unknown>)['objectSid']
  const dump = await samba.dump()
  const receipt = await carryOut(driver, changeOf(account, 'delete'))

  const result = await compensate(driver, receipt)

  assert.ok(result.outcome === 'undone')
  assert.deepEqual([result.nativeId, result.remains], [account.nativeId, ['unicodePwd']])
  assert.deepEqual(((await rawOf(account)) as Record<string, unknown>)['objectSid'], sid)
  assert.equal(await samba.dump(), dump)
  assert.equal(await samba.logsIn(account.label, 'Ashes-pass-1!'), false)
})

test('without the right to bring it back a deleted account is made anew, and the undo tells its new id', async () => {
  await using driver = await open()
  const account = await created(driver, person('reborn'), { memberships: { add: ['staff'], remove: [] } })
  const dump = await samba.dump()
  const receipt = await carryOut(driver, changeOf(account, 'delete'))
  await using limited = await open({ bindDn: samba.operator.dn, bindPassword: samba.operator.password })

  const result = await compensate(limited, receipt)
  const again = await compensate(limited, receipt)

  assert.ok(result.outcome === 'undone' && result.nativeId !== null && result.nativeId !== account.nativeId)
  assert.ok(again.outcome === 'undone' && again.nativeId === result.nativeId)
  assert.equal(await samba.dump(), dump)
})

test('an account that moved is found and written by its id; whoever has its DN now is untouched', async () => {
  await using driver = await open()
  const account = await created(driver, person('walker'))
  await samba.asRoot((client) => client.modifyDN(guid(account), `CN=walker,${samba.elsewhere}`))
  const successor = await created(driver, {
    attributes: { cn: ['walker'], sAMAccountName: ['walker2'] },
    correlate: { sAMAccountName: ['walker2'] },
  })

  await assert.rejects(perform(driver, update(account, { title: ['x'] }), account), { code: 'stale' })
  const { after } = await carryOut(driver, update(account, { title: ['x'] }))

  assert.deepEqual([after?.nativeId, after?.label], [account.nativeId, canonicalDn(`cn=walker,${samba.elsewhere}`)])
  assert.deepEqual(await driver.find({ nativeId: successor.nativeId, correlate: {} }), successor)
})

test('what the rules must not write is refused before anything is sent, by the name of the attribute', async () => {
  await using driver = await open({ readOnly: ['employeeType'] })
  const account = await created(driver, person('guarded'))
  const attempts: [Record<string, (string | boolean)[]>, string][] = [
    [{ employeeType: ['x'] }, 'config'],
    [{ objectGUID: ['x'] }, 'config'],
    [{ memberOf: [`CN=staff,${samba.groupBase}`] }, 'config'],
    [{ directReports: ['x'] }, 'config'],
    [{ userAccountControl: ['512'] }, 'config'],
    [{ unicodePwd: ['clear'] }, 'config'],
    [{ sAMAccountName: [] }, 'invalid'],
    [{ passwordNeverExpires: ['perhaps'] }, 'invalid'],
    [{ noSuchAttribute: ['x'] }, 'invalid'],
  ]

  for (const [attributes, code] of attempts)
    await assert.rejects(perform(driver, update(account, attributes), account), {
      ...{ code, sent: 'no', message: new RegExp(Object.keys(attributes)[0] ?? '') },
    })
})

test('errors never quote values', async () => {
  await using driver = await open()
  const account = await created(driver, person('quoted'))
  const secret = 'A-value-that-must-not-show'
  const long = secret.repeat(40)

  for (const attributes of [
    { title: [long] },
    { manager: [secret] },
    { countryCode: [secret] },
    { userPrincipalName: [long.repeat(3)] },
  ])
    await assert.rejects(perform(driver, update(account, attributes), account), (error: unknown) => {
      assert.ok(isGatewayError(error))
      assert.doesNotMatch(
        `${error.message} ${String(error.hint)} ${String(error.cause)} ${String(error.vendorCode)}`,
        new RegExp(secret),
      )
      return true
    })
})

test('the discovered schema says lengths, references, truth values and what is unique', async () => {
  await using driver = await open()

  const { attributes } = await driver.discoverSchema()

  const named = new Map(attributes.map((attribute) => [attribute.name, attribute]))
  assert.deepEqual([named.get('title')?.maxLength, named.get('sAMAccountName')?.maxLength], [128, 20])
  assert.deepEqual(
    [named.get('manager')?.type, named.get('accountExpires')?.type, named.get('msNPAllowDialin')?.type],
    ['reference', 'date', 'boolean'],
  )
  assert.deepEqual(
    [named.get('directReports')?.readOnly, named.get('memberOf')?.readOnly, named.get('title')?.readOnly],
    [true, true, false],
  )
  assert.deepEqual(
    [named.get('userPrincipalName')?.unique, named.get('unicodePwd')?.writeOnly, named.get('otherMailbox')?.multivalued],
    [true, true, true],
  )
})

test('two accounts with the correlating attributes are ambiguous, and so are many', async () => {
  await using driver = await open()
  for (const name of ['twin-a', 'twin-b']) await created(driver, person(name, { employeeID: ['twin'] }))
  for (const name of ['many-a', 'many-b', 'many-c']) await created(driver, person(name, { employeeID: ['many'] }))

  for (const employeeID of ['twin', 'many'])
    await assert.rejects(driver.find({ nativeId: null, correlate: { employeeID: [employeeID] } }), { code: 'ambiguous' })
})

test('a controller says what it is, and when the password of the service account ends', async () => {
  await using driver = await open()
  const found = await samba.asRoot((client) => client.search(samba.baseDn, { scope: 'base', attributes: ['maxPwdAge'] }))
  const maxAgeMs = Number(BigInt(String(found.searchEntries[0]?.['maxPwdAge'])) / -10_000n)

  const survey = await driver.survey?.()

  const ends = Date.parse(survey?.secretEndsAt ?? '')
  assert.equal(survey?.system, 'Samba')
  assert.deepEqual(
    survey?.facts.map(({ code }) => code).filter((code) => code !== 'active-directory.fitsInClear'),
    ['active-directory.level', 'active-directory.noRecycleBin'],
  )
  assert.ok(ends > Date.now() - maxAgeMs && ends <= Date.now() + maxAgeMs, String(survey?.secretEndsAt))
})

test('a directory of another kind is told from a domain', async () => {
  await using slapd = await openSlapd()
  const settings = {
    url: slapd.url,
    bindDn: slapd.bindDn,
    bindPassword: slapd.password,
    peopleBase: slapd.peopleBase,
    groupBase: null,
  }
  await using connection = activeDirectory.connect(v.parse(ActiveDirectoryConfig, settings), {
    ...{ target: 'ad', log: pino({ level: 'silent' }) },
  })

  const report = await testConnection(connection, AbortSignal.timeout(10_000))

  assert.equal(report.ok, false)
  await assert.rejects(connection.open({ signal: AbortSignal.timeout(10_000) }), {
    code: 'config',
    message: /not Active Directory/,
  })
})
