import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestKinds, type Plan } from '#core/plan.ts'
import { parseRuleSet } from './parse.ts'
import { toJob, toPlan, type PlanInput } from './planner.ts'
import { toProgram } from './program.ts'
import type { RuleSet } from './schema.ts'

const rules = parseRuleSet(
  `
name: two
identity:
  login: uid
targets:
  directory:
    correlate: { uid: identity.login }
    attributes:
      uid: identity.login
      mail: { value: mail, onNull: error }
      phone: { value: phone, onNull: keep }
      title: title
      room: { value: room, strength: weak }
      userPassword: { value: password, secret: true }
    memberships: groups
    onFailure: hold
  app:
    when: inApp
    correlate: { name: identity.login }
    attributes: { name: identity.login, roles: { value: roles, multivalued: merge } }
    onFailure: best-effort
`,
  { file: 'two.yaml' },
)

const person: PlanInput = {
  kind: 'create',
  source: 'midpoint',
  externalId: 'e1',
  attributes: { uid: ['zmuller'], mail: ['z@x'], groups: ['staff', 'paris', 'staff'], roles: ['a', 'b'], inApp: [true] },
  secrets: ['password'],
  accounts: [],
}

/** The planner with expressions that are all plain names: the sandbox's answers are a look-up. */
function plan(input: Partial<PlanInput>, answers: Readonly<Record<string, unknown>> = {}, ruleSet: RuleSet = rules): Plan {
  const whole = { ...person, ...input }
  const program = toProgram(ruleSet)
  const job = toJob(ruleSet, program, whole)
  const root: Record<string, unknown> = { ...job.root, 'identity.login': job.root['uid'] }
  const truth = new Map<number, unknown>()
  const results = job.slots.map((slot, position) => {
    const guard = job.guards[position] ?? -1
    if (guard >= 0 && truth.get(guard) !== true) return null
    const { path, expression } = program.slots[slot] ?? { path: '', expression: '' }
    const result = path in answers ? answers[path] : (root[expression] ?? null)
    truth.set(slot, result)
    return result
  })
  return toPlan({ ...ruleSet, version: 3 }, program, whole, job, results)
}

const summary = ({ steps }: Plan) => steps.map(({ target, operation }) => `${operation} ${target}`)

test('a newcomer gets an account wherever the rules want one', () => {
  assert.deepEqual(summary(plan({})), ['create app', 'create directory'])
  assert.deepEqual(summary(plan({ attributes: { ...person.attributes, inApp: [false] } })), ['create directory'])
  assert.deepEqual(summary(plan({ attributes: { uid: ['z'], mail: ['z@x'] } })), ['create directory'])
})

test('a mover keeps accounts, gets new ones, and loses those the rules do not want any more by disabling', () => {
  assert.deepEqual(summary(plan({ kind: 'update', accounts: ['directory'] })), ['create app', 'update directory'])
  const left = plan({ kind: 'update', accounts: ['app', 'directory'], attributes: { ...person.attributes, inApp: [false] } })

  assert.deepEqual(summary(left), ['disable app', 'update directory'])
  assert.deepEqual(left.steps[0]?.correlate, { name: ['zmuller'] })
  assert.deepEqual(left.steps[0]?.attributes, {})
})

test('a leaver is disabled or deleted wherever there is an account, even where the rules know nothing any more', () => {
  const accounts = ['directory', 'app', 'forgotten']
  const attributes = { uid: ['zmuller'], inApp: [false] }

  assert.deepEqual(summary(plan({ kind: 'disable', accounts, attributes })), [
    'disable app',
    'disable directory',
    'disable forgotten',
  ])
  assert.deepEqual(summary(plan({ kind: 'delete', accounts, attributes })), [
    'delete app',
    'delete directory',
    'delete forgotten',
  ])
})

test('a deletion asks no rule, so that none can prevent it', () => {
  const job = toJob(rules, toProgram(rules), { ...person, kind: 'delete', accounts: ['directory'], attributes: {} })

  assert.deepEqual(job.slots, [])
})

test('a leaver whom nobody knows costs no computation, and so no reserved name', () => {
  const job = toJob(rules, toProgram(rules), { ...person, kind: 'disable', accounts: [], attributes: {} })

  assert.deepEqual(job.slots, [])
  assert.deepEqual(plan({ kind: 'disable', accounts: [], attributes: {} }).steps, [])
})

