/** One transaction over three real systems: all of it, or nothing of it. Run on both queue engines. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Attribute, Change } from 'ldapts'
import pg from 'pg'
import { isLdapRequest } from '../harness/ldap-requests.ts'
import { adopting } from '../harness/rule-sets.ts'
import { newcomer, openThreeTargets, refusedByErp, type ThreeTargets } from '../harness/three-targets.ts'
import { openWorld, type World } from '../harness/world.ts'

let three: ThreeTargets
before(async () => {
  three = await openThreeTargets()
})
after(() => three[Symbol.asyncDispose]())

for (const engine of ['redis', 'postgres'] as const) {
  describe(`with the queues in ${engine}`, () => {
    let world: World
    const base = engine === 'redis' ? 1000 : 2000
    before(async () => {
      world = await openWorld({ engine, targets: three.targets, ruleSet: adopting(three.ruleSet) })
    })
    after(() => world[Symbol.asyncDispose]())

    test('a newcomer has one account in the directory, PostgreSQL and MariaDB, under one login', async () => {
      const answer = await world.submit(newcomer(base + 1))

      assert.equal(answer.status, 201, JSON.stringify(answer.body))
      assert.equal(answer.body.state, 'succeeded')
      const login = String(answer.body.plan.identity.login?.[0])
      const [entry] = await three.slapd.find(`(uid=${login})`)
      assert.equal(entry?.employeeNumber, String(base + 1))
      assert.equal((await three.postgres.query('hr', 'select * from person where login = $1', [login])).length, 1)
      assert.equal((await three.mariadb.query('erp', 'select * from user_account where code = ?', [login])).length, 1)
      const [staff] = await three.slapd.find('(cn=staff)')
      assert.ok([staff?.member].flat().includes(entry?.dn))
    })

    test('when MariaDB refuses, the directory and PostgreSQL are exactly as before', async () => {
      const before = await three.dump()

      const answer = await world.submit(refusedByErp(base + 2))

      assert.equal(answer.status, 422, JSON.stringify(answer.body))
      assert.equal(answer.body.state, 'rolled_back')
      assert.equal(answer.body.problem?.target, 'erp-mariadb')
      const states = Object.fromEntries(answer.body.details.map((step) => [step.target, step.state]))
      assert.equal(states['erp-mariadb'], 'failed')
      for (const other of ['ldap-paris', 'hr-postgres']) assert.match(states[other] ?? '', /^(undone|kept)$/)
      assert.deepEqual(await three.dump(), before)
    })

    test('when MariaDB refuses a mover, what the others changed is put back, password and groups included', async () => {
      const arrived = await world.submit(newcomer(base + 3))
      assert.equal(arrived.body.state, 'succeeded')
      const before = await three.dump()

      const answer = await world.submit({
        kind: 'update',
        externalId: `E-${base + 3}`,
        attributes: { organizationalUnit: 'Ventes', title: 'Directrice', employeeType: 'external' },
        secrets: { password: 'Another-Horse-43' },
      })

      // An external has no account in PostgreSQL: it is disabled, and enabled again by the rollback.
      assert.equal(
        answer.body.state,
        'rolled_back',
        JSON.stringify(answer.body.details.map((step) => [step.target, step.state, step.error])),
      )
      assert.deepEqual(await three.dump(), before)
    })

    test('an account that was there before is adopted, and given back as it was', async () => {
      await three.mariadb.query('erp', "insert into user_account (code, label) values (?, 'Somebody else')", [`hstranger${base}`])
      const dn = `uid=hstranger${base},${three.slapd.peopleBase}`
      await three.slapd.asRoot((client) =>
        client.add(dn, {
          objectClass: ['inetOrgPerson'],
          uid: [`hstranger${base}`],
          cn: ['H Stranger'],
          sn: ['Stranger'],
          description: ['mine'],
        }),
      )
      const before = await three.dump()

      const answer = await world.submit({
        ...refusedByErp(base + 4),
        attributes: { ...refusedByErp(base + 4).attributes, givenName: 'H', familyName: `Stranger${base}` },
      })

      assert.equal(answer.body.state, 'rolled_back')
      assert.equal(answer.body.details.find((step) => step.target === 'ldap-paris')?.disposition ?? 'adopted', 'adopted')
      assert.deepEqual(await three.dump(), before)
    })

    test('a reply that is lost after the directory committed ends as applied, with one entry', async () => {
      three.proxies.ldap.cutReplyAfter(isLdapRequest('add'))

      const answer = await world.submit(newcomer(base + 5), { Prefer: 'wait=30' })

      assert.equal(
        answer.body.state,
        'succeeded',
        JSON.stringify(answer.body.details.map((step) => [step.target, step.state, step.error])),
      )
      const step = answer.body.details.find((other) => other.target === 'ldap-paris')
      assert.equal(step?.disposition, 'created')
      assert.ok((step?.attempts ?? 0) > 1, 'the first call was cut')
      assert.equal((await three.slapd.find(`(employeeNumber=${base + 5})`)).length, 1)
      const actions = (await world.events(answer.body.id))
        .filter((event) => event.targets.includes('ldap-paris'))
        .map((event) => event.action)
      assert.ok(actions.includes('unknown'), actions.join())
    })

    test('a call that is lost while the database still works on it takes effect once, however late', async () => {
      const number = base + 7
      const locker = new pg.Client({ connectionString: three.postgres.urlOf('hr') })
      await locker.connect()
      await locker.query('begin; lock table person in exclusive mode')
      const asked = await world.submit(newcomer(number), { Prefer: 'respond-async' })
      await until(
        async () =>
          (await three.postgres.query('hr', "select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0,
      )
      three.proxies.postgres.reset()
      await three.proxies.postgres.heal()
      // The step is taken up again, and nothing is to be seen of the lost call yet.
      await until(async () => (await attemptsAt(world, asked.body.id, 'hr-postgres')) > 1)
      await delay(200)
      await locker.query('commit')
      await locker.end()

      const settled = await world.settled(asked.body.id, 60_000)

      assert.equal(
        settled.state,
        'succeeded',
        JSON.stringify(settled.details.map((step) => [step.target, step.state, step.error])),
      )
      assert.equal(settled.details.find((step) => step.target === 'hr-postgres')?.disposition, 'created')
      assert.equal(
        (await three.postgres.query('hr', 'select 1 from person where employee_number = $1', [String(number)])).length,
        1,
      )
    })

    test('what a third party changed before the rollback is not overwritten: the step is stuck and says what it found', async () => {
      three.proxies.mariadb.hang()
      const asked = await world.submit(refusedByErp(base + 6), { Prefer: 'respond-async' })
      const dn = await entryOf(three, base + 6)
      await three.slapd.asRoot((client) => client.modify(dn, [replace('title', 'Changed by somebody')]))
      await three.proxies.mariadb.heal()

      const settled = await world.settled(asked.body.id, 60_000)

      assert.equal(settled.state, 'needs_attention')
      const step = settled.details.find((other) => other.target === 'ldap-paris')
      assert.equal(step?.state, 'stuck')
      assert.ok(
        step?.differences.some((difference) => difference.item === 'title' && difference.found.includes('Changed by somebody')),
        JSON.stringify(step?.differences),
      )
      const [entry] = await three.slapd.find(`(employeeNumber=${base + 6})`)
      assert.equal(entry?.title, 'Changed by somebody')
    })
  })
}

function replace(type: string, value: string): Change {
  return new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) })
}

async function attemptsAt(world: World, id: string, target: string): Promise<number> {
  const [step] = await world.query('select attempts from passerelle.step where request_id = $1 and target = $2', [id, target])
  return Number(step?.['attempts'])
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await delay(20))
    if (Date.now() > end) throw new Error('it never came to that')
}

/** The entry's DN, as soon as the directory has it. */
async function entryOf({ slapd }: ThreeTargets, number: number): Promise<string> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(50)) {
    const [entry] = await slapd.find(`(employeeNumber=${number})`)
    if (entry !== undefined) return entry.dn
  }
  throw new Error('the directory never got the account')
}
