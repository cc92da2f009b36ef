/** Replies that are lost and servers that hang: the outcome is unknown until the target itself is asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '#core/account.ts'
import { isGatewayError, type GatewayError } from '#core/errors.ts'
import { compensate, perform, verify, type Change } from '#connectors/kit/session.ts'
import { changeFor, changeOf, created, desired, persisted, type Bench } from './bench.ts'
import type { ContractSuiteOptions, Fixture } from './fixture.ts'

type Kind = 'create' | 'modify' | 'remove'

export function faultTests({ traits }: ContractSuiteOptions, bench: () => Bench): void {
  const { text } = traits
  const lostReply = (kind: Kind, setting: Setting) => lostReplyOf(kind, traits.settlesItself === true, bench, setting)
  lostReply('create', async () => ({ before: null, change: changeFor(bench().person(), 'create') }))
  lostReply('modify', async (account) => ({
    before: account,
    change: changeOf(account, 'update', { attributes: desired({ [text]: ['Ours'] }) }),
  }))
  lostReply('remove', async (account) => ({ before: account, change: changeOf(account, 'delete') }))
  silence(traits.text, bench)
  unreachable(bench)
}

const dispositions = { create: 'created', modify: 'changed', remove: 'deleted' } as const

type Setting = (account: Account) => Promise<{ readonly before: Account | null; readonly change: Change }>

function proxiedOf({ fixture }: Bench): NonNullable<Fixture['proxied']> {
  assert.ok(fixture.proxied !== null, 'the fixture has a proxy')
  return fixture.proxied
}

function lostReplyOf(kind: Kind, settles: boolean, bench: () => Bench, setting: Setting): void {
  const becomes = settles ? 'is looked into: the change counts as made,' : 'is an unknown outcome'
  test(`a reply lost after the target committed a ${kind} ${becomes} that verify finds applied and compensate undoes`, async () => {
    await using straight = await bench().driver()
    const { proxy, requests } = proxiedOf(bench())
    const account = await created(straight, bench().person())
    const dump = await bench().dump()
    const { before, change } = await setting(account)
    const cuts = proxy.cuts

    {
      await using driver = await bench().driver('proxy')
      proxy.cutReplyAfter(requests[kind])
      const performed = perform(driver, change, before)
      if (settles) assert.equal((await performed).disposition, dispositions[kind])
      else await assert.rejects(performed, { code: 'unknown_outcome' })
    }
    assert.equal(proxy.cuts, cuts + 1)
    assert.notEqual(await bench().dump(), dump, 'the target had committed')

    await using settling = await bench().driver('proxy')
    const verdict = persisted(await verify(settling, change, before))
    assert.ok(verdict.outcome === 'applied')
    assert.equal(verdict.receipt.disposition, dispositions[kind])
    assert.equal((await compensate(settling, verdict.receipt)).outcome, 'undone')
    assert.equal(await bench().dump(), dump)
  })
}

function silence(text: string, bench: () => Bench): void {
  for (const how of ['hang', 'blackhole'] as const) {
    test(`a target that falls silent (${how}) is given up at its deadline, and what happened is settled when it is back`, async () => {
      await using straight = await bench().driver()
      const { proxy } = proxiedOf(bench())
      const account = await created(straight, bench().person())
      const change = changeOf(account, 'update', { attributes: desired({ [text]: ['Ours'] }) })
      const started = performance.now()

      const error = await failureWhile(() => proxy[how](), change, account, bench())
      const elapsed = performance.now() - started
      await proxy.heal()

      assert.ok(elapsed < 5_000, `it took ${Math.round(elapsed)} ms`)
      await using settling = await bench().driver('proxy')
      const { outcome } = await verify(settling, change, account)
      // Some systems know that what they sent so far cannot take effect; all others have to ask.
      if (error.sent === 'no') assert.deepEqual([error.code, outcome], ['transient', 'not_applied'])
      else assert.deepEqual([error.code, error.sent], ['unknown_outcome', 'maybe'])
      if (how === 'hang') assert.equal(outcome, 'not_applied')
      assert.ok(outcome === 'applied' || outcome === 'not_applied')
    })
  }
}

async function failureWhile(trouble: () => void, change: Change, before: Account, bench: Bench): Promise<GatewayError> {
  await using driver = await bench.driver('proxy', proxiedOf(bench).jobMs)
  trouble()
  try {
    await perform(driver, change, before)
  } catch (error) {
    if (isGatewayError(error)) return error
    throw error
  }
  throw new Error('the change went through a silent target')
}

function unreachable(bench: () => Bench): void {
  test('a target that refuses connections is a passing trouble, known to have changed nothing', async () => {
    const { proxy, config } = proxiedOf(bench())
    await proxy.refuse()

    await using connection = bench().connect(config)
    await assert.rejects(openAndClose(connection), { code: 'transient', sent: 'no' })
    await proxy.heal()

    await openAndClose(connection)
  })

  test('a connection that broke while idle is noticed and replaced', async () => {
    const { proxy, config } = proxiedOf(bench())
    await using connection = bench().connect(config)
    await openAndClose(connection)

    proxy.reset()

    await openAndClose(connection)
  })
}

async function openAndClose(connection: ReturnType<Bench['connect']>): Promise<void> {
  await using driver = await connection.open({ signal: AbortSignal.timeout(10_000) })
  await driver.find({ nativeId: '00000000-0000-4000-8000-000000000000', correlate: {} })
}
