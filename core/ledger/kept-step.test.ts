/** What a step's row leaves out is there again for whoever reads it: nothing of a plan, or of what was written, is lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Writes } from '../account.ts'
import { planHash, type StepPlan } from '../plan.ts'
import { keptSteps, keptWrites, wholePlan, wholeStep, type KeptPlan } from './kept-step.ts'

const plan: StepPlan = {
  target: 'directory',
  operation: 'create',
  correlate: { uid: ['zmuller'] },
  attributes: {
    uid: { values: ['zmuller'], strength: 'strong', multivalued: 'replace' },
    phone: { values: ['1', '2'], strength: 'strong', multivalued: 'merge' },
    locale: { values: ['fr'], strength: 'initial', multivalued: 'replace' },
    title: { values: [], strength: 'strong', multivalued: 'replace' },
  },
  memberships: { add: ['staff'], remove: ['guests'] },
  secrets: { userPassword: 'password' },
  onFailure: 'required',
}
const writes: Writes = {
  attributes: [
    { attribute: 'uid', before: [], after: ['zmuller'], multivalued: 'replace' },
    { attribute: 'phone', before: [], after: ['1', '2'], multivalued: 'merge' },
    { attribute: 'locale', before: [], after: ['fr'], multivalued: 'replace' },
  ],
  enabled: { before: false, after: true },
  memberships: { add: ['staff'], remove: [] },
  secrets: ['userPassword'],
}
/** As the database gives it back. */
const stored = (kept: KeptPlan | undefined) => JSON.parse(JSON.stringify(kept)) as KeptPlan
const ruleSet = { name: 'default', version: 1 }

test('a plan is read as it was made, and has the hash that it had', () => {
  const [kept] = keptSteps({ steps: [plan] })

  assert.deepEqual(kept?.attributes['uid'], { values: ['zmuller'] })
  assert.deepEqual(wholePlan(stored(kept)), plan)
  assert.equal(
    planHash({ ruleSet, identity: {}, steps: [wholePlan(stored(kept))] }),
    planHash({ ruleSet, identity: {}, steps: [plan] }),
  )
})

test('rows of before, where nothing is left out, read the same', () => {
  assert.deepEqual(wholePlan(stored(plan)), plan)
  assert.deepEqual(wholeStep({ plan, disposition: 'created', writes }), { plan, disposition: 'created', writes })
})

test('what people agree to is kept whole', () => {
  const need = { name: 'Operations', role: 'operator', quorum: 1, expiresSeconds: 60 } as const

  assert.deepEqual(keptSteps({ steps: [plan], approvals: [need] }), [plan])
})

test('a creation that did what was planned is told from the plan', () => {
  assert.equal(keptWrites('created', writes, plan), null)
  assert.deepEqual(wholeStep({ plan, disposition: 'created', writes: null }).writes, writes)
  assert.equal(wholeStep({ plan, disposition: null, writes: null }).writes, null)
})

const others: Record<string, Partial<Writes>> = {
  'under another name': { attributes: [{ ...first(), attribute: 'UID' }, ...writes.attributes.slice(1)] },
  'in another spelling': { attributes: [{ ...first(), after: ['ZMuller'] }, ...writes.attributes.slice(1)] },
  'with one value more': { attributes: [{ ...first(), after: ['zmuller', 'zoe'] }, ...writes.attributes.slice(1)] },
  'in another way': { attributes: [{ ...first(), multivalued: 'merge' }, ...writes.attributes.slice(1)] },
  'over a value that was there': { attributes: [{ ...first(), before: ['old'] }, ...writes.attributes.slice(1)] },
  'with an attribute less': { attributes: writes.attributes.slice(1) },
  'switched off': { enabled: { before: false, after: false } },
  'without saying that it is on': { enabled: null },
  'in no group': { memberships: { add: [], remove: [] } },
  'out of a group': { memberships: { add: ['staff'], remove: ['guests'] } },
  'without its secret': { secrets: [] },
}
function first(): Writes['attributes'][number] {
  return { attribute: 'uid', before: [], after: ['zmuller'], multivalued: 'replace' }
}

for (const [how, differently] of Object.entries(others))
  test(`a creation ${how} is written down`, () => {
    const written = { ...writes, ...differently }

    assert.deepEqual(keptWrites('created', written, plan), written)
  })

test('what was written to an account that was there is written down, also when it is what a creation would write', () => {
  assert.deepEqual(keptWrites('changed', writes, plan), writes)
  assert.deepEqual(keptWrites('created', writes, undefined), writes)
})
