/** A change of an account that others changed since it was read: what the connector declares of it (`conditionalWrite`) holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from '#core/account.ts'
import type { Driver, PerChange } from '#connectors/kit/connector.ts'
import { perform, type Change } from '#connectors/kit/session.ts'
import { changeOf, created, desired, type Bench } from './bench.ts'
import type { ContractSuiteOptions } from './fixture.ts'

type Kind = Exclude<keyof PerChange<unknown>, 'create'>

/** Of a creation, the race of two of them tells (`lifecycle.ts`). */
export function conditionTests({ traits, connector }: ContractSuiteOptions, bench: () => Bench): void {
  const kinds: readonly Kind[] = [
    ...(['update', 'delete'] as const),
    ...(traits.disable ? (['disable'] as const) : []),
    ...(traits.groups ? (['membership'] as const) : []),
    ...(traits.secret === null ? [] : (['password'] as const)),
  ]
  for (const kind of kinds) {
    test(`of a change (${kind}) by an image that somebody outdated comes what the connector declares`, () =>
      outdated(kind, bench()))
    const isOneWrite = kind === 'update' || kind === 'delete' || connector.capabilities.conditionalWrite[kind] === 'native'
    if (traits.proxied && isOneWrite)
      test(`of a change (${kind}) during which somebody changes the account comes what the connector declares`, () =>
        overtaken(kind, bench()))
  }
}

async function outdated(kind: Kind, bench: Bench): Promise<void> {
  await using driver = await bench.driver()
  const account = await created(driver, bench.person())
  await bench.fixture.drift(account, bench.traits.empty, ['Theirs'])
  const before = await bench.dump()

  const changed = await outcomeOf(driver, changeFor(kind, account, bench), account)

  if (bench.capabilities.conditionalWrite[kind] === 'none') return assert.notEqual(changed, 'stale')
  assert.equal(changed, 'stale')
  assert.equal(await bench.dump(), before)
}

/** What looks before it writes has looked: only the system itself can refuse now, or keep others out until it is done. */
async function overtaken(kind: Kind, bench: Bench): Promise<void> {
  const { proxied, drift } = bench.fixture
  assert.ok(proxied !== null, 'the fixture has a proxy')
  await using straight = await bench.driver()
  const account = await created(straight, bench.person())
  await using driver = await bench.driver('proxy')

  const { modify, remove, disable = modify, membership = modify } = proxied.requests
  const requests = { update: modify, password: modify, delete: remove, disable, membership }
  const held = proxied.proxy.holdNext(requests[kind])
  const changing = outcomeOf(driver, changeFor(kind, account, bench), account)
  await Promise.race([held.reached, changing.then((outcome) => assert.fail(`the request never came: ${outcome}`))])
  const drifting = drift(account, bench.traits.empty, ['Theirs']).then(() => 'before' as const)
  const theirs = await Promise.race([drifting, delay(200, 'after' as const)])
  held.release()
  const changed = await changing
  await drifting.catch(() => undefined)

  const refuses = bench.capabilities.conditionalWrite[kind] === 'native'
  // What comes right after it may be there when the change is read back: a person decides.
  const expected = theirs === 'after' ? ['made', 'unknown_outcome'] : [refuses ? 'stale' : 'made']
  assert.ok(expected.includes(changed), `${changed}, and theirs came ${theirs} it`)
  if (!refuses) return
  const found = await straight.find({ nativeId: account.nativeId, correlate: {} })
  if (kind === 'delete' && theirs === 'after') return assert.equal(found, null)
  assert.deepEqual(found?.attributes[bench.traits.empty], ['Theirs'])
}

function changeFor(kind: Kind, account: Account, { traits, fixture }: Bench): Change {
  const asked: Readonly<Record<Kind, Partial<Change>>> = {
    update: { attributes: desired({ [traits.empty]: ['Ours'] }) },
    disable: {},
    delete: {},
    membership: { memberships: { add: [fixture.groups.admins], remove: [] } },
    password: { secrets: { [traits.secret ?? '']: 'Another-pass-1!' } },
  }
  return changeOf(account, kind, asked[kind])
}

async function outcomeOf(driver: Driver, change: Change, before: Account): Promise<string> {
  return perform(driver, change, before).then(
    () => 'made',
    (error: unknown) => String((error as { code?: unknown }).code),
  )
}
