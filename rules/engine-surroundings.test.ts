import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import {
  openRuleEngine,
  parseRuleSet,
  toLookupTable,
  type HeldName,
  type PlanInput,
  type RuleSet,
  type UniqueReservations,
} from './index.ts'

const engine = await openRuleEngine({ log: pino({ level: 'silent' }), size: 1 })
after(() => engine[Symbol.asyncDispose]())

function versioned(document: object): RuleSet & { readonly version: number } {
  return { ...parseRuleSet(JSON.stringify({ name: 'x', ...document }), { file: 'x.json' }), version: 1 }
}

const who: PlanInput = {
  kind: 'create',
  source: 's',
  externalId: 'e',
  attributes: { given: ['Ada'], family: ['Stone'], site: ['PAR'], number: ['42'] },
  secrets: [],
  accounts: [],
}
const first: UniqueReservations = { reserve: async (_namespaces, candidates) => candidates[0] ?? null }
const correlate = { number: 'number' }

test('a plan says which versions of which tables it read, and is another when they are', async () => {
  const rules = versioned({
    targets: {
      t: { correlate, attributes: { city: "$lookup('sites', site)" } },
      u: { when: "site = 'LYS'", correlate, attributes: { other: "$lookup('rare', site)" } },
    },
    approvals: [{ when: "$lookup('watched', site) = 'yes'", role: 'approver', expires: '1h' }],
  })
  const tables = (version: number, city: string, watched: string) => ({
    sites: toLookupTable({ rows: { PAR: city } }, version),
    watched: toLookupTable({ rows: { PAR: watched } }, 5),
    rare: toLookupTable({ rows: {} }, 9),
    unread: toLookupTable({ rows: {} }, 7),
  })

  const plan = await engine.plan(rules, { ...who, lookups: tables(3, 'Paris', 'no') }, first)
  const same = await engine.plan(rules, { ...who, lookups: tables(3, 'Paris', 'no') }, first)
  const later = await engine.plan(rules, { ...who, lookups: tables(4, 'Paris', 'yes') }, first)

  assert.deepEqual(plan.steps[0]?.attributes['city']?.values, ['Paris'])
  assert.deepEqual(plan.lookups, { sites: 3, rare: 9, watched: 5 })
  assert.equal(plan.approvals, undefined)
  assert.equal(same.hash, plan.hash)
  assert.notEqual(later.hash, plan.hash)
  assert.equal(later.approvals?.length, 1)
})

test('a table that changes is read as it is now, without a new rule set; one that is missing is named', async () => {
  const rules = versioned({ targets: { t: { correlate, attributes: { city: "$lookup('sites', site)" } } } })
  const cities = ['Paris', 'Lutetia', 'Paris']

  for (const [index, city] of cities.entries()) {
    const lookups = { sites: toLookupTable({ rows: { PAR: city } }, index) }
    const plan = await engine.plan(rules, { ...who, lookups }, first)
    assert.deepEqual(plan.steps[0]?.attributes['city']?.values, [city])
  }
  await assert.rejects(engine.plan(rules, who, first), {
    code: 'rule_failed',
    message: 'targets.t.attributes.city: there is no lookup table "sites"',
    at: /^x\.json:1:/,
  })
})

test('many tables, more than a process keeps, are sent again when they are needed again', async () => {
  const rules = versioned({ targets: { t: { correlate, attributes: { city: "$lookup('sites', site)" } } } })
  const plans = Array.from({ length: 30 }, (_, index) => ({
    city: `City ${index}`,
    lookups: { sites: toLookupTable({ rows: { PAR: `City ${index}` } }, 1) },
  }))

  for (const { city, lookups } of [...plans, ...plans.slice(0, 3)]) {
    const plan = await engine.plan(rules, { ...who, lookups }, first)
    assert.deepEqual(plan.steps[0]?.attributes['city']?.values, [city])
  }
})

test('a generated password is in the plan by its policy, for who gets an account and who asks for a password, and for nobody else', async () => {
  const rules = versioned({
    targets: {
      t: { correlate, attributes: { pw: { value: '$exists(password) ? password : $password(16)', secret: true } } },
      u: { correlate, attributes: { pw: { value: '$password(16)', secret: true } } },
    },
  })
  const secretsOf = async (input: Partial<PlanInput>) =>
    (await engine.plan(rules, { ...who, ...input }, first)).steps.map(({ secrets }) => secrets['pw'])
  const made = 'generated:initial:16:lower+upper+digit+symbol'

  assert.deepEqual(await secretsOf({}), [made, made])
  assert.deepEqual(await secretsOf({ secrets: ['password'] }), ['password', made])
  assert.deepEqual(await secretsOf({ kind: 'update', accounts: ['t', 'u'] }), [undefined, undefined])
  assert.deepEqual(await secretsOf({ kind: 'update', accounts: ['t'] }), [undefined, made])
  assert.deepEqual(await secretsOf({ kind: 'password', accounts: ['t', 'u'], secrets: ['password'] }), ['password', made])
})

test('a generated password is no value and no text', async () => {
  const plan = (value: unknown) => engine.plan(versioned({ targets: { t: { correlate, attributes: { a: value } } } }), who, first)

  await assert.rejects(plan('$password()'), /the result is a secret/)
  await assert.rejects(plan('$string($password())'), /a secret is used as text/)
  await assert.rejects(plan("'x' & $password()"), /a secret is used as text/)
  await assert.rejects(plan({ value: "{'$secret': 'generated:x'}.`$secret`", secret: true }), /carries a secret of the request/)
})

const named = {
  identity: { login: '$unique($login(given, family))', kept: '$lowercase(given)' },
  targets: {
    blind: { correlate: { uid: 'identity.login' }, attributes: { login: 'identity.login' } },
    sees: { correlate: { number: 'number', kept: 'identity.kept' }, attributes: { uid: 'identity.login' } },
    takes: { correlate: { uid: 'identity.login' }, existing: 'adopt' },
    other: { correlate: { number: 'number' } },
  },
}

test('whoever reserves a name is told where it will stand, and what the identity’s own account would hold', async () => {
  const asked: HeldName[] = []
  const unique: UniqueReservations = {
    reserve: async (_namespaces, candidates, heldIn) => {
      asked.push(...heldIn)
      return candidates[0] ?? null
    },
  }

  const plan = await engine.plan(versioned(named), who, unique)

  assert.deepEqual(
    asked.map(({ target, attributes }) => [target, attributes]),
    [
      ['blind', ['uid', 'login']],
      ['sees', ['uid']],
    ],
  )
  assert.deepEqual(await Promise.all(asked.map((held) => held.evidence())), [null, { number: ['42'], kept: ['ada'] }])
  assert.deepEqual(
    plan.steps.map(({ target, adopts }) => [target, adopts]),
    [
      ['blind', false],
      ['other', undefined],
      ['sees', undefined],
      ['takes', undefined],
    ],
  )
})

test('who has an account under a name keeps it, whatever other targets hold', async () => {
  const asked: (readonly HeldName[])[] = []
  const unique: UniqueReservations = {
    reserve: async (_namespaces, candidates, heldIn) => {
      asked.push(heldIn)
      return candidates[0] ?? null
    },
  }

  const plan = await engine.plan(versioned(named), { ...who, kind: 'update', accounts: ['sees'] }, unique)

  assert.deepEqual(asked, [[]])
  assert.deepEqual(
    plan.steps.filter(({ adopts }) => adopts === false).map(({ target, operation }) => [target, operation]),
    [['blind', 'create']],
  )
})
