/**
 * One person in every kind of system at once, real where it can be had: all of it, or nothing of it. The last one waits until all the others have
 * done their part, and then refuses.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openActiveDirectoryFixture } from '#tests/contract/active-directory-fixture.ts'
import { openFirebaseFixture } from '#tests/contract/firebase-fixture.ts'
import type { Fixture } from '#tests/contract/fixture.ts'
import { openGlpiFixture } from '#tests/contract/glpi-fixture.ts'
import { openKeycloakFixture } from '#tests/contract/keycloak-fixture.ts'
import { openLdapFixture } from '#tests/contract/ldap-fixture.ts'
import { openOdooFixture } from '#tests/contract/odoo-fixture.ts'
import { openRestFixture } from '#tests/contract/rest-fixture.ts'
import { openScimFixture } from '#tests/contract/scim-fixture.ts'
import { openFirebaseEmulator } from '#tests/harness/firebase.ts'
import { openKeycloak } from '#tests/harness/keycloak.ts'
import { openOdoo } from '#tests/harness/odoo.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

type System = Pick<Fixture, 'config' | 'dump'>

/** What an administrator would write for each kind. */
const rules = {
  'active-directory': {
    correlate: { sAMAccountName: 'identity.login' },
    attributes: { cn: 'identity.name', sAMAccountName: 'identity.login', displayName: 'identity.name', sn: 'familyName' },
  },
  ldap: {
    correlate: { employeeNumber: 'employeeNumber' },
    attributes: { uid: 'identity.login', cn: 'identity.name', sn: 'familyName', employeeNumber: 'employeeNumber' },
  },
  keycloak: {
    correlate: { username: 'identity.login' },
    attributes: {
      ...{ username: 'identity.login', email: 'identity.mail', firstName: 'givenName', lastName: 'familyName' },
      title: 'title',
    },
  },
  glpi: {
    correlate: { name: 'identity.login' },
    attributes: { name: 'identity.login', realname: 'familyName', firstname: 'givenName', emails: 'identity.mail' },
  },
  firebase: {
    correlate: { email: 'identity.mail' },
    attributes: { email: 'identity.mail', displayName: 'identity.name', 'claims.title': 'title' },
  },
  odoo: {
    correlate: { login: 'identity.login' },
    attributes: { login: 'identity.login', name: 'identity.name', email: 'identity.mail', function: 'title' },
  },
  scim: {
    correlate: { userName: 'identity.login' },
    attributes: { userName: 'identity.login', externalId: 'employeeNumber', 'name.familyName': 'familyName', title: 'title' },
  },
  rest: {
    correlate: { login: 'identity.login' },
    attributes: { login: 'identity.login', displayName: 'identity.name', title: 'title', mails: 'identity.mail' },
  },
  sql: {
    correlate: { employee_number: 'employeeNumber' },
    attributes: { employee_number: 'employeeNumber', login: 'identity.login', name: 'identity.name', department: 'department' },
  },
} as const
type Kind = keyof typeof rules
/** Odoo alone may be missing for a day through nobody's fault. */
const hasOdoo = process.env['ODOO_HOME'] !== undefined
const kinds = (Object.keys(rules) as Kind[]).filter((kind) => kind !== 'odoo' || hasOdoo)
const others = kinds.filter((kind) => kind !== 'sql')

const ruleSet = {
  name: 'default',
  identity: {
    login: '$login(givenName, familyName)',
    name: "givenName & ' ' & familyName",
    mail: "identity.login & '@example.org'",
  },
  targets: Object.fromEntries(kinds.map((kind) => [kind, rules[kind]])),
}

const stack = new AsyncDisposableStack()
let postgres: TestPostgres
let systems: Readonly<Partial<Record<Kind, System>>>
let world: World
before(
  async () => {
    postgres = stack.use(await openPostgres())
    const [keycloak, emulator] = await Promise.all([openKeycloak(), openFirebaseEmulator()])
    stack.use(keycloak)
    stack.use(emulator)
    systems = {
      'active-directory': stack.use(await openActiveDirectoryFixture()),
      ldap: stack.use(await openLdapFixture()),
      keycloak: stack.use(await openKeycloakFixture(keycloak)),
      glpi: stack.use(await openGlpiFixture()),
      firebase: stack.use(await openFirebaseFixture(emulator)),
      scim: stack.use(await openScimFixture()),
      rest: stack.use(await openRestFixture()),
      ...(hasOdoo ? { odoo: stack.use(await openOdooFixture(stack.use(await openOdoo()), 'json-2')) } : {}),
      sql: await openTable(),
    }
    const targets = Object.fromEntries(kinds.map((kind) => [kind, { connector: kind, config: systemOf(kind).config }]))
    world = stack.use(await openWorld({ engine: 'redis', targets, ruleSet }))
  },
  { timeout: 240_000 },
)
after(() => stack.disposeAsync())

