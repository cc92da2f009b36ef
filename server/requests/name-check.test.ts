import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import { createNameCheck } from './name-check.ts'

const account = (nativeId: string, attributes: Account['attributes']): Account => ({
  nativeId,
  label: nativeId,
  enabled: true,
  attributes,
  memberships: [],
})

/** Targets whose accounts are given, or that fail or hang when they are asked; counts the questions. */
function check(
  find: (target: string, value: string) => Promise<Account | null>,
  options: { parked?: string[]; deadlineMs?: number } = {},
) {
  let asked = 0
  const nameCheck = createNameCheck({
    targets: {
      open: async (target) =>
        ({
          find: ({ correlate }: { correlate: Readonly<Record<string, readonly unknown[]>> }) => {
            asked++
            return find(target, String(Object.values(correlate)[0]?.[0]))
          },
          [Symbol.asyncDispose]: async () => undefined,
        }) as unknown as Driver,
    },
    parked: () => options.parked ?? [],
    log: pino({ level: 'silent' }),
    deadlineMs: options.deadlineMs ?? 100,
  })
  const held = (target: string, evidence: Account['attributes'] | null = null) => ({
    target,
    attributes: ['uid'],
    evidence: async () => evidence,
  })
  return { nameCheck, held, asked: () => asked }
}
const nobodys = async () => false

test('a name is held when an account has it that is neither linked to the identity nor shows what its own would', async () => {
  const { nameCheck, held } = check(async (_target, value) =>
    value === 'free' ? null : account('n1', { UID: [value], employeeNumber: ['42'] }),
  )

  assert.equal(await nameCheck.isHeld('free', [held('ldap')], nobodys), false)
  assert.equal(await nameCheck.isHeld('taken', [held('ldap')], nobodys), true)
  assert.equal(await nameCheck.isHeld('linked', [held('ldap')], async (target, id) => target === 'ldap' && id === 'n1'), false)
  assert.equal(await nameCheck.isHeld('own', [held('ldap', { employeenumber: ['42'] })], nobodys), false)
  assert.equal(await nameCheck.isHeld('other', [held('ldap', { employeenumber: ['43'] })], nobodys), true)
})

test('two accounts that hold a name are at least one stranger’s', async () => {
  const { nameCheck, held } = check(async () => {
    throw new GatewayError('ambiguous', 'two accounts', { sent: 'no' })
  })

  assert.equal(await nameCheck.isHeld('twice', [held('ldap')], nobodys), true)
})

test('a target that hangs keeps a name waiting once, for the deadline, and is then left alone for a while', async () => {
  const hanging = check(() => new Promise<never>(() => undefined))
  const begun = performance.now()

  const first = await hanging.nameCheck.isHeld('a', [hanging.held('ldap')], nobodys)
  const waited = performance.now() - begun
  const again = await hanging.nameCheck.isHeld('b', [hanging.held('ldap')], nobodys)

  assert.deepEqual([first, again, hanging.asked()], [false, false, 1])
  assert.ok(waited >= 95 && performance.now() - begun < 2_000, `${waited} ms`)
})

test('a hundred names at once wait for a target that hangs no longer than two deadlines, and ask it no more than a few times', async () => {
  const hanging = check(() => new Promise<never>(() => undefined))
  const begun = performance.now()

  const names = Array.from({ length: 100 }, (_, number) => `name${number}`)
  await Promise.all(names.map((name) => hanging.nameCheck.isHeld(name, [hanging.held('ldap')], nobodys)))

  assert.ok(hanging.asked() <= 8, `${hanging.asked()} questions`)
  assert.ok(performance.now() - begun < 1_000, `${performance.now() - begun} ms`)
})

test('a hundred names at once are all looked for in a target that answers', async () => {
  const slow = check(
    async (_target, value) => {
      await delay(2)
      return value.endsWith('7') ? account('n1', {}) : null
    },
    { deadlineMs: 5_000 },
  )

  const names = Array.from({ length: 100 }, (_, number) => `name${number}`)
  const answers = await Promise.all(names.map((name) => slow.nameCheck.isHeld(name, [slow.held('ldap')], nobodys)))

  assert.equal(answers.filter(Boolean).length, 10)
  assert.equal(slow.asked(), 100)
})

test('a target that failed is asked again when its rest is over, by one at a time', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  let isDown = true
  const { nameCheck, held, asked } = check(async () => {
    if (isDown) throw new GatewayError('transient', 'down', { sent: 'no' })
    return account('n1', { uid: ['x'] })
  })
  await nameCheck.isHeld('a', [held('ldap')], nobodys)
  isDown = false

  assert.equal(await nameCheck.isHeld('b', [held('ldap')], nobodys), false)
  t.mock.timers.tick(10_001)
  const answers = await Promise.all(['c', 'd'].map((name) => nameCheck.isHeld(name, [held('ldap')], nobodys)))

  assert.deepEqual(answers, [true, false])
  assert.equal(asked(), 2)
})

test('a parked target, and any when the deadline is nothing, is not asked; a stranger’s name is asked for once', async () => {
  const taken = async () => account('n1', {})
  const parked = check(taken, { parked: ['ldap'] })
  const never = check(taken, { deadlineMs: 0 })
  const often = check(taken)

  assert.equal(await parked.nameCheck.isHeld('x', [parked.held('ldap')], nobodys), false)
  assert.equal(await never.nameCheck.isHeld('x', [never.held('ldap')], nobodys), false)
  for (const name of ['Name', 'NAME', 'name'])
    assert.equal(await often.nameCheck.isHeld(name, [often.held('ldap')], nobodys), true)

  assert.deepEqual([parked.asked(), never.asked(), often.asked()], [0, 0, 1])
})
