/**
 * Whose password is in force when a step is undone, and what is done about it, by what a system shows: hashes (the target in memory as it is), a mark
 * in their place, or nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import type { Account, Receipt } from '#core/account.ts'
import type { Driver } from './connector.ts'
import { createMemoryTarget, MemoryConfig, type MemoryStore } from './memory.ts'
import { compensate, perform, type Change } from './session.ts'

type Shows = (account: Account) => Readonly<Record<string, string>> | undefined

/** The mark of a password: its hash stands for the moment at which it was set. */
const marks: Shows = ({ secrets = {} }) => secrets
const nothing: Shows = () => undefined

interface Scene {
  readonly driver: Driver
  readonly store: MemoryStore
  readonly account: Account
  /** Of a step that wrote a title, a password, or both. */
  readonly receipt: Receipt
  readonly holds: (password: string) => Promise<boolean | null>
}

async function openScene(shows: Shows, { proves = false, more = {} }: { proves?: boolean; more?: Change['attributes'] } = {}) {
  const { connector, store } = createMemoryTarget()
  const connection = connector.connect(v.parse(MemoryConfig, {}), { target: 'memory', log: pino({ level: 'silent' }) })
  const whole = await connection.open({ signal: AbortSignal.timeout(10_000) })
  const draft = { attributes: { login: ['ada'] }, memberships: [], enabled: true, secrets: { password: 'first' } }
  const { nativeId } = await whole.create(draft)
  const driver = hiding(whole, shows, proves)
  const key = { nativeId, correlate: {} }
  const account = await driver.find(key)
  assert.ok(account !== null)
  const change: Change = {
    ...{ operation: 'update', key, memberships: { add: [], remove: [] } },
    ...{ attributes: more, secrets: { password: 'second' } },
  }
  const receipt = await perform(driver, change, account)
  const holds = (password: string) => whole.holdsSecret(account, 'password', password)
  assert.equal(await holds('second'), true)
  return { driver, store: store(), account, receipt, holds } satisfies Scene
}

