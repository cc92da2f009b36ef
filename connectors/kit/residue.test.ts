import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredAttribute, StepPlan } from '#core/plan.ts'
import type { Driver } from './connector.ts'
import { createMemoryTarget } from './memory.ts'
import { residue } from './residue.ts'
import { compensate, perform, type Change } from './session.ts'
import { createLog } from '#core/log.ts'

const replace = (...values: string[]): DesiredAttribute => ({ values, strength: 'strong', multivalued: 'replace' })
const change = (more: Partial<Change> = {}): Change => ({
  operation: 'update',
  key: { nativeId: null, correlate: { login: ['zoe'] } },
  attributes: { login: replace('zoe'), title: replace('Chief') } satisfies StepPlan['attributes'],
  memberships: { add: ['staff'], remove: [] },
  secrets: {},
  ...more,
})

async function openDriver(): Promise<Driver> {
  const { connector } = createMemoryTarget()
  const connection = connector.connect(
    { store: 'memory', unique: ['login'], groups: ['staff'], latencyMs: 0 },
    { target: 'memory', log: createLog('silent', 'test') },
  )
  return connection.open({ signal: new AbortController().signal })
}

test('an account that was made and still stands is what remains; one that is gone leaves nothing', async () => {
  const driver = await openDriver()
  const receipt = await perform(driver, change(), null)

  const standing = await residue(driver, receipt)
  await compensate(driver, receipt)

  assert.deepEqual(standing, [{ item: 'account', expected: [], found: [receipt.label] }])
  assert.deepEqual(await residue(driver, receipt), [])
})

test('of a change, what is not as before remains: what is ours, and what somebody else made of it', async () => {
  const driver = await openDriver()
  await driver.create({ attributes: { login: ['zoe'], title: ['Clerk'] }, memberships: [], enabled: true, secrets: {} })
  const before = await driver.find(change().key)
  const receipt = await perform(driver, change(), before)

  const ours = await residue(driver, receipt)
  const current = await driver.find(change().key)
  const writes = {
    attributes: [{ attribute: 'title', before: ['Chief'], after: ['Theirs'], multivalued: 'replace' as const }],
    enabled: null,
    memberships: { add: [], remove: ['staff'] },
    secrets: [],
  }
  await driver.modify(current!, writes, {})

  assert.deepEqual(ours, [
    { item: 'title', expected: ['Clerk'], found: ['Chief'] },
    { item: 'memberships', expected: [], found: ['staff'] },
  ])
  assert.deepEqual(await residue(driver, receipt), [{ item: 'title', expected: ['Clerk'], found: ['Theirs'] }])
})

test('an account that was deleted and is not back is what remains', async () => {
  const driver = await openDriver()
  await driver.create({ attributes: { login: ['zoe'] }, memberships: [], enabled: true, secrets: {} })
  const before = await driver.find(change().key)
  const receipt = await perform(driver, change({ operation: 'delete' }), before)

  const gone = await residue(driver, receipt)
  await compensate(driver, receipt)

  assert.deepEqual(gone, [{ item: 'account', expected: [before?.label], found: [] }])
  assert.deepEqual(await residue(driver, receipt), [])
})