test('enabling brings attributes along, but not where the rules do not want the account', () => {
  const enabled = plan({ kind: 'enable', accounts: ['app', 'directory'], attributes: { ...person.attributes, inApp: [false] } })

  assert.deepEqual(summary(enabled), ['enable directory'])
  assert.deepEqual(enabled.steps[0]?.attributes['mail']?.values, ['z@x'])
})

test('who comes back gets the groups and the targets of today', () => {
  const enabled = plan({ kind: 'enable', accounts: ['directory'], previousMemberships: { directory: ['staff', 'lyon'] } })

  assert.deepEqual(summary(enabled), ['create app', 'enable directory'])
  assert.deepEqual(enabled.steps[1]?.memberships, { add: ['paris', 'staff'], remove: ['lyon'] })
})

test('nothing opens a new account for who is disabled, until they come back', () => {
  const disabled = { accounts: ['directory'], disabled: true }

  assert.deepEqual(summary(plan({ ...disabled, kind: 'update' })), ['update directory'])
  assert.deepEqual(summary(plan({ ...disabled, kind: 'enable' })), ['create app', 'enable directory'])
})

test('a password goes only to accounts with a secret attribute, and by name only', () => {
  const changed = plan({ kind: 'password', accounts: ['app', 'directory'] })

  assert.deepEqual(summary(changed), ['password directory'])
  assert.deepEqual(changed.steps[0]?.secrets, { userPassword: 'password' })
  assert.deepEqual(changed.steps[0]?.attributes, {})
  assert.deepEqual(summary(plan({ kind: 'password', accounts: ['directory'], secrets: [] })), [])
})

test('a membership request touches groups only, where there are any', () => {
  const moved = plan({ kind: 'membership', accounts: ['app', 'directory'] })

  assert.deepEqual(summary(moved), ['membership directory'])
  assert.deepEqual(moved.steps[0]?.memberships, { add: ['paris', 'staff'], remove: [] })
  assert.deepEqual([moved.steps[0]?.attributes, moved.steps[0]?.secrets], [{}, {}])
})

test('groups that the last plan gave and this one does not are taken away', () => {
  const { steps } = plan({
    kind: 'update',
    accounts: ['directory'],
    previousMemberships: { directory: ['staff', 'lyon', 'lyon'], app: ['x'] },
  })

  assert.deepEqual(
    steps.map(({ memberships }) => memberships),
    [
      { add: [], remove: [] },
      { add: ['paris', 'staff'], remove: ['lyon'] },
    ],
  )
})

test('no value clears, keeps or refuses, as the rule says', () => {
  const { steps } = plan({})
  const directory = steps.find(({ target }) => target === 'directory')

  assert.deepEqual(directory?.attributes['title'], { values: [], strength: 'strong', multivalued: 'replace' })
  assert.deepEqual([directory?.attributes['phone'], directory?.attributes['room']], [undefined, undefined])
  assert.throws(() => plan({ attributes: { uid: ['z'] } }), {
    code: 'rule_failed',
    at: 'two.yaml:10:22',
    message: 'targets.directory.attributes.mail: the attribute has no value and its rule says `onNull: error`',
  })
})

test('an account is never looked for without a value', () => {
  assert.throws(() => plan({ attributes: { mail: ['z@x'] } }), {
    code: 'rule_failed',
    message: /correlate\.uid: an attribute that finds the account has no value/,
  })
})

test('a secret may only be carried, unchanged, by an attribute that says so', () => {
  const secret = { $secret: 'password' }
  const at = 'targets.directory.attributes'

  assert.throws(() => plan({}, { [`${at}.title`]: secret }), /attributes\.title: the result is a secret/)
  assert.throws(
    () => plan({}, { [`${at}.title`]: `x${JSON.stringify(secret)}` }),
    /attributes\.title: the result is made from a secret/,
  )
  assert.throws(
    () => plan({}, { [`${at}.userPassword`]: 'Welcome1' }),
    /attributes\.userPassword: an attribute with `secret: true`/,
  )
  assert.deepEqual(plan({}, { [`${at}.userPassword`]: { $secret: 'other' } }).steps[1]?.secrets, {})
})

test('a condition is true, false or absent, and nothing else', () => {
  assert.throws(() => plan({}, { 'targets.app.when': 'yes' }), {
    code: 'rule_failed',
    message: 'targets.app.when: a condition must be true or false, found a string',
  })
})

