/**
 * Properties of performing, settling and putting back, over random accounts, changes, strangers and lost replies, on the target in
 * memory. What holds here for all changes holds for every connector that keeps the contract.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import pino from 'pino'
import type { Account } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { sameValues, type Attributes } from '#core/values.ts'
import type { Driver } from './connector.ts'
import { createMemoryTarget, MemoryConfig, type MemoryStore } from './memory.ts'
import { compensate, hasWrites, intend, perform, verify, type Change } from './session.ts'
import * as v from 'valibot'

const names = ['a', 'b', 'c'] as const
const groups = ['g1', 'g2', 'g3']
const value = fc.constantFrom('1', '2', '3', '4')
const values = fc.uniqueArray(value, { maxLength: 3 })
const attributes = fc.record({ a: values, b: values, c: values }, { requiredKeys: [] })
const desired = fc.record({
  values,
  strength: fc.constantFrom('strong' as const, 'weak' as const, 'initial' as const),
  multivalued: fc.constantFrom('replace' as const, 'merge' as const),
})
const change = fc.record({
  operation: fc.constantFrom('create' as const, 'update', 'disable', 'enable', 'delete', 'password', 'membership'),
  known: fc.boolean(),
  attributes: fc.record({ a: desired, b: desired, c: desired }, { requiredKeys: [] }),
  memberships: fc.record({ add: fc.subarray(groups), remove: fc.subarray(groups) }),
  secrets: fc.constantFrom({}, { password: 'new' }, { password: 'old' }),
})
const present = fc.record({
  attributes,
  memberships: fc.subarray(groups),
  enabled: fc.boolean(),
  password: fc.constantFrom(null, 'old'),
})
const scene = fc.record({ change, present: fc.option(present) })

interface Scene {
  readonly change: Omit<Change, 'key'> & { readonly known: boolean }
  readonly present: {
    readonly attributes: Attributes
    readonly memberships: readonly string[]
    readonly enabled: boolean
    readonly password: string | null
  } | null
}

interface World {
  readonly store: MemoryStore
  readonly driver: Driver
  readonly change: Change
  readonly before: Account | null
}

async function openWorld({ present, change }: Scene): Promise<World> {
  const { connector, store } = createMemoryTarget()
  const config = v.parse(MemoryConfig, { groups })
  const driver = await connector
    .connect(config, { target: 'memory', log: pino({ level: 'silent' }) })
    .open({ signal: new AbortController().signal })
  const key = { login: ['someone'] }
  let nativeId: string | null = null
  if (present !== null) {
    const secrets: Record<string, string> = present.password === null ? {} : { password: present.password }
    const filled: Attributes = Object.fromEntries(Object.entries(present.attributes).filter(([, list]) => list.length > 0))
    const draft = { attributes: { ...filled, ...key }, memberships: present.memberships, enabled: present.enabled, secrets }
    nativeId = (await driver.create(draft)).nativeId
  }
  const { known, ...asked } = change
  const login = { values: key.login, strength: 'strong', multivalued: 'replace' } as const
  return {
    store: store(),
    driver,
    change: { ...asked, attributes: { ...asked.attributes, login }, key: { nativeId: known ? nativeId : null, correlate: key } },
    before: await driver.find({ nativeId: null, correlate: key }),
  }
}

function snapshot(store: MemoryStore): unknown {
  return [...store.values()].map(({ version: _version, nativeId: _nativeId, memberships, attributes, ...rest }) => ({
    ...rest,
    memberships: memberships.toSorted(),
    attributes: Object.keys(attributes)
      .toSorted()
      .map((name) => [name, (attributes[name] ?? []).map(String).toSorted()]),
  }))
}

/** What the change cannot do at all, such as setting a password on nobody, is no scene for these properties. */
async function performed(world: World) {
  try {
    return await perform(world.driver, world.change, world.before)
  } catch (error) {
    if (isGatewayError(error) && error.code === 'not_found') return null
    throw error
  }
}

const property = (check: (world: World, extra: number) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(scene, fc.nat(1_000), async (one, extra) => check(await openWorld(one), extra)),
    { numRuns: 400 },
  )

test('what was performed asks for nothing more', () =>
  property(async (world) => {
    const receipt = await performed(world)
    if (receipt === null || receipt.after === null) return

    const again = intend({ ...world.change, secrets: {} }, receipt.after)

    assert.equal(again.kind, world.change.operation === 'delete' ? 'delete' : 'noop')
  }))

test('what was performed can be put back exactly, once and again', () =>
  property(async (world) => {
    const before = snapshot(world.store)
    const receipt = await performed(world)
    if (receipt === null) return

    const first = await compensate(world.driver, receipt)
    const second = await compensate(world.driver, receipt)

    assert.notEqual(first.outcome, 'stuck')
    assert.notEqual(second.outcome, 'stuck')
    assert.deepEqual(snapshot(world.store), before)
  }))

