import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLog } from '#core/log.ts'
import { planHash } from '#core/plan.ts'
import { openRuleEngine, parseRuleSet, RuleSetError, type RuleEngine } from './index.ts'
import type { PlanInput } from './planner.ts'

let engine: RuleEngine
before(async () => {
  engine = await openRuleEngine({ log: createLog('silent', 'test'), size: 1 })
})
after(() => engine[Symbol.asyncDispose]())

const rules = (approvals: string, more = '') => `
name: hr
${more}identity:
  login: "$login(givenName, familyName)"
targets:
  directory:
    correlate: { uid: identity.login }
    attributes: { uid: identity.login, title: title }
    memberships: groups
approvals:
${approvals}`

const input: PlanInput = {
  kind: 'create',
  source: 'hr',
  externalId: '1',
  attributes: { givenName: ['Ada'], familyName: ['Zed'], title: ['Director'], groups: ['staff', 'payroll'] },
  secrets: [],
  accounts: [],
}
const noNames = { reserve: () => Promise.reject(new Error('nothing is reserved here')) }
const plan = (approvals: string, changed: Partial<PlanInput> = {}, more = '') =>
  engine.plan({ ...parseRuleSet(rules(approvals, more), { file: 'hr.yaml' }), version: 1 }, { ...input, ...changed }, noNames)

/** The problems of a rule set, in words. */
function told(error: unknown): readonly string[] {
  assert.ok(error instanceof RuleSetError)
  return error.problems.map(({ line, path, hint }) => `${line} ${path}${hint === undefined ? '' : ` (${hint})`}`)
}

test('a plan of which nobody has to be asked is the same, to its hash, as without approvals', async () => {
  const asked = await plan(`  - { when: "title = 'King'", role: approver, expires: 1h }`)
  const without = await engine.plan({ ...parseRuleSet(rules('  []'), { file: 'hr.yaml' }), version: 1 }, input, noNames)

  assert.deepEqual(asked, without)
  assert.equal('approvals' in asked, false)
})

test('what is asked is a part of the plan and of its hash: who, how many, how long', async () => {
  const asked = await plan(`
  - { name: Directors, when: "title = 'Director'", role: approver, quorum: 2, expires: 48h }
  - { when: "title = 'King'", role: admin, expires: 30m }
  - { when: "true", role: operator, expires: 7d }`)

  const { hash, ...essence } = asked
  assert.deepEqual(asked.approvals, [
    { name: 'Directors', role: 'approver', quorum: 2, expiresSeconds: 172_800 },
    { name: 'approval 3', role: 'operator', quorum: 1, expiresSeconds: 604_800 },
  ])
  assert.equal(hash, planHash(essence))
  assert.notEqual(hash, planHash({ ...essence, approvals: [] }))
})

test('conditions read the identity, what is asked, and the plan: its kind, targets, operations, groups and values', async () => {
  const conditions = [
    `identity.login = plan.identity.login and $length(identity.login) > 0`,
    `request.source = 'hr' and plan.kind = 'create'`,
    `'payroll' in plan.steps[target = 'directory'].memberships.add`,
    `plan.steps.attributes.title = 'Director'`,
    `$count(plan.steps[operation = 'create']) = 1`,
  ]

  const asked = await plan(conditions.map((when) => `  - { when: "${when}", role: admin, expires: 1h }`).join('\n'))

  assert.equal(asked.approvals?.length, conditions.length)
})

test('a condition that is neither true nor false is an error with its place, not an approval left out', async () => {
  await assert.rejects(plan(`  - { when: "title", role: approver, expires: 1h }`), { code: 'rule_failed', at: 'hr.yaml:11:13' })
})

test('where nothing is to be done nobody is asked', async () => {
  assert.equal('approvals' in (await plan(`  - { when: "true", role: admin, expires: 1h }`, { kind: 'delete' })), false)
})

