/** A change that reaches the target twice: what the connector declares of it (`idempotent`) holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '#core/account.ts'
import { isGatewayError } from '#core/errors.ts'
import type { Capabilities, Driver, Draft } from '#connectors/kit/connector.ts'
import { intend, perform, verify, type Change } from '#connectors/kit/session.ts'
import { changeFor, changeOf, created, desired, type Bench } from './bench.ts'
import type { ContractSuiteOptions, Traits } from './fixture.ts'

type Kind = keyof Capabilities['idempotent']

const password = 'Repeated-pass-1!'

export function repetitionTests({ traits }: ContractSuiteOptions, bench: () => Bench): void {
  for (const kind of kindsOf(traits))
    test(`of a change (${kind}) that reaches the target twice comes what the connector declares`, async () => {
      await using driver = await bench().driver()
      const { memberships, change, before } = await settingOf(kind, driver, bench())

      switch (bench().capabilities.idempotent[kind]) {
        case 'native':
          await repeat({ driver, bench: bench(), memberships, change, before })
          break
        case 'readback':
          await perform(driver, change, before)
          assert.equal((await verify(driver, change, before)).outcome, 'applied', 'it can be read that it was made')
          break
        case 'none':
          await perform(driver, change, before)
          assert.equal((await verify(driver, change, before)).outcome, 'diverged', 'a person decides')
      }
    })
}

function kindsOf({ disable, groups, secret }: Traits): readonly Kind[] {
  return [
    ...(['create', 'update', 'delete'] as const),
    ...(disable ? (['disable'] as const) : []),
    ...(groups ? (['membership'] as const) : []),
    ...(secret === null ? [] : (['password'] as const)),
  ]
}

interface Setting {
  readonly memberships: readonly string[]
  readonly change: Change
  readonly before: Account | null
}

async function settingOf(kind: Kind, driver: Driver, { traits, fixture, person }: Bench): Promise<Setting> {
  const { staff, admins } = fixture.groups
  const memberships = traits.groups ? [staff] : []
  const newcomer = person()
  if (kind === 'create')
    return { memberships, change: changeFor(newcomer, 'create', { memberships: { add: memberships, remove: [] } }), before: null }
  const before = await created(driver, newcomer, { memberships: { add: memberships, remove: [] } })
  const asked: Readonly<Record<Exclude<Kind, 'create'>, Partial<Change>>> = {
    update: { attributes: desired({ [traits.text]: ['Other'], [traits.empty]: ['New'] }) },
    disable: {},
    delete: {},
    membership: { memberships: { add: [admins], remove: [staff] } },
    password: { secrets: { [traits.secret ?? '']: password } },
  }
  return { memberships, change: changeOf(before, kind, asked[kind]), before }
}

/** The same call twice, past everything that would look first: by the image of before, as if nobody had read, and by a new one. */
async function repeat({
  driver,
  bench,
  memberships,
  change,
  before,
}: Setting & { readonly driver: Driver; readonly bench: Bench }): Promise<void> {
  const call = callOf(driver, change, memberships)
  await call(before)
  const once = await seen(driver, bench, change)

  await call(before).catch(refusedAs('exists', 'not_found', 'stale'))
  assert.equal(await seen(driver, bench, change), once)

  const now = await driver.find(before === null ? change.key : { nativeId: before.nativeId, correlate: {} })
  if (before === null || now === null) return
  await call(now, before)
  assert.equal(await seen(driver, bench, change), once)
}

function callOf(driver: Driver, change: Change, memberships: readonly string[]) {
  return async (current: Account | null, first = current): Promise<void> => {
    if (current === null || first === null) {
      const attributes = Object.fromEntries(Object.entries(change.attributes).map(([name, { values }]) => [name, values]))
      const draft: Draft = { attributes, memberships, enabled: true, secrets: {} }
      await driver.create(draft)
      return
    }
    const intent = intend(change, first, driver.spelling)
    if (intent.kind === 'delete') await driver.remove(current)
    else if (intent.kind === 'modify') await driver.modify(current, intent.writes, change.secrets)
    else assert.fail(`the change is a ${intent.kind}`)
  }
}

/** Salts make another hash of the same password: what counts is that it is still the one in force. */
async function seen(driver: Driver, { fixture }: Bench, change: Change): Promise<string> {
  if (change.operation !== 'password') return fixture.dump()
  const account = await driver.find(change.key)
  assert.ok(account !== null)
  const [attribute = ''] = Object.keys(change.secrets)
  const holds = (await driver.holdsSecret(account, attribute, password)) ?? (await fixture.logsIn?.(account, password))
  assert.equal(holds, true, 'the password is in force')
  const { version: _version, secrets: _secrets, ...image } = account
  const { [attribute]: _mark, ...attributes } = image.attributes
  return JSON.stringify({ ...image, attributes })
}

function refusedAs(...codes: readonly string[]) {
  return (error: unknown) => {
    if (!isGatewayError(error) || !codes.includes(error.code)) throw error
  }
}