const gate = 4711

/** A table that refuses a department, though not before the gate is open. */
async function openTable(): Promise<System> {
  await postgres.createDatabase('app')
  await postgres.query(
    'app',
    `create table person (id bigint generated always as identity primary key, employee_number text not null unique,
       login text not null unique, name text, department text, active boolean not null default true);
     create function refuse() returns trigger language plpgsql as $$ begin
       perform pg_advisory_xact_lock(${gate});
       raise check_violation using message = 'nobody of this department'; end $$;
     create trigger refuse before insert on person for each row when (new.department = 'Ventes') execute function refuse();`,
  )
  const { host, port, user, password } = postgres
  return {
    config: {
      ...{ dialect: 'postgres', host, port, user, password, database: 'app', table: 'person', key: 'id' },
      ...{ active: { column: 'active', whenActive: true, whenInactive: false }, statementTimeoutMs: 10_000 },
    },
    dump: () => postgres.dump('app'),
  }
}

function systemOf(kind: Kind): System {
  const system = systems[kind]
  assert.ok(system !== undefined, `${kind} is not open`)
  return system
}

const dumps = () => Promise.all(kinds.map(async (kind) => [kind, await systemOf(kind).dump()] as const))

const newcomer = (number: number, familyName: string, department: string) => ({
  kind: 'create',
  externalId: `E-${number}`,
  attributes: { givenName: 'Zoé', familyName, employeeNumber: String(number), title: 'Comptable', department },
})

test('a test of each target finds nothing to mend', async () => {
  const { code, output } = await world.cli('targets', 'test')

  assert.equal(code, 0, output)
  for (const kind of kinds) assert.match(output, new RegExp(`^\\W*${kind}\\b`, 'm'))
})

test(`a newcomer has an account in each of ${kinds.length} systems`, async () => {
  const before = await dumps()

  const { status, body } = await world.submit(newcomer(1, 'Müller', 'Finance'))

  assert.equal(status, 201, JSON.stringify(body))
  assert.deepEqual(statesOf(body.details), Object.fromEntries(kinds.map((kind) => [kind, 'applied'])))
  const after = new Map(await dumps())
  for (const [kind, dump] of before) assert.notEqual(after.get(kind), dump, `${kind} holds nobody new`)
})

test(`when the last refuses, the ${others.length} others are put back as they were`, async () => {
  const before = await dumps()
  const number = 2
  const closed = await postgres.hold('app', `select pg_advisory_xact_lock(${gate})`)

  const asked = await world.submit(newcomer(number, 'Sørensen', 'Ventes'), { Prefer: 'respond-async' })
  await applied(asked.body.id)
  const between = new Map(await dumps())
  await closed[Symbol.asyncDispose]()
  const { state, problem, details } = await world.settled(asked.body.id, 60_000)

  for (const [kind, dump] of before) if (kind !== 'sql') assert.notEqual(between.get(kind), dump, `${kind} had done nothing`)
  assert.deepEqual([state, problem?.target], ['rolled_back', 'sql'])
  assert.deepEqual(statesOf(details), Object.fromEntries(kinds.map((kind) => [kind, kind === 'sql' ? 'failed' : 'undone'])))
  assert.deepEqual(await dumps(), before)
})

const statesOf = (steps: readonly { readonly target: string; readonly state: string }[]) =>
  Object.fromEntries(steps.map(({ target, state }) => [target, state]))

/** Waits until all but the last have done their part. */
async function applied(id: string): Promise<void> {
  const rest = `select target, state from passerelle.step where request_id = $1 and target <> 'sql' and state <> 'applied'`
  for (const end = Date.now() + 60_000; ; await delay(50)) {
    const waiting = await world.query(rest, [id])
    if (waiting.length === 0) return
    assert.ok(Date.now() < end, JSON.stringify(waiting))
  }
}
