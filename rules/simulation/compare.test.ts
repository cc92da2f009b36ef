import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planHash, type Plan, type StepPlan } from '#core/plan.ts'
import type { SimulationResult } from '#core/simulations/simulation.ts'
import { compare, type Made } from './compare.ts'
import { addToTally, emptyTally } from './tally.ts'

const desired = (...values: string[]) => ({ values, strength: 'strong', multivalued: 'replace' }) as const

function step(target: string, more: Partial<StepPlan> = {}): StepPlan {
  return {
    target,
    operation: 'create',
    correlate: { uid: ['ada'] },
    attributes: { mail: desired('ada@x'), groups: desired('a', 'b') },
    memberships: { add: ['everyone'], remove: [] },
    secrets: {},
    onFailure: 'required',
    ...more,
  }
}

function plan(version: number, steps: readonly StepPlan[], more: Partial<Plan> = {}): Made {
  const essence = { ruleSet: { name: 'r', version }, identity: { login: ['ada'] }, steps, ...more }
  return { plan: { ...essence, hash: planHash(essence) } }
}

const fails = (code: string): Made => ({ problem: { code, message: 'targets.a.attributes.mail: no', target: 'a' } })

test('the same plan of another version is the same, whatever its hash and the order of values', () => {
  const other = step('a', { attributes: { mail: desired('ada@x'), groups: desired('b', 'a') } })

  assert.deepEqual(compare(plan(1, [step('a')]), plan(2, [other])), { outcome: 'same', problem: null, changes: [] })
})

test('everything that differs is told: accounts, attributes, how strongly, groups, secrets, policies, approvals', () => {
  const before = plan(1, [
    step('a'),
    step('b', { operation: 'update' }),
    step('gone', { operation: 'update', attributes: { x: desired('1') } }),
  ])
  const after = plan(
    2,
    [
      step('a', {
        correlate: { uid: ['ada2'] },
        attributes: { mail: { ...desired('ada@x'), strength: 'weak' }, groups: desired('a', 'c'), title: desired() },
        memberships: { add: ['everyone', 'staff'], remove: ['guests'] },
        secrets: { userPassword: 'password' },
        onFailure: 'hold',
        phase: 'last',
      }),
      step('b', { operation: 'disable', attributes: {}, correlate: { uid: ['ada'] } }),
      step('new', { attributes: {} }),
    ],
    { identity: { login: ['ada2'] }, approvals: [{ name: 'Payroll', role: 'approver', quorum: 1, expiresSeconds: 60 }] },
  )

  const { outcome, changes } = compare(before, after)

  assert.equal(outcome, 'changed')
  assert.deepEqual(
    changes.map((change) => [change.target, change.attribute, change.before, change.after]),
    [
      [null, 'login', 'ada', 'ada2'],
      ['a', 'correlate.uid', 'ada', 'ada2'],
      ['a', 'mail', 'ada@x (strong)', 'ada@x (weak)'],
      ['a', 'groups', 'a, b', 'a, c'],
      ['a', 'title', null, ''],
      ['a', 'userPassword', null, 'secret password'],
      ['a', 'memberships', '+everyone', '+everyone, +staff, -guests'],
      ['a', 'onFailure', 'required', 'hold'],
      ['a', 'phase', null, 'last'],
      ['b', null, 'update', 'disable'],
      ['b', 'mail', 'ada@x', null],
      ['b', 'groups', 'a, b', null],
      ['gone', null, 'update', null],
      ['gone', 'x', '1', null],
      ['new', null, null, 'create'],
      [null, 'approvals', null, 'Payroll'],
    ],
  )
})

test('what only the tried version refuses fails; what both refuse is the same; what only the old one refused has changed', () => {
  assert.deepEqual(compare(plan(1, [step('a')]), fails('rule_failed')).outcome, 'failing')
  assert.deepEqual(compare(fails('rule_failed'), fails('rule_failed')).outcome, 'same')
  assert.deepEqual(compare(fails('rule_failed'), plan(2, [])).outcome, 'changed')
})

test('a huge value and thousands of changes are told in short', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, number) => [`a${number}`, desired('x'.repeat(2_000))]))

  const { changes } = compare(plan(1, [step('a', { attributes: {} })]), plan(2, [step('a', { attributes: many })]))

  assert.equal(changes.length, 200)
  assert.equal(changes[0]?.after?.length, 501)
})

function result(made: readonly [Made, Made], kind: SimulationResult['kind'] = 'update'): SimulationResult {
  return { requestId: null, source: 's', externalId: 'e', displayName: null, kind, ...compare(...made) }
}

test('counts go up by kind, target and attribute; accounts count once for each target', () => {
  const ordinary = plan(1, [step('a', { operation: 'update' }), step('b', { operation: 'update' })])
  const leaving = plan(2, [
    step('a', { operation: 'update' }),
    step('b', { operation: 'disable', attributes: {} }),
    step('c'),
    step('d', { operation: 'delete' }),
  ])
  const mail = plan(2, [
    step('a', { operation: 'update', attributes: { ...step('a').attributes, mail: desired('z') } }),
    step('b', { operation: 'update' }),
  ])

  const first = addToTally(
    emptyTally,
    [result([ordinary, leaving]), result([ordinary, ordinary])],
    [
      ['a', 'b', 'c', 'd'],
      ['a', 'b'],
    ],
  )
  const tally = addToTally(
    first,
    [result([ordinary, mail], 'create'), result([ordinary, fails('rule_failed')])],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  )

  const none = { same: 0, changed: 0, failing: 0, created: 0, disabled: 0, deleted: 0 }
  assert.deepEqual(tally.counts, { same: 1, changed: 2, failing: 1, created: 1, disabled: 1, deleted: 1 })
  assert.deepEqual(tally.byKind, [
    { kind: 'update', ...none, same: 1, changed: 1, failing: 1, created: 1, disabled: 1, deleted: 1 },
    { kind: 'create', ...none, changed: 1 },
  ])
  assert.deepEqual(tally.byTarget, [
    { target: 'a', ...none, same: 2, changed: 1, failing: 1 },
    { target: 'b', ...none, same: 3, changed: 1, disabled: 1 },
    { target: 'c', ...none, changed: 1, created: 1 },
    { target: 'd', ...none, changed: 1, deleted: 1 },
  ])
  assert.deepEqual(tally.byAttribute.at(0), { target: 'b', attribute: 'mail', changed: 1 })
})