/** The same system, which gives no hashes and takes none. */
function hiding(driver: Driver, shows: Shows, proves: boolean): Driver {
  const hidden = (account: Account): Account => {
    const { secrets: _, ...rest } = account
    const secrets = shows(account)
    return secrets === undefined ? rest : { ...rest, secrets }
  }
  return {
    find: async (key) => {
      const found = await driver.find(key)
      return found && hidden(found)
    },
    create: (draft) => driver.create(draft),
    modify: (current, writes, secrets) => driver.modify(current, writes, secrets),
    remove: (current) => driver.remove(current),
    restore: (account) => driver.restore(account),
    holdsSecret: async (...question) => (proves ? driver.holdsSecret(...question) : null),
    testConnection: () => driver.testConnection(),
    discoverSchema: () => driver.discoverSchema(),
    list: (size) => driver.list(size),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}

const set = { password: 'second' }
const title = { title: { values: ['Boss'], strength: 'strong', multivalued: 'replace' } } as const
const outcomeOf = (result: Awaited<ReturnType<typeof compensate>>) => [result.outcome, 'reset' in result ? result.reset : null]
/** Somebody writes behind the gateway's back; the version moves, as any write's does. */
async function setByOthers({ driver, account }: Pick<Scene, 'driver' | 'account'>, password: string): Promise<void> {
  const current = await driver.find({ nativeId: account.nativeId, correlate: {} })
  assert.ok(current !== null)
  const none = { attributes: [], enabled: null, memberships: { add: [], remove: [] } }
  await driver.modify(current, { ...none, secrets: ['password'] }, { password })
}

test('a system that shows nothing gets a password that nobody knows, last, and once it is durable that it will', async () => {
  const { driver, account, receipt, holds } = await openScene(nothing, { more: title })
  const begun: unknown[] = []
  const begin = async () => {
    const current = await driver.find({ nativeId: account.nativeId, correlate: {} })
    begun.push([current?.attributes['title'] ?? [], await holds('second')])
  }

  const result = await compensate(driver, receipt, { set }, { begin })

  assert.deepEqual(outcomeOf(result), ['undone', ['password']])
  assert.deepEqual(begun, [[[], true]])
  assert.deepEqual([await holds('first'), await holds('second')], [false, false])
})

test('nothing is set where it could not be made durable', async () => {
  const { driver, receipt, holds } = await openScene(nothing)
  const begin = () => Promise.reject(new Error('the claim is lost'))

  await assert.rejects(compensate(driver, receipt, { set }, { begin }), /the claim is lost/)

  assert.equal(await holds('second'), true)
})

test('a step that did not come to its password leaves the old one alone', async () => {
  const { driver, account, receipt, holds } = await openScene(marks)
  await setByOthers({ driver, account }, 'first')
  const before = (await driver.find({ nativeId: account.nativeId, correlate: {} })) ?? account
  const halfDone = { ...receipt, before, after: null }

  const result = await compensate(driver, halfDone, { set })

  assert.deepEqual(outcomeOf(result), ['undone', []])
  assert.equal(await holds('first'), true)
})

test('a mark that is neither the old one nor ours is somebody else’s, unless this undo began before', async () => {
  const scene = await openScene(marks)
  await setByOthers(scene, 'theirs')

  const first = await compensate(scene.driver, scene.receipt, { set })
  const begun = await compensate(scene.driver, scene.receipt, { set }, { begun: true })

  assert.deepEqual(first, { outcome: 'stuck', differences: [{ item: 'password', expected: [], found: [] }] })
  assert.deepEqual(outcomeOf(begun), ['undone', ['password']])
  assert.equal(await scene.holds('theirs'), true)
})

test('marks that do not tell one moment from the next prove nothing, and the password of the step does not stay', async () => {
  const { driver, receipt, holds } = await openScene(() => ({ password: 'today' }))

  const result = await compensate(driver, receipt, { set })

  assert.deepEqual(outcomeOf(result), ['undone', ['password']])
  assert.equal(await holds('second'), false)
})

test('a mark that our own putting back moved is still ours', async () => {
  const mark: Shows = ({ attributes, secrets = {} }) => ({ password: `${secrets['password']} ${attributes['title']?.[0] ?? ''}` })
  const { driver, receipt, holds } = await openScene(mark, { more: title })

  const result = await compensate(driver, receipt, { set })

  assert.deepEqual(outcomeOf(result), ['undone', ['password']])
  assert.equal(await holds('second'), false)
})

test('where only a proof tells, what is not ours is taken for the old one, and after an undo that began for its work', async () => {
  const scene = await openScene(() => ({}), { proves: true })
  const { driver, receipt } = scene
  await setByOthers(scene, 'another')
  const showing = { ...driver, restoreSecrets: () => Promise.reject(new Error('there is no old one')) }

  const first = await compensate(showing, receipt, { set })
  const begun = await compensate(showing, receipt, { set }, { begun: true })

  assert.deepEqual(
    [outcomeOf(first), outcomeOf(begun)],
    [
      ['undone', []],
      ['undone', ['password']],
    ],
  )
  assert.equal(await scene.holds('another'), true)
})

test('a target that accepts another password and goes on taking the old one is not believed', async () => {
  const { driver, receipt } = await openScene(nothing, { proves: true })

  const undoing = compensate({ ...driver, modify: async () => undefined }, receipt, { set })

  await assert.rejects(undoing, { code: 'unknown_outcome', sent: 'yes' })
})

test('where hashes are shown the old one comes back, and nobody has to be told', async () => {
  const { connector } = createMemoryTarget()
  const connection = connector.connect(v.parse(MemoryConfig, {}), { target: 'memory', log: pino({ level: 'silent' }) })
  const driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
  const secrets = { password: 'first' }
  const { nativeId } = await driver.create({ attributes: { login: ['ada'] }, memberships: [], enabled: true, secrets })
  const key = { nativeId, correlate: {} }
  const before = await driver.find(key)
  const change = { operation: 'password', key, attributes: {}, memberships: { add: [], remove: [] }, secrets: set } as const
  const receipt = await perform(driver, change, before)

  const result = await compensate(driver, receipt, { set }, { begin: () => Promise.reject(new Error('nothing is to begin')) })

  assert.deepEqual(outcomeOf(result), ['undone', []])
  assert.equal(before && (await driver.holdsSecret(before, 'password', 'first')), true)
})
