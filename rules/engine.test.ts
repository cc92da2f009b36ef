import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { openRuleEngine, parseRuleSet, type PlanInput, type RuleSet, type UniqueReservations } from './index.ts'

const engine = await openRuleEngine({ log: pino({ level: 'silent' }), size: 2 })
after(() => engine[Symbol.asyncDispose]())

type Versioned = RuleSet & { readonly version: number }

function shipped(file: string): Versioned {
  return { version: 1, ...parseRuleSet(readFileSync(join(import.meta.dirname, file), 'utf8'), { file }) }
}

/** One target `t` whose attribute `a` is this expression. */
function only(expression: string): Versioned {
  const document = {
    name: 'only',
    targets: { t: { correlate: { uid: 'uid' }, attributes: { a: expression, pw: { value: 'password', secret: true } } } },
  }
  return { ...parseRuleSet(JSON.stringify(document), { file: 'only.json' }), version: 1 }
}

/** Who holds what, as the database does it: all namespaces or none, and one's own value first. */
function createReservations() {
  const holders = new Map<string, string>()
  let asked = 0
  return {
    asked: () => asked,
    of: (identity: string): UniqueReservations => ({
      async reserve(namespaces, candidates) {
        asked++
        await Promise.resolve()
        const keys = (value: string) => namespaces.map((namespace) => `${namespace}/${value.toLowerCase()}`)
        const own = candidates.find((value) => keys(value).every((key) => holders.get(key) === identity))
        const free = own ?? candidates.find((value) => keys(value).every((key) => (holders.get(key) ?? identity) === identity))
        if (free === undefined) return null
        for (const key of keys(free)) holders.set(key, identity)
        return free
      },
    }),
  }
}

const zoe: PlanInput = {
  kind: 'create',
  source: 'midpoint',
  externalId: 'e1',
  attributes: {
    givenName: ['ZOÉ'],
    familyName: ['MÜLLER'],
    organizationalUnit: ['Ressources humaines'],
    telephoneNumber: ['+33 1 23 45 67 89'],
  },
  secrets: ['password'],
  accounts: [],
}

const values = (attributes: Readonly<Record<string, { readonly values: readonly unknown[] }>> | undefined) =>
  Object.fromEntries(Object.entries(attributes ?? {}).map(([name, attribute]) => [name, attribute.values]))

test('the shipped default makes a directory and an intranet account of a newcomer', async () => {
  const plan = await engine.plan(shipped('default.yaml'), zoe, createReservations().of('zoe'))

  const [directory, intranet, ...others] = plan.steps
  assert.deepEqual(others, [])
  assert.deepEqual(values(directory?.attributes), {
    login: ['zmuller'],
    given_name: ['Zoé'],
    family_name: ['Müller'],
    display_name: ['Zoé Müller'],
    mail: ['zmuller@example.org'],
    department: ['Ressources humaines'],
    title: [],
  })
  assert.deepEqual(directory?.memberships, { add: ['everyone', 'ressources-humaines'], remove: [] })
  assert.deepEqual(directory?.secrets, { password: 'password' })
  assert.deepEqual(values(intranet?.attributes), {
    username: ['zmuller'],
    full_name: ['Zoé Müller'],
    email: ['zmuller@example.org'],
    service: ['Ressources humaines'],
    phone: ['+33 1 23 45 67 89'],
  })
})

test('the shipped default keeps externals out of the intranet and what the source says as it is', async () => {
  const attributes = {
    ...zoe.attributes,
    employeeType: ['external'],
    fullName: ['Zoé M.'],
    emailAddress: ['Zoe@Partner.example'],
  }

  const plan = await engine.plan(shipped('default.yaml'), { ...zoe, attributes }, createReservations().of('zoe'))

  assert.deepEqual(
    plan.steps.map(({ target }) => target),
    ['directory'],
  )
  assert.deepEqual(plan.identity['displayName'], ['Zoé M.'])
  assert.deepEqual(plan.identity['mail'], ['zoe@partner.example'])
  assert.deepEqual(plan.steps[0]?.memberships.add, ['everyone', 'externals', 'ressources-humaines'])
})

test('the shipped JSON example plans LDAP, PostgreSQL and MariaDB', async () => {
  const attributes = { ...zoe.attributes, employeeNumber: ['4217'], organizationalUnit: ['Finance'], locality: ['Saint-Denis'] }

  const plan = await engine.plan(shipped('example.json'), { ...zoe, attributes }, createReservations().of('zoe'))

  assert.deepEqual(
    plan.steps.map(({ operation, target }) => `${operation} ${target}`),
    ['create erp-mariadb', 'create hr-postgres', 'create ldap-paris'],
  )
  assert.deepEqual(plan.steps[2]?.attributes['cn']?.values, ['Zoé MÜLLER'])
  assert.deepEqual(plan.steps[1]?.attributes['site']?.values, ['saint-denis'])
  assert.deepEqual(plan.steps[0]?.attributes['language'], { values: ['fr'], strength: 'initial', multivalued: 'replace' })
})

