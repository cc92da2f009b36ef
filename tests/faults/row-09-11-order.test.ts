/**
 * Rows 9 and 11: many requests for one identity at once, by two servers and in every spelling of its id; and rules that change while
 * requests are on their way. On both queue engines, at the same time.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findPerson, shippedRules, sqlTargets, targetDatabase, targetsDump } from '../harness/sql-targets.ts'
import { openWorld, type World, type WorldServer } from '../harness/world.ts'

const atOnce = 200
const spellings = ['zoé-1', 'ZOÉ-1', 'zoe\u0301-1', 'ZOE\u0301-1', 'ｚｏé-1', 'Zoé-１', 'ZoE\u0301-1']

describe('on both engines', { concurrency: 2 }, () => {
  for (const engine of ['redis', 'postgres'] as const)
    describe(`on ${engine}`, { concurrency: 1 }, () => {
      let world: World
      let second: WorldServer
      before(async () => {
        world = await openWorld({ engine, targets: sqlTargets, ruleSet: shippedRules(), workers: 2 })
        second = await world.startServer()
      })
      after(() => world[Symbol.asyncDispose]())

      test(`${atOnce} requests at once for one identity, by two servers and however its id is written, happen in the order of acceptance`, async () => {
        const bodies = Array.from({ length: atOnce }, (_, index) => ({
          kind: 'create',
          externalId: spellings[index % spellings.length],
          attributes: { givenName: 'Zoé', familyName: 'Serial', title: `Title ${index}` },
        }))

        const answers = await Promise.all(
          bodies.map((body, index) => (index % 2 === 0 ? world : second).submit(body, { Prefer: 'respond-async' })),
        )
        const ended = await Promise.all(answers.map(({ body }) => world.settled(body.id, 90_000)))

        // 200: it had ended by the time that its answer was read.
        assert.deepEqual(
          answers.map(({ status }) => status).filter((status) => status !== 202 && status !== 200),
          [],
        )
        const order = (await world.query('select id from passerelle.request order by seq')).map((row) => String(row['id']))
        assert.deepEqual(
          order.toSorted(),
          answers.map(({ body }) => body.id).toSorted(),
          'nothing is lost, nothing is there twice',
        )
        assert.deepEqual(
          [...new Set(ended.map(({ state }) => state))].filter((state) => state !== 'superseded'),
          ['succeeded'],
        )
        assert.deepEqual(await overlaps(world), [], 'no step of one was claimed before the one before had ended')
        const last = bodies[answers.findIndex(({ body }) => body.id === order.at(-1))]
        assert.equal((await findPerson(world, 'Serial'))?.title, last?.attributes.title, 'the last accepted wins')
        assert.deepEqual(await world.query("select count(*)::int as n from passerelle.identity where key like 'zo%-1'"), [
          { n: 1 },
        ])
      })

      test('rules that are published while a request is on its way do not touch it: it is applied, and undone, by those it was accepted with', async () => {
        const before = await targetsDump(world)
        const lock = await world.postgres.hold(targetDatabase, 'lock table directory.person, intranet.account in exclusive mode')
        const accepted = await world.submit(newcomer('kept', 'Finance'), { Prefer: 'respond-async' })
        const refused = await world.submit(newcomer('undone', 'Refused'), { Prefer: 'respond-async' })

        world.configure({ ruleSet: withTitles('By the new rules') })
        const published = await world.cli('apply')
        const later = await world.submit(newcomer('later', 'Finance'), { Prefer: 'respond-async' })
        await lock[Symbol.asyncDispose]()
        const ended = await Promise.all([accepted, refused, later].map(({ body }) => world.settled(body.id, 60_000)))

        assert.equal(published.code, 0, published.output)
        assert.deepEqual(
          ended.map(({ state }) => state),
          ['succeeded', 'rolled_back', 'succeeded'],
        )
        const versions = await world.query('select id, rule_version from passerelle.request where id = any($1) order by seq', [
          ended.map(({ id }) => id),
        ])
        const [old, undone, new_] = versions.map((row) => Number(row['rule_version']))
        assert.deepEqual([undone, new_], [old, Number(old) + 1])
        assert.equal((await findPerson(world, 'Kept'))?.title, 'Clerk')
        assert.equal((await findPerson(world, 'Later'))?.title, 'By the new rules')
        assert.equal(await findPerson(world, 'Undone'), null)
        assert.notEqual(await targetsDump(world), before)
      })
    })
})

function newcomer(name: string, organizationalUnit: string) {
  const familyName = name.charAt(0).toUpperCase() + name.slice(1)
  return { kind: 'create', externalId: name, attributes: { givenName: 'Ada', familyName, organizationalUnit, title: 'Clerk' } }
}

/** The shipped rules, but everybody in the directory has this title. */
function withTitles(title: string): Record<string, unknown> {
  const rules = shippedRules() as { version: number; targets: Record<string, { attributes: Record<string, unknown> }> }
  const { directory, ...others } = rules.targets
  const attributes = { ...directory?.attributes, title: `'${title}'` }
  return { ...rules, version: rules.version + 1, targets: { ...others, directory: { ...directory, attributes } } }
}

/** Claims of a request that stand in the trail before the end of a request of the same identity that was accepted earlier. */
function overlaps(world: World): Promise<readonly Record<string, unknown>[]> {
  return world.query(
    `with ended as (select request_id, max(seq) as seq from passerelle.audit where action = 'decided' group by 1),
      begun as (select request_id, min(seq) as seq from passerelle.audit where action = 'claimed' group by 1)
     select begun.seq from begun join passerelle.request later on later.id = begun.request_id
     join passerelle.request earlier on earlier.identity_id = later.identity_id and earlier.seq < later.seq
     join ended on ended.request_id = earlier.id where begun.seq < ended.seq`,
  )
}