test('results of the wrong kind are refused by kind', () => {
  assert.throws(
    () => plan({}, { 'targets.directory.attributes.title': { a: 'Zoé' } }),
    /attributes\.title: the result is an object/,
  )
  assert.throws(() => plan({}, { 'identity.login': [['x']] }), /identity\.login: the result is a list inside a list/)
})

const anyInput = fc.record({
  kind: fc.constantFrom(...requestKinds),
  secrets: fc.subarray(['password', 'pin']),
  accounts: fc.shuffledSubarray(['directory', 'app', 'forgotten']),
  attributes: fc.record(
    {
      uid: fc.constant(['u']),
      mail: fc.constant(['m@x']),
      title: fc.array(fc.string(), { maxLength: 2 }),
      groups: fc.array(fc.constantFrom('a', 'b', 'c')),
      inApp: fc.constantFrom([true], [false], []),
    },
    { requiredKeys: ['uid', 'mail'] },
  ),
  previousMemberships: fc.constantFrom({}, { directory: ['a', 'z'] }),
})

test('what a target cannot undo comes last, but nobody’s leaving waits for it', () => {
  const phases = (input: Partial<PlanInput>) =>
    plan({ ...input, cannotUndo: { app: ['create', 'disable'], directory: ['password'] } }).steps.map(
      ({ phase = 'main' }) => phase,
    )

  assert.deepEqual(phases({}), ['last', 'main'], 'the password of a new account goes with the account')
  assert.deepEqual(phases({ kind: 'update', accounts: ['directory', 'app'] }), ['main', 'last'])
  assert.deepEqual(phases({ kind: 'update', accounts: ['directory', 'app'], secrets: [] }), ['main', 'main'])
  assert.deepEqual(phases({ kind: 'disable', accounts: ['directory', 'app'] }), ['main', 'main'])
})

test('an account that we switched off is enabled when the rules want it again, unless the identity is disabled', () => {
  const operations = (input: Partial<PlanInput>) =>
    plan({ accounts: ['directory', 'app'], switchedOff: ['app'], ...input }).steps.map(
      ({ operation, target }) => `${operation} ${target}`,
    )

  assert.deepEqual(operations({ kind: 'update' }), ['enable app', 'update directory'])
  assert.deepEqual(operations({ kind: 'update', disabled: true }), ['update app', 'update directory'])
  assert.deepEqual(operations({ kind: 'update', attributes: { ...person.attributes, inApp: [false] } }), [
    'disable app',
    'update directory',
  ])
})

test('any plan has at most one step per target, sorted, and only steps its kind allows', () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { steps } = plan(input)
      const targets = steps.map(({ target }) => target)

      assert.deepEqual(targets, [...new Set(targets)].toSorted())
      for (const { target, operation, memberships } of steps) {
        assert.equal(
          memberships.add.some((group) => memberships.remove.includes(group)),
          false,
        )
        if (operation !== 'create') assert.ok(input.accounts.includes(target))
        if (operation === 'create')
          assert.ok(!input.accounts.includes(target) && ['create', 'update', 'enable'].includes(input.kind))
        if (operation === 'delete') assert.equal(input.kind, 'delete')
        if (input.kind === 'disable' || input.kind === 'delete') assert.equal(operation, input.kind)
      }
      if (input.kind === 'disable' || input.kind === 'delete') assert.deepEqual(targets, input.accounts.toSorted())
    }),
  )
})

/** The same data with every object's keys in another order. */
function reordered<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(reordered) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reordered(member)]),
  ) as Value
}

test('the hash depends on what is planned, not on the order in which anything was written', () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const one = plan(input)
      const other = plan(
        { ...reordered(input), accounts: input.accounts.toReversed() },
        {},
        { ...reordered(rules), identity: rules.identity },
      )

      assert.equal(other.hash, one.hash)
      assert.match(one.hash, /^[0-9a-f]{64}$/)
    }),
  )
})

test('the hash changes with a value, an operation and a secret', () => {
  const hashes = [
    plan({}),
    plan({ attributes: { ...person.attributes, title: ['x'] } }),
    plan({ accounts: ['app'] }),
    plan({ secrets: [] }),
  ].map(({ hash }) => hash)

  assert.equal(new Set(hashes).size, hashes.length)
})