test('a hundred homonyms at once get a hundred different logins', async () => {
  const rules = shipped('default.yaml')
  const reservations = createReservations()

  const plans = await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      engine.plan(rules, { ...zoe, externalId: `e${number}` }, reservations.of(`e${number}`)),
    ),
  )

  const logins = plans.map(({ identity }) => String(identity['login']?.[0]))
  assert.equal(new Set(logins).size, 100)
  assert.deepEqual(
    logins.filter((login) => !/^zmuller([2-9]|[1-9]\d|100)?$/.test(login)),
    [],
  )
})

test('the same identity gets its own login back, and so the same plan', async () => {
  const rules = shipped('default.yaml')
  const reservations = createReservations()
  await engine.plan(rules, zoe, reservations.of('stranger'))

  const first = await engine.plan(rules, zoe, reservations.of('zoe'))
  const second = await engine.plan(rules, zoe, reservations.of('zoe'))

  assert.deepEqual(first.identity['login'], ['zmuller2'])
  assert.equal(second.hash, first.hash)
})

test('a person without a name in letters is refused where the rule says so, naming the place', async () => {
  const nameless = engine.plan(shipped('default.yaml'), { ...zoe, attributes: {} }, createReservations().of('x'))

  await assert.rejects(nameless, {
    code: 'rule_failed',
    at: /^default\.yaml:\d+:\d+$/,
    message: /^targets\.directory\.correlate\.login: /,
  })
})

test('what fails while an expression runs names target, attribute, position and character', async () => {
  const rules = only('uid + 1')

  const failing = engine.plan(rules, { ...zoe, attributes: { uid: ['zmuller'] } }, createReservations().of('x'))

  await assert.rejects(failing, {
    code: 'rule_failed',
    at: /^only\.json:1:\d+$/,
    message: 'targets.t.attributes.a: the left side of + is not a number (at character 5 of the expression)',
  })
})

test('a secret that a rule tries to change or to look into is refused', async () => {
  for (const expression of [
    "password & '!'",
    '$string(password)',
    'password',
    '$uppercase($string(password))',
    '[password]',
    '$length(password)',
    '$substring($string(password), 4)',
  ]) {
    const leaking = engine.plan(only(expression), { ...zoe, attributes: { uid: ['z'] } }, createReservations().of('x'))

    await assert.rejects(leaking, { code: 'rule_failed', message: /^targets\.t\.attributes\.a: / }, expression)
  }
})

test('request and computed attributes are what the engine says, not what an attribute claims', async () => {
  const rules = only("$join([request.kind, request.source, request.externalId, $string(identity)], ' ')")
  const attributes = { uid: ['z'], request: ['forged'], identity: ['forged'] }

  const plan = await engine.plan(rules, { ...zoe, attributes }, createReservations().of('x'))

  assert.deepEqual(plan.steps[0]?.attributes['a']?.values, ['create midpoint e1 {}'])
})

test('functions of ours work inside lists, with ~>, and partly applied', async () => {
  const attributes = { uid: ['z'], name: ['ŒUVRARD', "o'connor"], one: ['De La Tour'] }
  const results = [
    '$map(name, $proper)',
    'name.$slug($)',
    "one ~> $slug('_')",
    '$map(name, $slug(?, "."))',
    '$map(name, $ascii)',
    '$initials(one)',
  ]

  const plans = await Promise.all(
    results.map((expression) => engine.plan(only(expression), { ...zoe, attributes }, createReservations().of('x'))),
  )

  assert.deepEqual(
    plans.map(({ steps }) => steps[0]?.attributes['a']?.values),
    [
      ['Œuvrard', "O'Connor"],
      ['oeuvrard', 'oconnor'],
      ['de_la_tour'],
      ['oeuvrard', 'oconnor'],
      ['OEUVRARD', "o'connor"],
      ['DLT'],
    ],
  )
})

test('a deletion is planned without asking anyone', async () => {
  const reservations = createReservations()

  const plan = await engine.plan(
    shipped('default.yaml'),
    { ...zoe, kind: 'delete', attributes: {}, accounts: ['directory', 'intranet'] },
    reservations.of('x'),
  )

  assert.deepEqual(
    plan.steps.map(({ operation, target }) => `${operation} ${target}`),
    ['delete directory', 'delete intranet'],
  )
  assert.equal(reservations.asked(), 0)
})

test('when every candidate is taken the request is refused, after few round trips', async () => {
  const reservations = createReservations()
  const full: UniqueReservations = {
    reserve: async (namespaces, candidates) => (await reservations.of('x').reserve(namespaces, candidates, []), null),
  }

  const failing = engine.plan(shipped('default.yaml'), zoe, full)

  await assert.rejects(failing, { code: 'rule_failed', message: /no free value among 10000 candidates/ })
  assert.equal(reservations.asked(), 3)
})