test('what is wrong in approvals is told with its place', () => {
  const text = rules(`
  - { when: "title = ", role: approver, expires: 1h }
  - { when: "true", role: aprover, expires: 1h }
  - { when: "true", role: admin, expires: 90d, quorum: 0 }
  - { when: "true", role: admin, expires: soon, kworum: 2 }
  - { when: "$unique('x')", role: admin, expires: 1h }
  - { when: "true", role: admin }`)

  assert.throws(
    () => parseRuleSet(text, { file: 'hr.yaml' }),
    (error: unknown) => {
      assert.deepEqual(told(error), [
        '13 approvals.1.role (did you mean approver?)',
        '14 approvals.2.expires',
        '14 approvals.2.quorum',
        '15 approvals.3.expires',
        '15 approvals.3.kworum (did you mean quorum?)',
        '17 approvals.5.expires',
      ])
      return true
    },
  )
  const inside = rules(
    `  - { when: "title = ", role: admin, expires: 1h }\n  - { when: "$unique('x')", role: admin, expires: 1h }`,
  )
  assert.throws(
    () => parseRuleSet(inside, { file: 'hr.yaml' }),
    /hr\.yaml:11:\d+ approvals\.0\.when: not a JSONata.*\n.*approvals\.1\.when: \$unique reserves/,
  )
})

test('stages follow one another: who, by role, name or expression; when others are asked too; who is never asked; what a drift means', async () => {
  const staged = `
  - name: Payroll
    when: "title = 'Director'"
    fourEyes: [subject]
    onDrift: replan
    stages:
      - { people: manager, expires: 2d, escalate: { after: 1d, to: { role: approver, people: [zoe@example.org] } } }
      - { role: [approver, operator], quorum: 2, expires: 4h, remind: 1h, escalate: { after: 2h, to: refuse } }`

  const asked = await plan(staged, { attributes: { ...input.attributes, manager: ['bea', 'cleo'] } }, `subject: identity.login\n`)

  const common = { name: 'Payroll', stages: 2, fourEyes: ['subject'], subject: ['azed'], onDrift: 'replan' }
  const later = { roles: ['approver'], people: ['zoe@example.org'] }
  assert.deepEqual(asked.approvals, [
    {
      ...common,
      role: 'admin',
      people: ['bea', 'cleo'],
      quorum: 1,
      expiresSeconds: 172_800,
      stage: 1,
      escalation: { afterSeconds: 86_400, to: later },
    },
    {
      ...common,
      role: 'approver',
      roles: ['operator'],
      quorum: 2,
      expiresSeconds: 14_400,
      remindSeconds: 3_600,
      stage: 2,
      escalation: { afterSeconds: 7_200, to: 'refuse' },
    },
  ])
})

test('whom to ask is found out only where somebody has to be asked, and must be names', async () => {
  const broken = (when: string) => `  - { when: "${when}", people: "{ 'name': title }", expires: 1h }`

  assert.equal('approvals' in (await plan(broken("title = 'King'"))), false)
  await assert.rejects(plan(broken("title = 'Director'")), { code: 'rule_failed', at: /^hr\.yaml:11:/ })
  const nobody = await plan(`  - { when: "true", people: nobodyKnows, expires: 1h }`)
  assert.deepEqual(nobody.approvals, [{ name: 'approval 1', role: 'admin', quorum: 1, expiresSeconds: 3_600 }])
})

test('what does not fit together is told with its place: nobody to ask, no end, an escalation after the end, two ways at once', () => {
  const text = rules(`
  - { when: "true", expires: 1h }
  - { when: "true", role: admin, stages: [{ role: admin, expires: 1h }] }
  - { when: "true", stages: [{ role: admin }, { expires: 1h }] }
  - { when: "true", role: admin, expires: 1h, escalate: { after: 1h, to: refuse } }
  - { when: "true", stages: [{ role: admin, expires: 1h, escalate: { after: 1m, to: { roel: admin } } }] }`)

  assert.throws(
    () => parseRuleSet(text, { file: 'hr.yaml' }),
    (error: unknown) => {
      assert.deepEqual(told(error), [
        '12 approvals.0.role',
        '13 approvals.1.stages',
        '14 approvals.2.stages.0.expires',
        '14 approvals.2.stages.1.role',
        '15 approvals.3.escalate',
        '16 approvals.4.stages.0.escalate.to.roel (did you mean role?)',
      ])
      return true
    },
  )
})
