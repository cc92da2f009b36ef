import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { openRuleEngine, parseRuleSet, type PlanInput, type RuleEngine, type UniqueTrials } from '../index.ts'
import { explainPlan } from './plan.ts'

let engine: RuleEngine
before(async () => {
  engine = await openRuleEngine({ log: pino({ level: 'silent' }), size: 1 })
})
after(() => engine[Symbol.asyncDispose]())

const rules = {
  ...parseRuleSet(
    `name: small
identity:
  mail: login0 & '@example.org'
  login: $unique($login(givenName, familyName), ['a'])
targets:
  a:
    when: $not(type = 'robot')
    correlate: { uid: identity.login }
    attributes:
      uid: identity.login
      x.y: "type = 'external' ? 'ext. ' & familyName : familyName"
      pass: { value: password, secret: true }
    memberships: "['everyone', type = 'external' ? 'externals']"
  b: { when: type = 'robot', correlate: { id: request.externalId }, attributes: { never: familyName } }
approvals:
  - { name: Externals, when: "type = 'external' and $count(plan.steps) = 1", role: approver, expires: 1h }
`.replace('login0', 'identity.login'),
    { file: 'small.yaml' },
  ),
  version: 7,
}

const input: PlanInput = {
  kind: 'create',
  source: 's',
  externalId: 'e-1',
  attributes: { givenName: ['Ada'], familyName: ['Keller'], type: ['external'] },
  secrets: ['password'],
  accounts: [],
}

/** Others hold the first two. */
const held = new Set(['akeller', 'akeller2'])
const unique: UniqueTrials = {
  look: async (_namespaces, candidates) => ({ given: candidates.find((name) => !held.has(name)) ?? null, held }),
}

test('every value that was computed is explained, and the plan is the one that is made without being watched', async () => {
  const { plan, values } = await explainPlan(engine, rules, input, unique)
  const unwatched = await engine.plan(rules, input, {
    reserve: async (namespaces, candidates) => (await unique.look(namespaces, candidates)).given,
  })

  assert.deepEqual(plan, unwatched)
  assert.deepEqual(
    values.map(({ path, target, attribute, value }) => [path, target, attribute, value]),
    [
      ['identity.login', null, 'login', ['akeller3']],
      ['identity.mail', null, 'mail', ['akeller3@example.org']],
      ['targets.a.when', 'a', 'when', [true]],
      ['targets.a.correlate.uid', 'a', 'correlate.uid', ['akeller3']],
      ['targets.a.attributes.uid', 'a', 'uid', ['akeller3']],
      ['targets.a.attributes.x.y', 'a', 'x.y', ['ext. Keller']],
      ['targets.a.attributes.pass', 'a', 'pass', []],
      ['targets.a.memberships', 'a', 'memberships', ['everyone', 'externals']],
      ['targets.b.when', 'b', 'when', [false]],
      ['approvals.0.when', null, 'Externals', [true]],
    ],
  )
})

test('a value tells its expression, its place, what it read, and the way it went', async () => {
  const { values } = await explainPlan(engine, rules, input, unique, 'targets.a.attributes.x.y')

  const expression = "type = 'external' ? 'ext. ' & familyName : familyName"
  assert.deepEqual(values, [
    {
      path: 'targets.a.attributes.x.y',
      target: 'a',
      attribute: 'x.y',
      value: ['ext. Keller'],
      expression,
      at: 'small.yaml:11:12',
      inputs: [
        { name: 'type', value: 'external', path: null },
        { name: 'familyName', value: 'Keller', path: null },
      ],
      parts: [
        { text: expression, start: 0, end: 53, value: 'ext. Keller', branch: 'then' },
        { text: "type = 'external'", start: 0, end: 17, value: true, branch: null },
        { text: 'type', start: 0, end: 4, value: 'external', branch: null },
        { text: "'ext. ' & familyName", start: 20, end: 40, value: 'ext. Keller', branch: null },
        { text: 'familyName', start: 30, end: 40, value: 'Keller', branch: null },
      ],
      tried: [],
    },
  ])
})

test('a name tells what was tried before it, what is computed leads to where it is explained, and a secret is a name', async () => {
  const [login] = (await explainPlan(engine, rules, input, unique, 'identity.login')).values
  const [mail] = (await explainPlan(engine, rules, input, unique, 'identity.mail')).values
  const [pass] = (await explainPlan(engine, rules, input, unique, 'targets.a.attributes.pass')).values

  assert.deepEqual(login?.tried, [
    { value: 'akeller', free: false },
    { value: 'akeller2', free: false },
    { value: 'akeller3', free: true },
  ])
  assert.deepEqual(mail?.inputs, [{ name: 'identity.login', value: 'akeller3', path: 'identity.login' }])
  assert.deepEqual(pass?.inputs, [{ name: 'password', value: { $secret: 'password' }, path: null }])
})

test('a path that the rules do not have is missing; one that the request did not need explains nothing', async () => {
  await assert.rejects(explainPlan(engine, rules, input, unique, 'targets.a.attributes.uidd'), {
    code: 'missing',
    hint: 'did you mean targets.a.attributes.uid?',
  })
  const { values } = await explainPlan(engine, rules, input, unique, 'targets.b.attributes.never')

  assert.deepEqual(values, [])
})

test('a rule set with far more parts than fit into a message is explained in short, and its plan is whole', async () => {
  const long = Array.from({ length: 25 }, () => 'title').join(' & ')
  const attributes = Object.fromEntries(Array.from({ length: 400 }, (_, number) => [`a${number}`, `'${number}' & ${long}`]))
  const document = { name: 'large', targets: { t: { correlate: { id: 'request.externalId' }, attributes } } }
  const large = { ...parseRuleSet(JSON.stringify(document), { file: 'large' }), version: 1 }
  await using patient = await openRuleEngine({ log: pino({ level: 'silent' }), size: 1, timeoutMs: 60_000 })

  const { plan, values } = await explainPlan(patient, large, { ...input, attributes: { title: ['t'.repeat(250)] } }, unique)

  assert.equal(Object.keys(plan.steps[0]?.attributes ?? {}).length, 400)
  assert.equal(values.length, 401)
  assert.ok((values[1]?.parts.length ?? 0) > 40)
  assert.deepEqual([values.at(-1)?.parts, values.at(-1)?.inputs[0]?.value], [[], '…'])
})
