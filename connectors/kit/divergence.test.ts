import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '#core/account.ts'
import type { AppliedChange } from '#core/reconciliations/ledger-side.ts'
import { divergences } from './divergence.ts'

const account = (more: Partial<Account> = {}): Account => ({
  nativeId: '1',
  label: 'ada',
  enabled: true,
  attributes: { title: ['Clerk'], mail: ['a@x'], phone: ['1', '2'] },
  memberships: ['staff'],
  ...more,
})
const replaced = (values: readonly string[], strength: 'strong' | 'weak' | 'initial' = 'strong') =>
  ({ values, strength, multivalued: 'replace' }) as const
const applied = (more: Partial<AppliedChange> = {}): AppliedChange => ({
  operation: 'create',
  attributes: { title: replaced(['Clerk']) },
  memberships: { add: ['staff'], remove: [] },
  secrets: {},
  after: account(),
  ...more,
})

test('what is as it was left is no divergence, whatever others put beside it', () => {
  const found = account({
    attributes: { ...account().attributes, mail: ['other@x'], room: ['12'] },
    memberships: ['staff', 'chess'],
  })

  assert.deepEqual(divergences([applied()], found), [])
})

test('an account that the gateway has no change of is compared with nothing', () => {
  assert.deepEqual(divergences([], account({ enabled: false })), [])
})

test('what only fills an empty value, or is written at creation, is others’ to change', () => {
  const attributes = { title: replaced(['Clerk'], 'weak'), mail: replaced(['a@x'], 'initial') }

  assert.deepEqual(divergences([applied({ attributes })], account({ attributes: {} })), [])
})

test('what the target made of a value when it was written is what it is compared with', () => {
  const change = applied({ attributes: { title: replaced(['  CLERK ']) } })

  assert.deepEqual(divergences([change], account()), [])
})

test('of a merged attribute only our own values can be missed', () => {
  const attributes = { phone: { values: ['1'], strength: 'strong', multivalued: 'merge' } } as const
  const others = account({ attributes: { phone: ['1', '9'] } })
  const lost = account({ attributes: { phone: ['2'] } })

  assert.deepEqual(divergences([applied({ attributes })], others), [])
  assert.deepEqual(divergences([applied({ attributes })], lost), [{ item: 'phone', expected: ['1'], found: ['2'] }])
})

test('the newest change counts, and what it does not name is as the one before left it', () => {
  const older = applied({
    attributes: { title: replaced(['Boss']), mail: replaced(['a@x']) },
    after: account({ attributes: { title: ['Boss'], mail: ['a@x'] } }),
  })
  const newer = applied({ memberships: { add: [], remove: ['staff'] }, after: account({ memberships: [] }) })

  assert.deepEqual(divergences([newer, older], account({ attributes: { title: ['Clerk'], mail: ['b@x'] } })), [
    { item: 'mail', expected: ['a@x'], found: ['b@x'] },
    { item: 'memberships', expected: [], found: ['staff'] },
  ])
})

test('secrets are never compared and never shown, even where a target shows them', () => {
  const change = applied({ attributes: { title: replaced(['x']) }, secrets: { title: 'password' } })

  assert.deepEqual(divergences([change], account({ attributes: { title: ['y'] } })), [])
})
