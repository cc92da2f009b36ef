/**
 * Row 8: somebody else was there before, or comes in between. What is not ours is never touched; where an undo meets a stranger's change, it
 * says exactly what it found, and goes on when people put that right.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { RequestDetail } from '#server/api/types.ts'
import { findPerson, shippedRules, sqlTargets, targetDatabase, targetsDump } from '../harness/sql-targets.ts'
import { adopting } from '../harness/rule-sets.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: adopting(shippedRules()) })
})
after(() => world[Symbol.asyncDispose]())

const refused = (externalId: string, familyName: string) => ({
  kind: 'create',
  externalId,
  attributes: { givenName: 'Ada', familyName, organizationalUnit: 'Refused', title: 'Clerk' },
})

test('a creation that meets an account which was there already, while a sibling fails, leaves the stranger’s account as it was', async () => {
  await world.postgres.query(
    targetDatabase,
    `insert into directory.person (login, family_name, title, department, password, active) values ('aformer', 'Somebody', 'Boss', 'Their own', 'hash', false)`,
  )
  const before = await targetsDump(world)

  const { body } = await world.submit(refused('adopts', 'Former'))

  assert.equal(body.state, 'rolled_back', JSON.stringify(body.problem))
  assert.equal(stepOf(body).disposition, 'adopted')
  assert.equal(await targetsDump(world), before)
  assert.deepEqual(
    await world.query(`select 1 from passerelle.account where target = 'directory'`),
    [],
    'it is nobody’s account again',
  )
})

test('a third party’s change before the undo stays, and is told; when people take it back, a look in the target or a new try ends it', async () => {
  for (const [externalId, familyName, verb] of [
    ['looks', 'Looked', 'probe'],
    ['tries', 'Triedagain', 'cancel'],
  ] as const) {
    const before = await targetsDump(world)
    const stuck = await changedInBetween(externalId, familyName)
    assert.equal((await findPerson(world, familyName))?.title, 'Theirs', 'it was not overwritten')
    assert.deepEqual([stuck.state, stuck.problem?.code, stepOf(stuck).state], ['needs_attention', 'drift', 'stuck'])
    assert.deepEqual(stepOf(stuck).differences, [{ item: 'title', expected: ['Clerk'], found: ['Theirs'] }])
    const admin = await world.login()
    const resolve = (how: string) =>
      world.call('POST', `/api/v1/requests/${stuck.id}/${how}`, { reason: 'they took it back' }, admin)

    if (verb === 'probe') {
      await resolve('probe')
      await until(async () => (await actions(stuck.id)).filter((action) => action === 'probed').length === 1)
      await until(async () => (await read(stuck.id)).details.every(({ statements }) => statements.length === 0))
      assert.equal((await read(stuck.id)).state, 'needs_attention', 'looking changes nothing')
      assert.notEqual(await findPerson(world, familyName), null)
      await world.postgres.query(
        targetDatabase,
        'delete from directory.membership where person_id in (select id from directory.person where family_name = $1)',
        [familyName],
      )
      await world.postgres.query(targetDatabase, 'delete from directory.person where family_name = $1', [familyName])
    } else
      await world.postgres.query(targetDatabase, `update directory.person set title = 'Clerk' where family_name = $1`, [
        familyName,
      ])
    const answer = await resolve(verb)
    const settled = await ended(stuck.id)

    assert.equal(answer.status, 202)
    assert.deepEqual([settled.state, stepOf(settled).state, await targetsDump(world)], ['rolled_back', 'undone', before])
  }
})

/** The directory has the account, the intranet waits with its refusal, and somebody changes the title meanwhile. */
async function changedInBetween(externalId: string, familyName: string): Promise<RequestDetail> {
  const lock = await world.postgres.hold(targetDatabase, 'lock table intranet.account in exclusive mode')
  const { body } = await world.submit(refused(externalId, familyName), { Prefer: 'respond-async' })
  await until(async () => stepOf(await read(body.id)).state === 'applied')
  await world.postgres.query(targetDatabase, `update directory.person set title = 'Theirs' where family_name = $1`, [familyName])
  await lock[Symbol.asyncDispose]()
  return world.settled(body.id)
}

const read = async (id: string) => (await world.call<RequestDetail>('GET', `/api/v1/requests/${id}`)).body
const actions = async (id: string) => (await world.events(id)).map(({ action }) => action)
const stepOf = ({ details }: RequestDetail) => details.find(({ target }) => target === 'directory')!

async function ended(id: string): Promise<RequestDetail> {
  await until(async () => (await read(id)).state === 'rolled_back')
  return read(id)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await delay(50))
    if (Date.now() > end) throw new Error('it never came to that')
}
