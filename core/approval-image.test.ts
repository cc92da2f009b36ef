import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from './account.ts'
import { imageHash } from './approval-image.ts'
import type { StepPlan } from './plan.ts'

const plan: StepPlan = {
  target: 'directory',
  operation: 'update',
  correlate: { uid: ['ada'] },
  attributes: { Mail: { values: ['a@x.fr'], strength: 'strong', multivalued: 'replace' } },
  memberships: { add: ['staff'], remove: [] },
  secrets: {},
  onFailure: 'required',
}
const account: Account = {
  nativeId: '1',
  label: 'uid=ada',
  enabled: true,
  attributes: { uid: ['ada'], mail: ['b@x.fr', 'c@x.fr'], telephoneNumber: ['1'] },
  memberships: ['all', 'payroll'],
  version: '17',
}
const isSame = (changed: Partial<Account>, changedPlan: Partial<StepPlan> = {}) =>
  imageHash({ ...plan, ...changedPlan }, account) === imageHash({ ...plan, ...changedPlan }, { ...account, ...changed })

test('what the step writes, or finds the account by, is a part of the image; in whatever order and spelling it is listed', () => {
  assert.equal(isSame({ attributes: { ...account.attributes, mail: ['d@x.fr'] } }), false)
  assert.equal(isSame({ attributes: { ...account.attributes, uid: ['adb'] } }), false)
  assert.equal(isSame({ attributes: { ...account.attributes, mail: ['c@x.fr', 'b@x.fr'] } }), true)
  assert.equal(isSame({ memberships: ['payroll', 'all'] }), true)
})

test('another account, one that was switched off, other groups, and one that is gone are drifts', () => {
  for (const changed of [{ nativeId: '2' }, { enabled: false }, { memberships: ['all'] }]) assert.equal(isSame(changed), false)
  assert.notEqual(imageHash(plan, account), imageHash(plan, null))
})

test('what the step does not touch is nobody’s drift, nor is the target’s own mark', () => {
  assert.equal(
    isSame({ attributes: { ...account.attributes, telephoneNumber: ['2'] }, label: 'uid=ada,ou=x', version: '18' }),
    true,
  )
  assert.equal(isSame({ memberships: [] }, { memberships: { add: [], remove: [] } }), true)
})

test('a deletion takes everything, so that everything counts', () => {
  const deletion = { operation: 'delete', attributes: {}, correlate: {}, memberships: { add: [], remove: [] } } as const

  assert.equal(isSame({ attributes: { ...account.attributes, telephoneNumber: ['2'] } }, deletion), false)
  assert.equal(isSame({ memberships: [] }, deletion), false)
})