test('it can be put back just so when the hash that the step left was not kept, but its secret was', () =>
  property(async (world) => {
    const before = snapshot(world.store)
    const receipt = await performed(world)
    if (receipt === null || receipt.after === null) return
    const { secrets: _hashes, ...after } = receipt.after
    const stripped = { ...receipt, after }

    await compensate(world.driver, stripped, { set: world.change.secrets })
    const second = await compensate(world.driver, stripped, { set: world.change.secrets })

    assert.notEqual(second.outcome, 'stuck')
    assert.deepEqual(snapshot(world.store), before)
  }))

test('a stranger keeps what it wrote: the undo is stuck and touches nothing, or puts back only what is ours', () =>
  fc.assert(
    fc.asyncProperty(scene, fc.constantFrom(...names), values, async (one, name, list) => {
      const world = await openWorld(one)
      const receipt = await performed(world)
      const there = [...world.store.values()][0]
      if (receipt === null || there === undefined) return
      const { [name]: _old, ...others } = there.attributes
      world.store.set(there.nativeId, {
        ...there,
        attributes: list.length === 0 ? others : { ...others, [name]: list },
        version: 'theirs',
      })
      const drifted = snapshot(world.store)

      const result = await compensate(world.driver, receipt)

      const found = world.store.get(there.nativeId)
      const ours = receipt.writes.attributes.find(({ attribute }) => attribute === name)
      if (result.outcome === 'stuck') assert.deepEqual(snapshot(world.store), drifted)
      else if (found !== undefined && ours === undefined) assert.deepEqual(found.attributes[name] ?? [], list)
      else if (found !== undefined && ours?.multivalued === 'merge') {
        const added = ours.after.filter((one) => !ours.before.includes(one))
        assert.deepEqual(
          (found.attributes[name] ?? []).map(String).toSorted(),
          list.filter((one) => !added.includes(one)).toSorted(),
        )
      }
      if (receipt.disposition !== 'created') assert.notEqual(found, undefined)
      else if (!sameValues(there.attributes[name] ?? [], list)) assert.equal(result.outcome, 'stuck')
    }),
    { numRuns: 600 },
  ))

/** Loses the reply of the n-th writing call, before or after it took effect. */
function losing(driver: Driver, call: number, committed: boolean): Driver {
  let calls = 0
  const lossy =
    <Parameters extends unknown[], Result>(write: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      const lost = calls++ === call
      const result = lost && !committed ? undefined : await write(...parameters)
      if (lost) throw new GatewayError('unknown_outcome', 'the reply was lost', { sent: 'maybe' })
      return result as Result
    }
  return new Proxy(driver, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown
      if (typeof member !== 'function') return member
      const method = member.bind(target) as (...parameters: unknown[]) => Promise<unknown>
      return ['create', 'modify', 'remove', 'restore', 'restoreSecrets'].includes(String(name)) ? lossy(method) : method
    },
  })
}

test('a lost reply is settled as what really happened, and what was applied can be put back', () =>
  property(async (world, extra) => {
    const before = snapshot(world.store)
    const committed = extra % 2 === 0
    const lossy = { ...world, driver: losing(world.driver, 0, committed) }
    const error = await performed(lossy).then(
      () => null,
      (reason: unknown) => reason,
    )
    if (error === null) return
    assert.ok(isGatewayError(error) && error.code === 'unknown_outcome')

    const verdict = await verify(world.driver, world.change, world.before)

    // Setting the very password that is in force leaves nothing by which to tell.
    const onlySamePassword = verdict.outcome === 'applied' && !hasWrites({ ...verdict.receipt.writes, secrets: [] })
    if (!onlySamePassword)
      assert.equal(verdict.outcome, committed ? 'applied' : verdict.outcome === 'diverged' ? 'diverged' : 'not_applied')
    if (verdict.outcome === 'not_applied') return
    assert.ok(verdict.receipt !== undefined)
    const result = await compensate(world.driver, verdict.receipt)
    assert.notEqual(result.outcome, 'stuck')
    assert.deepEqual(snapshot(world.store), before)
  }))

test('a compensation whose own reply is lost ends well when it is run again', () =>
  property(async (world, extra) => {
    const before = snapshot(world.store)
    const receipt = await performed(world)
    if (receipt === null) return
    const lossy = losing(world.driver, Math.floor(extra / 2) % 2, extra % 2 === 0)

    await compensate(lossy, receipt).catch((error: unknown) =>
      assert.ok(isGatewayError(error) && error.code === 'unknown_outcome'),
    )
    const result = await compensate(world.driver, receipt)

    assert.notEqual(result.outcome, 'stuck')
    assert.deepEqual(snapshot(world.store), before)
  }))

