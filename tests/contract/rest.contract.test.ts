/** REST against an API with ways of its own, and against one that takes calls and shows nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pino from 'pino'
import * as v from 'valibot'
import { cannotUndo } from '#connectors/kit/connector.ts'
import { compensate, perform, verify } from '#connectors/kit/session.ts'
import { rest } from '#connectors/rest/index.ts'
import { openRestServer } from '#tests/harness/rest-server.ts'
import { changeFor, changeOf, desired } from './bench.ts'
import { describeApi, openRestFixture, restTraits } from './rest-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({ connector: rest, traits: restTraits, open: () => openRestFixture() })

describe('an API that cannot be read', () => {
  const sample = { attributes: { login: ['ada'], displayName: ['Ada'] }, correlate: { login: ['ada'] } }

  async function openBlind() {
    const server = await openRestServer()
    const described = describeApi(server)
    const { lookup: _lookup, get: _get, list: _list, enable: _enable, disable: _disable, ...operations } = described.operations
    const { enabled: _enabled, ...account } = described.account
    const config = { ...described, account, operations }
    const connection = rest.connect(v.parse(rest.config, config), { target: 'blind', log: pino({ level: 'silent' }) })
    const driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
    return {
      ...{ server, driver, config },
      async [Symbol.asyncDispose]() {
        await connection[Symbol.asyncDispose]()
        await server[Symbol.asyncDispose]()
      },
    }
  }

  test('takes what is sent to it, and what was sent counts as done', async () => {
    await using blind = await openBlind()

    const made = await perform(blind.driver, changeFor(sample, 'create'), await blind.driver.find({ nativeId: null, ...sample }))
    const key = { nativeId: made.nativeId, correlate: {} }
    const known = await blind.driver.find(key)
    assert.ok(known !== null)
    const update = changeOf(known, 'update', { attributes: desired({ title: ['Countess'] }) })
    const changed = await perform(blind.driver, update, known)

    assert.deepEqual([made.disposition, made.nativeId, changed.disposition], ['created', '1', 'changed'])
    assert.equal(blind.server.people.get('1')?.profile['title'], 'Countess')
  })

  test('is never believed to be as before: what was lost, and what would have to be undone, is for people', async () => {
    await using blind = await openBlind()
    const change = changeFor(sample, 'create')
    const receipt = await perform(blind.driver, change, null)

    const verdict = await verify(blind.driver, change, null)
    const undoing = await compensate(blind.driver, receipt)

    assert.deepEqual([verdict.outcome, 'receipt' in verdict, undoing.outcome], ['diverged', false, 'stuck'])
    assert.equal(blind.server.people.size, 1)
  })

  test('has its steps done last, when all that can be undone is done', async () => {
    await using blind = await openBlind()

    assert.deepEqual(cannotUndo(rest.capabilitiesOf?.(blind.config) ?? rest.capabilities).length, 7)
    assert.deepEqual([...new Set(Object.values(rest.capabilitiesOf?.(blind.config).idempotent ?? {}))], ['none'])
    assert.deepEqual(cannotUndo(rest.capabilitiesOf?.(describeApi(blind.server)) ?? rest.capabilities), ['delete', 'password'])
  })
})

test('a change of which the API has no call for a part is refused before anything of it is sent', async () => {
  await using server = await openRestServer()
  const described = describeApi(server)
  const { setPassword: _password, addMembership: _join, removeMembership: _leave, ...operations } = described.operations
  const { memberships: _memberships, ...account } = described.account
  const config = v.parse(rest.config, { ...described, account, operations })
  await using connection = rest.connect(config, { target: 'partly', log: pino({ level: 'silent' }) })
  await using driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
  const { nativeId } = await driver.create({ attributes: { login: ['ada'] }, memberships: [], enabled: true, secrets: {} })
  const ada = await driver.find({ nativeId, correlate: {} })
  assert.ok(ada !== null)
  const called = server.calls.length

  const attributes = desired({ title: ['Countess'] })
  for (const more of [
    { secrets: { password: 'First-pass-1!' } },
    { memberships: { add: ['staff'], remove: [] } },
    { attributes: { ...attributes, ...desired({ shoeSize: [39] }) } },
  ])
    await assert.rejects(perform(driver, changeOf(ada, 'update', { attributes, ...more }), ada), { sent: 'no' })

  assert.deepEqual(server.calls.slice(called), [])
})

test('what may reach an API twice is told by the method of its call', () => {
  const operation = (method: string) => ({ method, path: '/people/{{id}}' })
  const of = (operations: Readonly<Record<string, unknown>>) =>
    rest.capabilitiesOf?.({ operations: { lookup: operation('GET'), get: operation('GET'), ...operations } }).idempotent

  const put = of({
    create: operation('POST'),
    update: operation('PUT'),
    delete: operation('DELETE'),
    setPassword: operation('POST'),
  })
  const patch = of({ update: operation('PATCH'), setPassword: operation('PUT'), addMembership: operation('PUT') })

  assert.deepEqual(put, {
    ...{ create: 'readback', update: 'native', disable: 'native', delete: 'native', password: 'none', membership: 'native' },
  })
  assert.deepEqual(
    [patch?.update, patch?.disable, patch?.password, patch?.membership],
    ['readback', 'readback', 'native', 'readback'],
  )
})
