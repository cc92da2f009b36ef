/** The requests of one identity happen one after the other, in the order in which they were accepted; those of others meanwhile. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findAccount, findPerson, shippedRules, sqlTargets, targetDatabase, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const atOnce = 60

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let world: World
    before(async () => {
      world = await openWorld({ engine, targets: sqlTargets, ruleSet: shippedRules(), workers: 2 })
    })
    after(() => world[Symbol.asyncDispose]())

    test('60 requests at once for one identity, however its id is written, end in the order of acceptance', async () => {
      const spellings = ['zoé-1', 'ZOÉ-1', 'zoe\u0301-1', 'ZOE\u0301-1', 'ｚｏé-1', 'Zoé-１']
      const bodies = Array.from({ length: atOnce }, (_, index) => ({
        kind: 'create',
        externalId: spellings[index % spellings.length],
        attributes: { givenName: 'Zoé', familyName: 'Serial', title: `Title ${index}` },
      }))

      const answers = await Promise.all(bodies.map((body) => world.submit(body, { Prefer: 'respond-async' })))
      const ended = await Promise.all(answers.map(({ body }) => world.settled(body.id)))

      // A waiting update that a newer one covers is passed over.
      assert.ok(
        ended.every(({ state }) => state === 'succeeded' || state === 'superseded'),
        JSON.stringify(ended.map(({ state }) => state)),
      )
      const accepted = await inOrder(world, 'accepted')
      assert.equal(accepted.length, atOnce)
      assert.deepEqual(await inOrder(world, 'decided'), accepted, 'they ended in the order in which they were accepted')
      assert.deepEqual(await overlaps(world), [], 'no step of one was claimed before the one before had ended')
      const last = bodies[answers.findIndex(({ body }) => body.id === accepted.at(-1))]
      assert.equal((await findPerson(world, 'Serial'))?.title, last?.attributes.title)
      assert.deepEqual(
        await world.query(`select count(*)::int as n from passerelle.identity where display_name = 'Zoé Serial'`),
        [{ n: 1 }],
      )
    })

    test('another identity does not wait behind one whose target is slow', async () => {
      await world.submit(newcomer('slow', 'Slow'))
      await using lock = await holdRow(world, 'Slow')

      const slow = await world.submit(change('slow', { title: 'Late' }), { Prefer: 'respond-async' })
      const behind = await world.submit(change('slow', { title: 'Last' }), { Prefer: 'respond-async' })
      const others = await Promise.all(['One', 'Two', 'Three'].map((name) => world.submit(newcomer(`fast-${name}`, name))))
      const waiting = await world.call('GET', `/api/v1/requests/${behind.body.id}`)
      await lock[Symbol.asyncDispose]()

      assert.deepEqual(
        others.map(({ body }) => body.state),
        ['succeeded', 'succeeded', 'succeeded'],
      )
      assert.deepEqual([waiting.body.state, waiting.body.steps.map(({ state }) => state)], ['received', ['pending', 'pending']])
      await Promise.all([slow, behind].map(({ body }) => world.settled(body.id)))
      assert.equal((await findPerson(world, 'Slow'))?.title, 'Last')
    })

    test('what a rolled-back request asked for does not come back with a later partial change', async () => {
      await world.submit(newcomer('refused', 'Refusal', { title: 'Clerk' }))
      const before = await targetsDump(world)

      const refused = await world.submit(
        change('refused', { title: 'Chief', organizationalUnit: 'Refused', telephoneNumber: '+33 1' }),
      )
      const after_ = await targetsDump(world)
      const partial = await world.submit(change('refused', { telephoneNumber: '+33 2' }))

      assert.deepEqual([refused.status, refused.body.state, after_], [422, 'rolled_back', before])
      assert.equal(partial.body.state, 'succeeded')
      const [person, account] = [await findPerson(world, 'Refusal'), await findAccount(world, 'arefusal')]
      assert.deepEqual(
        [person?.title, person?.department, account?.service, account?.phone],
        ['Clerk', 'Finance', 'Finance', '+33 2'],
      )
    })

    test('a request accepted behind one that is then refused is planned again: it asks for nothing that was refused', async () => {
      await world.submit(newcomer('twice', 'Twofold', { title: 'Clerk' }))
      const lock = await holdRow(world, 'Twofold')

      const first = await world.submit(change('twice', { organizationalUnit: 'Refused' }), { Prefer: 'respond-async' })
      const second = await world.submit(change('twice', { title: 'Chief' }), { Prefer: 'respond-async' })
      await lock[Symbol.asyncDispose]()
      const ended = await Promise.all([first, second].map(({ body }) => world.settled(body.id)))
      const partial = await world.submit(change('twice', { telephoneNumber: '+33 3' }))

      assert.deepEqual(
        ended.map(({ state }) => state),
        ['rolled_back', 'succeeded'],
      )
      assert.equal(partial.body.state, 'succeeded')
      const account = await findAccount(world, 'atwofold')
      assert.deepEqual(
        [(await findPerson(world, 'Twofold'))?.title, account?.service, account?.phone],
        ['Chief', 'Finance', '+33 3'],
      )
      assert.ok((await world.events(second.body.id)).some(({ action }) => action === 'planned_again'))
      assert.equal(
        ended[1]?.plan.identity['department'] ?? ended[1]?.plan.steps[0]?.attributes['department']?.values[0],
        'Finance',
      )
    })

    test('a login that a refused creation took is free again, unless a later request goes on using it', async () => {
      await world.submit(newcomer('taken', 'Owner', { title: 'Forbidden' }))
      const owner = await reservedBy(world, 'aowner')
      const blocker = await holdTable(world)
      const refused = await world.submit(newcomer('kept', 'Keeper', { title: 'Forbidden' }), { Prefer: 'respond-async' })
      const mended = await world.submit(newcomer('kept', 'Keeper'), { Prefer: 'respond-async' })
      await blocker[Symbol.asyncDispose]()
      const ended = await Promise.all([refused, mended].map(({ body }) => world.settled(body.id)))

      assert.deepEqual(owner, [])
      assert.deepEqual(
        ended.map(({ state }) => state),
        ['rolled_back', 'succeeded'],
      )
      assert.deepEqual(await reservedBy(world, 'akeeper'), ['test|kept', 'test|kept'])
    })
  })

function newcomer(externalId: string, familyName: string, attributes: object = {}) {
  return {
    kind: 'create',
    externalId,
    attributes: { givenName: 'Ada', familyName, organizationalUnit: 'Finance', ...attributes },
  }
}

function change(externalId: string, attributes: object) {
  return { kind: 'update', externalId, attributes }
}

/** The serial identity's requests in the order of this action in the audit trail. */
async function inOrder(world: World, action: string): Promise<readonly unknown[]> {
  const rows = await world.query(
    `select request_id from passerelle.audit join passerelle.request on request.id = request_id
     where action = $1 and external_id ilike '%-1' or action = $1 and external_id like '%１' order by audit.seq`,
    [action],
  )
  return rows.map((row) => row['request_id'])
}

/** Claims of a request that stand in the trail before the end of a request accepted earlier, for the serial identity. */
function overlaps(world: World): Promise<readonly Record<string, unknown>[]> {
  return world.query(
    `select claim.seq from passerelle.audit claim join passerelle.request later on later.id = claim.request_id
     join passerelle.request earlier on earlier.identity_id = later.identity_id and earlier.seq < later.seq
     join passerelle.audit decided on decided.request_id = earlier.id and decided.action = 'decided'
     where claim.action = 'claimed' and claim.seq < decided.seq`,
  )
}

async function reservedBy(world: World, login: string): Promise<readonly unknown[]> {
  return (await world.query('select owner from passerelle.reservation where value = $1 order by namespace', [login])).map(
    (row) => row['owner'],
  )
}

/** Somebody else's transaction holds the person's row: changes of it wait until this is disposed. */
function holdRow(world: World, familyName: string): Promise<AsyncDisposable> {
  return world.postgres.hold(targetDatabase, 'select 1 from directory.person where family_name = $1 for update', [familyName])
}

/** Somebody else's transaction keeps all writers of the directory waiting until this is disposed. */
function holdTable(world: World): Promise<AsyncDisposable> {
  return world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')
}