test('a target that accepts a change and does not keep it is an unknown outcome, not a success', async () => {
  const asked = { values: ['1'], strength: 'strong', multivalued: 'replace' } as const
  for (const operation of ['create', 'update'] as const) {
    const world = await openWorld({
      present: operation === 'create' ? null : { attributes: {}, memberships: [], enabled: true, password: null },
      change: { operation, known: true, attributes: { a: asked }, memberships: { add: [], remove: [] }, secrets: {} },
    })
    const forgetful: Driver = Object.assign(Object.create(world.driver) as Driver, {
      find: async (key: Parameters<Driver['find']>[0]) => {
        const account = await world.driver.find(key)
        return account === null ? null : { ...account, attributes: { ...account.attributes, a: [] } }
      },
      create: world.driver.create.bind(world.driver),
      modify: world.driver.modify.bind(world.driver),
    })

    await assert.rejects(perform(forgetful, world.change, world.before), {
      code: 'unknown_outcome',
      sent: 'yes',
      message: /in: a$/,
    })
  }
})

test('a driver that fails in an unforeseen way while writing leaves an unknown outcome', async () => {
  const world = await openWorld({
    present: null,
    change: { operation: 'create', known: false, attributes: {}, memberships: { add: [], remove: [] }, secrets: {} },
  })
  const broken: Driver = Object.assign(Object.create(world.driver) as Driver, {
    create: () => Promise.reject(new TypeError('a defect')),
  })

  await assert.rejects(perform(broken, world.change, null), { code: 'unknown_outcome', sent: 'maybe' })
})

test('a member added by an interrupted creation can be told from a stranger, and put back', async () => {
  const login = { values: ['someone'], strength: 'strong', multivalued: 'replace' } as const
  const asked: Change = {
    operation: 'create',
    key: { nativeId: null, correlate: { login: ['someone'] } },
    attributes: { login },
    memberships: { add: ['g1'], remove: [] },
    secrets: { password: 'new' },
  }
  const there = async (secrets: Record<string, string>) => {
    const world = await openWorld({ present: null, change: { ...asked, known: false, attributes: {} } })
    await world.driver.create({ attributes: { login: ['someone'] }, memberships: [], enabled: true, secrets })
    return { world, verdict: await verify(world.driver, asked, null) }
  }

  const ours = await there({})
  const stranger = await there({ password: 'theirs' })

  assert.ok(ours.verdict.outcome === 'diverged' && ours.verdict.receipt !== undefined)
  assert.equal((await compensate(ours.world.driver, ours.verdict.receipt)).outcome, 'undone')
  assert.equal(ours.world.store.size, 0)
  assert.ok(stranger.verdict.outcome === 'diverged' && stranger.verdict.receipt === undefined)
})

test('a NUL character in any part of a change is refused before anything is sent', async () => {
  const nul = 'a\0b'
  const wanted = { values: [nul], strength: 'strong', multivalued: 'replace' } as const
  const none = { add: [], remove: [] }
  const parts: Partial<Change>[] = [
    { attributes: { a: wanted } },
    { secrets: { password: nul } },
    { memberships: { add: [nul], remove: [] } },
    { memberships: { add: [], remove: [nul] } },
  ]

  for (const part of parts) {
    const change: Change = {
      operation: 'create',
      key: { nativeId: null, correlate: {} },
      attributes: {},
      memberships: none,
      secrets: {},
      ...part,
    }
    assert.throws(() => intend(change, null), { code: 'invalid', sent: 'no' })
  }
})

test('an undo that a stranger elsewhere in the account gets in the way of looks again and goes on', async () => {
  const asked = { values: ['2'], strength: 'strong', multivalued: 'replace' } as const
  const present = { attributes: { a: ['1'] }, memberships: [], enabled: true, password: null }
  const world = await openWorld({
    present,
    change: { operation: 'update', known: true, attributes: { a: asked }, memberships: { add: [], remove: [] }, secrets: {} },
  })
  const receipt = await perform(world.driver, world.change, world.before)
  let interfered = false
  const busy: Driver = Object.assign(Object.create(world.driver) as Driver, {
    find: async (key: Parameters<Driver['find']>[0]) => {
      const account = await world.driver.find(key)
      if (account !== null && !interfered) {
        interfered = true
        const { secrets = {}, ...rest } = account
        world.store.set(account.nativeId, {
          ...rest,
          secrets,
          attributes: { ...account.attributes, b: ['theirs'] },
          version: 'theirs',
        })
      }
      return account
    },
    modify: world.driver.modify.bind(world.driver),
  })

  const result = await compensate(busy, receipt)

  const found = await world.driver.find({ nativeId: receipt.nativeId, correlate: {} })
  assert.equal(result.outcome, 'undone')
  assert.deepEqual(found?.attributes, { login: ['someone'], a: ['1'], b: ['theirs'] })
})
