/**
 * What stands behind the sentences of `loggedInByConnection` for directories: a bind counts for as long as its connection lasts, the next
 * connection binds anew, and a directory that has had enough says so in a result that passes. Against a real OpenLDAP.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Attribute, Change as LdapChange, Control } from 'ldapts'
import pino from 'pino'
import * as v from 'valibot'
import type { Connection, Driver } from '#connectors/kit/connector.ts'
import { LdapConfig } from '#connectors/ldap/config.ts'
import { ldap } from '#connectors/ldap/index.ts'
import { openSlapd, type Slapd } from '#tests/harness/slapd.ts'
import { carryOut, changeFor, changeOf, created, desired } from '#tests/contract/bench.ts'

let slapd: Slapd
before(async () => {
  slapd = await openSlapd({ answersAsTold: true })
})
after(() => slapd[Symbol.asyncDispose]())

function connect(bindDn = slapd.bindDn): Connection {
  const { url, password: bindPassword, peopleBase, groupBase } = slapd
  const config = v.parse(LdapConfig, { url, bindDn, bindPassword, peopleBase, groupBase })
  return ldap.connect(config, { target: 'directory', log: pino({ level: 'silent' }) })
}

const open = (connection: Connection) => connection.open({ signal: AbortSignal.timeout(10_000) })

let count = 0
function person() {
  const uid = [`ada-${++count}`]
  return { attributes: { uid, cn: uid, sn: uid }, correlate: { uid } }
}

async function inJob<Result>(connection: Connection, work: (driver: Driver) => Promise<Result>): Promise<Result> {
  await using driver = await open(connection)
  return await work(driver)
}

/** Whether a job can write. */
const serves = (connection: Connection): Promise<boolean> =>
  inJob(connection, async (driver) => (await carryOut(driver, changeFor(person(), 'create'))).disposition === 'created')

/** Writes what the directory is told to answer with as what it is: an attribute like others. */
const asItIs = new Control('2.16.840.1.113730.3.4.2', { critical: true })

function modify(
  dn: string,
  ...changes: readonly (readonly [operation: 'add' | 'delete' | 'replace', type: string, value: string])[]
) {
  const modifications = changes.map(
    ([operation, type, value]) =>
      new LdapChange({ operation, modification: new Attribute({ type, values: value === '' ? [] : [value] }) }),
  )
  return slapd.asRoot((client) => client.modify(dn, modifications, asItIs))
}

const setPassword = (password: string) => modify(slapd.bindDn, ['replace', 'userPassword', password])

/** From now on the directory answers so when the entry is the object of the operation, until the answer is taken back. */
const tell = (dn: string, operation: string, code: number) =>
  modify(dn, ['add', 'objectClass', 'errAuxObject'], ['add', 'errCode', String(code)], ['add', 'errOp', operation])
const takeBack = (dn: string) =>
  modify(dn, ['delete', 'errCode', ''], ['delete', 'errOp', ''], ['delete', 'objectClass', 'errAuxObject'])

test('a password that is changed under an open pool ends nothing that is bound; only the next connection is refused', async () => {
  await using connection = connect()
  await using other = connect()
  assert.ok(await serves(connection))

  await setPassword('Second-pass-2!')
  const served = await serves(connection)
  await assert.rejects(open(other), { code: 'auth', sent: 'no' })
  await slapd.kill()
  await slapd.start()
  await assert.rejects(serves(connection), { code: 'auth', sent: 'no' })
  await setPassword(slapd.password)

  assert.ok(served)
  assert.deepEqual([await serves(connection), await serves(other)], [true, true])
})

for (const [code, means] of [
  [3, 'time limit'],
  [11, 'administrative limit'],
  [51, 'busy'],
  [52, 'unavailable'],
] as const) {
  test(`a directory that answers a change with ${means} (${code}) has changed nothing, and takes the same change later`, async () => {
    await using connection = connect()
    const somebody = person()
    const title = { attributes: desired({ title: ['Countess'] }) }
    const account = await inJob(connection, (driver) => created(driver, somebody))
    await tell(account.label, 'modify', code)

    const refused = inJob(connection, (driver) => carryOut(driver, changeOf(account, 'update', title)))
    await assert.rejects(refused, { code: 'transient', vendorCode: `LDAP ${code}` })
    await takeBack(account.label)
    const between = await inJob(connection, (driver) => driver.find({ nativeId: account.nativeId, correlate: {} }))
    const receipt = await inJob(connection, (driver) => carryOut(driver, changeOf(account, 'update', title)))

    assert.deepEqual(between?.attributes, account.attributes)
    assert.deepEqual(receipt.after?.attributes['title'], ['Countess'])
  })
}

for (const [means, code] of [
  ['busy', 51],
  ['unavailable', 52],
] as const)
  test(`a directory that is too ${means} to let anybody in is no matter of the password`, async () => {
    await using connection = connect(`cn=${means},ou=answers,${slapd.baseDn}`)

    await assert.rejects(open(connection), { code: 'transient', sent: 'no', vendorCode: `LDAP ${code}` })
  })
