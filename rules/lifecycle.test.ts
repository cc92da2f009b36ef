/** What rules make of leavers, asked of the real engine: its sandbox evaluates what the planner asks, and no more. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLog } from '#core/log.ts'
import type { StepPlan } from '#core/plan.ts'
import { openRuleEngine, type PlanInput, type RuleEngine } from './index.ts'
import { parseRuleSet } from './parse.ts'
import { RuleSetError } from './problems.ts'

const document = `
name: leavers
identity:
  unit: $lowercase(organizationalUnit)
targets:
  directory:
    correlate: { uid: uid }
    attributes: { uid: uid, ou: identity.unit, title: title, room: { value: room, strength: weak } }
    memberships: "['everyone', identity.unit]"
    lifecycle:
      onDisable:
        move: { ou: "'left-' & identity.unit" }
        strip: { memberships: ours, attributes: [title, phone] }
      deleteAfter: 90d
  app:
    when: $not(employeeType = 'external')
    correlate: { uid: uid }
    attributes: { uid: uid, status: "'here'" }
    memberships: "['users']"
    lifecycle:
      onDisable:
        move: { status: "employeeType = 'boom' ? $error('never asked of who stays') : 'away'" }
        strip: { memberships: all }
      deleteAfter: 48h
      onDelete: after-grace
  plain:
    correlate: { uid: uid }
    attributes: { uid: uid, status: "'x'" }
`
const rules = { ...parseRuleSet(document, { file: 'leavers.yaml' }), version: 1 }
const person: PlanInput = {
  kind: 'disable',
  source: 'midpoint',
  externalId: 'e1',
  attributes: { uid: ['zoe'], organizationalUnit: ['Sales'], title: ['Chief'] },
  secrets: [],
  accounts: ['directory', 'app', 'plain'],
  previousMemberships: { directory: ['everyone', 'sales'], app: ['users'], plain: [] },
}

let engine: RuleEngine
before(async () => {
  engine = await openRuleEngine({ log: createLog('silent', 'test'), size: 1 })
})
after(() => engine[Symbol.asyncDispose]())

async function steps(input: Partial<PlanInput> = {}): Promise<Readonly<Record<string, StepPlan>>> {
  const reserve = () => Promise.resolve(null)
  const plan = await engine.plan(rules, { ...person, ...input }, { reserve })
  return Object.fromEntries(plan.steps.map((step) => [step.target, step]))
}
const strong = (...values: string[]) => ({ values, strength: 'strong', multivalued: 'replace' })

test('a disabling moves, strips and says when the account will be deleted, all in its step', async () => {
  const { directory, app, plain } = await steps()

  assert.deepEqual(directory?.attributes, { title: strong(), phone: strong(), ou: strong('left-sales') })
  assert.deepEqual(directory?.memberships, { add: [], remove: ['everyone', 'sales'] })
  assert.deepEqual([directory?.operation, directory?.graceSeconds], ['disable', 90 * 86_400])
  assert.deepEqual(app?.memberships, { add: [], remove: ['users'], all: true })
  assert.deepEqual([app?.attributes, app?.graceSeconds], [{ status: strong('away') }, 48 * 3_600])
  assert.deepEqual([plain?.operation, plain?.attributes, plain?.graceSeconds], ['disable', {}, undefined])
})

test('a deletion by the source is a disabling where the rules grant a grace, and is carried out at its end', async () => {
  const { directory, app } = await steps({ kind: 'delete' })
  const ended = await steps({ kind: 'delete', scope: ['app'] })

  assert.deepEqual([directory?.operation, directory?.graceSeconds], ['delete', undefined])
  assert.deepEqual([app?.operation, app?.attributes, app?.graceSeconds], ['disable', { status: strong('away') }, 48 * 3_600])
  assert.deepEqual(
    Object.values(ended).map(({ target, operation, attributes }) => [target, operation, attributes]),
    [['app', 'delete', {}]],
  )
})

test('at the end of a grace the accounts in other targets are left alone, those without rules included', async () => {
  const ended = await steps({ kind: 'delete', scope: ['gone'], accounts: ['directory', 'gone', 'lost'] })

  assert.deepEqual(Object.keys(ended), ['gone'])
})

test('an account that the rules do not want any more leaves like that of who leaves', async () => {
  const { app } = await steps({ kind: 'update', attributes: { ...person.attributes, employeeType: ['external'] } })

  assert.deepEqual([app?.operation, app?.attributes, app?.graceSeconds], ['disable', { status: strong('away') }, 48 * 3_600])
})

test('of who stays it is not asked where they would be moved', async () => {
  const { app } = await steps({ kind: 'update', attributes: { ...person.attributes, employeeType: ['boom'] } })

  assert.deepEqual([app?.operation, app?.attributes['status']], ['update', strong('here')])
})

test('an update of who is away gives back nothing of what was moved or stripped; a return gives back all', async () => {
  const away = await steps({ kind: 'update', disabled: true, previousMemberships: {} })
  const back = await steps({ kind: 'enable', disabled: true, previousMemberships: {} })

  assert.deepEqual(Object.keys(away['directory']?.attributes ?? {}), ['uid'])
  assert.deepEqual(away['directory']?.memberships, { add: [], remove: [] })
  assert.deepEqual(Object.keys(away['plain']?.attributes ?? {}), ['uid', 'status'])
  assert.deepEqual(back['directory']?.attributes['ou'], strong('sales'))
  assert.deepEqual(back['directory']?.attributes['title'], strong('Chief'))
  assert.deepEqual(back['directory']?.memberships.add, ['everyone', 'sales'])
})

test('membership requests join nothing for who is away', async () => {
  const away = await steps({ kind: 'membership', disabled: true, previousMemberships: {} })

  assert.deepEqual(Object.keys(away), [])
})

function problemsOf(lifecycle: string, safety = ''): readonly string[] {
  const text = `
name: wrong
targets:
  directory:
    correlate: { uid: uid }
    attributes: { uid: uid, ou: ou, room: { value: room, strength: weak } }
    lifecycle: ${lifecycle}
${safety}`
  try {
    parseRuleSet(text, { file: 'wrong.yaml' })
    return []
  } catch (error) {
    assert.ok(error instanceof RuleSetError)
    return error.problems.map(({ at, message, hint }) => `${at} ${message}; ${hint ?? ''}`)
  }
}

test('what is wrong with a lifecycle is told with its place, and with what to do', () => {
  assert.deepEqual(problemsOf('{ deleteAfter: 90d }'), [])
  assert.match(
    problemsOf('{ deleteAfter: 3 months }')[0] ?? '',
    /^wrong\.yaml:7:31 a duration is a whole number of minutes, hours or days/,
  )
  assert.match(problemsOf('{ deleteAfter: 4000d }')[0] ?? '', /ten years at most/)
  assert.match(problemsOf('{ onDelete: after-grace }')[0] ?? '', /^wrong\.yaml:7:16 .*needs `deleteAfter`/)
  assert.match(
    problemsOf('{ onDisabel: {} }')[0] ?? '',
    /^wrong\.yaml:7:18 "onDisabel" means nothing here; did you mean onDisable/,
  )
  assert.match(problemsOf('{ onDisable: { strip: { groups: all } } }')[0] ?? '', /known here: memberships, attributes/)
  assert.match(problemsOf(`{ onDisable: { move: { ou: "'left" } } }`)[0] ?? '', /^wrong\.yaml:7:\d+ /)
})

test('what nothing would give back is not moved, and nothing is both moved and stripped', () => {
  const unknown = problemsOf(`{ onDisable: { move: { description: "'left'" } } }`)
  const weak = problemsOf(`{ onDisable: { move: { room: "'none'" } } }`)
  const both = problemsOf(`{ onDisable: { move: { ou: "'left'" }, strip: { attributes: [ou] } } }`)

  assert.match(unknown[0] ?? '', /^wrong\.yaml:7:39 nothing would give "description" its value back .*strength strong/)
  assert.match(weak[0] ?? '', /nothing would give "room" its value back/)
  assert.match(both[0] ?? '', /"ou" is both moved and stripped/)
})

test('what is wrong with thresholds is told in the same way', () => {
  const within = (text: string) => problemsOf('{}', `safety:\n  - ${text}`)

  assert.deepEqual(within('{ within: 1h, count: 5 }'), [])
  assert.match(within('{ within: 1h }')[0] ?? '', /^wrong\.yaml:9:5 a threshold needs a count, a percent, or both/)
  assert.match(within('{ within: 1h, percent: 101 }')[0] ?? '', /between 0 and 100/)
  assert.match(within('{ within: 31d, count: 5 }')[0] ?? '', /30 days at most/)
  assert.match(
    within('{ within: 1h, count: 5, targets: [directry] }')[0] ?? '',
    /no target "directry" in this rule set; did you mean directory/,
  )
  assert.match(within('{ within: 1h, count: 5, operations: [update] }')[0] ?? '', /expected "disable" or "delete"/)
  assert.match(
    within('{ name: a, within: 1h, count: 5 }\n  - { name: a, within: 1d, count: 9 }')[0] ?? '',
    /two thresholds are called "a"/,
  )
})

test('a threshold has all its targets, both operations, and a week for people, unless it says otherwise', () => {
  const text = `${document}safety:\n  - { within: 1h, percent: 2.5 }\n  - { name: people, per: person, targets: [plain, app], operations: [delete], within: 1d, count: 3, role: admin, quorum: 2, expires: 2h }\n`

  assert.deepEqual(parseRuleSet(text, { file: 'safe.yaml' }).safety, [
    {
      name: 'threshold 1',
      operations: ['disable', 'delete'],
      targets: ['app', 'directory', 'plain'],
      per: 'account',
      withinSeconds: 3_600,
      count: null,
      percent: 2.5,
      role: 'operator',
      quorum: 1,
      expiresSeconds: 7 * 86_400,
    },
    {
      name: 'people',
      operations: ['delete'],
      targets: ['app', 'plain'],
      per: 'person',
      withinSeconds: 86_400,
      count: 3,
      percent: null,
      role: 'admin',
      quorum: 2,
      expiresSeconds: 7_200,
    },
  ])
})
