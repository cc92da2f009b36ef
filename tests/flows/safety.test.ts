/** Too many leave at once: two servers let through exactly as many as the thresholds say, and ask people for the rest. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { approvalsOf, decide, openPeople, type Headers } from '#tests/harness/approvals.ts'
import { ask, daysPass, deletionsOf, departuresOf, joiner, rulesForLeavers, until } from '#tests/harness/leavers.ts'
import { findPerson, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World, type WorldServer } from '#tests/harness/world.ts'
import type { HeldDecided, ProblemDetails, RequestDetail, SafetyStatus } from '#server/api/types.ts'

let world: World
let second: WorldServer
let people: Record<'olga' | 'otto', Headers>
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesThatCount([]) })
  second = await world.startServer()
  people = await openPeople(world, { olga: 'operator', otto: 'operator' })
})
after(() => world[Symbol.asyncDispose]())
// An hour passes between two tests.
beforeEach(() => world.query('delete from passerelle.safety_use'))

function rulesThatCount(safety: readonly object[]) {
  return rulesForLeavers({ safety })
}

async function publish(...safety: readonly object[]): Promise<void> {
  world.configure({ ruleSet: rulesThatCount(safety) })
  const { code, output } = await world.cli('apply')
  assert.equal(code, 0, output)
}

const inLetters = (number: number) => String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))

/** As the shipped rules write names. */
const familyName = (prefix: string, number: number) => `${prefix.charAt(0).toUpperCase()}${prefix.slice(1)}${inLetters(number)}`

/** People who have joined, by their external ids. */
async function joined(prefix: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, number) => `${prefix}-${number}`)
  await Promise.all(
    ids.map(async (id, number) => {
      const { body } = await world.submit(joiner(id, familyName(prefix, number)), { Prefer: 'wait=60' })
      assert.equal(body.state, 'succeeded', JSON.stringify(body))
    }),
  )
  return ids
}

const leave = async (client: Pick<World, 'submit'>, externalId: string, kind = 'disable'): Promise<RequestDetail> =>
  (await client.submit({ kind, externalId }, { Prefer: 'respond-async' })).body

async function statusOf(name: string): Promise<readonly SafetyStatus[]> {
  const { body } = await world.call<{ items: readonly SafetyStatus[] }>('GET', '/api/v1/safety', undefined, people.olga)
  return body.items.filter((status) => status.name === name)
}

const statesOf = async (requests: readonly RequestDetail[]) =>
  Map.groupBy(await Promise.all(requests.map(({ id }) => stateOf(id))), (state) => state)
const stateOf = async (id: string) => (await world.call('GET', `/api/v1/requests/${id}`)).body.state
async function settle(requests: readonly RequestDetail[]): Promise<void> {
  await until(
    async () =>
      !(await Promise.all(requests.map(({ id }) => stateOf(id)))).some((state) => state === 'queued' || state === 'running'),
    60_000,
  )
}

test('200 leavers at once on two servers, and a threshold of 20: exactly 20 go, 180 wait for people', async () => {
  await publish({ name: 'leavers', operations: ['disable'], within: '1h', count: 20, per: 'person' })
  const ids = await joined('mass', 200)

  // Both servers are held up until they have planned all of them, so that they accept in large batches, at the same moment.
  const hold = await world.postgres.hold('passerelle', 'lock table passerelle.identity in exclusive mode')
  const asked = Promise.all(ids.map((id, number) => leave(number % 2 === 0 ? world : second, id)))
  await delay(4_000)
  await hold[Symbol.asyncDispose]()
  const requests = await asked
  await settle(requests)

  const states = await statesOf(requests)
  assert.deepEqual([states.get('succeeded')?.length, states.get('awaiting_approval')?.length], [20, 180])
  const [gone] = await world.postgres.query(
    'targets',
    `select count(*)::int as n from directory.person where not active and family_name like 'Mass%'`,
  )
  assert.deepEqual(gone, { n: 20 })
  assert.deepEqual(
    (await statusOf('leavers')).map(({ limit, used, held, targets }) => ({ limit, used, held, targets })),
    [{ limit: 20, used: 20, held: 180, targets: ['directory', 'intranet'] }],
  )
})

test('who is held is told why, with the numbers; people let them go, and then they count', async () => {
  await publish({ name: 'few', within: '1h', count: 1, targets: ['directory'], role: 'operator', quorum: 2 })
  const [first = '', held = '', third = ''] = await joined('told', 3)
  await settle([await leave(world, first)])

  const { id } = await leave(world, held)
  const [approval] = await approvalsOf(world, id, people.olga)
  assert.ok(approval !== undefined)
  const asked = (await world.events(id)).find(({ action }) => action === 'held_for_safety')
  const [one, other] = [await decide(world, approval, people.olga), await decide(world, approval, people.otto)]
  const settled = await world.settled(id)
  const [status] = await statusOf('few')

  assert.deepEqual(approval.reason, {
    threshold: 'few',
    operations: ['disable', 'delete'],
    withinSeconds: 3_600,
    exceeded: [{ target: 'directory', used: 1, limit: 1, known: null }],
  })
  assert.deepEqual([approval.name, approval.quorum, asked?.detail['limit'], asked?.targets], ['few', 2, 1, ['directory']])
  assert.deepEqual([one.status, other.status, settled.state, status?.used, status?.held], [200, 200, 'succeeded', 2, 0])
  assert.deepEqual(settled.plan.approvals?.[0]?.reason, approval.reason)
  assert.equal((await leave(world, third)).state, 'awaiting_approval')
})

test('one answer lets all go that a threshold held until somebody looked, and nothing that came later', async () => {
  await publish(
    { name: 'closing', within: '1h', count: 0, targets: ['directory'] },
    { name: 'other', within: '1h', count: 0, targets: ['intranet'], role: 'admin' },
  )
  const ids = await joined('close', 8)
  const requests = []
  for (const id of ids.slice(0, 7)) requests.push(await leave(world, id))
  const answer = (threshold: string, body: object = {}, who = people.olga) =>
    world.call<HeldDecided & ProblemDetails>(
      'POST',
      '/api/v1/safety/decisions',
      {
        ruleSet: 'default',
        threshold,
        decision: 'approve',
        askedUntil: new Date().toISOString(),
        reason: 'the agency closes',
        ...body,
      },
      who,
    )
  const looked = new Date().toISOString()
  const late = await leave(world, ids[7] ?? '')

  const [all, again] = [await answer('closing', { askedUntil: looked }), await answer('closing', { askedUntil: looked })]
  const notTheirs = await answer('other')
  const wrong = await answer('other', { reason: '' })
  const admin = await world.login()
  const others = await answer('other', { askedUntil: looked }, admin)
  await settle(requests)

  assert.deepEqual(
    [all.body, again.body],
    [
      { decided: 7, left: 0 },
      { decided: 0, left: 0 },
    ],
  )
  assert.deepEqual([notTheirs.status, wrong.status, wrong.body.errors?.[0]?.pointer], [403, 422, '/reason'])
  assert.deepEqual(
    [others.body.decided, (await statesOf(requests)).get('succeeded')?.length, await stateOf(late.id)],
    [7, 7, 'awaiting_approval'],
  )
  const [{ id } = { id: '' }] = requests
  const answers = (await world.events(id)).filter(({ action }) => action === 'approved')
  assert.deepEqual(
    answers.map(({ actor, detail }) => [actor, detail['name'], detail['reason']]),
    [
      ['person:olga', 'closing', 'the agency closes'],
      ['person:admin', 'other', 'the agency closes'],
    ],
  )
})

test('percent is of the accounts that are known in the target', async () => {
  const ids = await joined('share', 30)
  const [known] = await world.query(`select count(*)::int as n from passerelle.account where target = 'directory'`)
  const total = Number(known?.['n'])
  await publish({ name: 'share', within: '1d', percent: (100 * 3.5) / total, targets: ['directory'] })

  const requests = []
  for (const id of ids.slice(0, 5)) requests.push(await leave(world, id))
  await settle(requests)

  const states = await statesOf(requests)
  const [status] = await statusOf('share')
  assert.deepEqual([states.get('succeeded')?.length, states.get('awaiting_approval')?.length], [3, 2])
  assert.deepEqual([status?.known, status?.limit, status?.used], [total, 3, 3])
})

test('what was refused, cancelled or rolled back took nobody’s access, and does not count', async () => {
  await publish({ name: 'one', within: '1h', count: 1, targets: ['intranet'] })
  const [mover = '', leaver = '', last = ''] = await joined('back', 3)

  const { body: rolledBack } = await world.submit({
    kind: 'update',
    externalId: mover,
    attributes: { employeeType: 'external', title: 'Forbidden' },
  })
  const went = await leave(world, leaver)
  await settle([went])

  assert.deepEqual([rolledBack.state, await stateOf(went.id)], ['rolled_back', 'succeeded'])
  // Done again it would be one too many.
  await world.postgres.query('targets', 'alter table directory.person drop constraint title_allowed')
  const again = await world.call(
    'POST',
    `/api/v1/requests/${rolledBack.id}/retry`,
    { reason: 'titles are allowed now' },
    people.olga,
  )
  assert.deepEqual([again.status, again.body.state], [202, 'awaiting_approval'])
  const [approval] = await approvalsOf(world, rolledBack.id, people.otto)
  assert.equal(approval?.reason?.threshold, 'one')
  assert.ok(approval !== undefined)
  assert.equal((await decide(world, approval, people.olga)).status, 403, 'who had it done again does not let it through')
  assert.equal((await decide(world, approval, people.otto, 'refuse')).status, 200)
  assert.equal((await leave(world, last)).state, 'awaiting_approval')
})

test('when the time has passed the next may go', async () => {
  await publish({ name: 'slowly', within: '1h', count: 1, targets: ['directory'] })
  const [first = '', next = ''] = await joined('slow', 2)
  await settle([await leave(world, first)])

  await world.query(`update passerelle.safety_use set at = at - interval '59 minutes'`)
  const tooSoon = await leave(world, next)
  const cancelled = await world.call(
    'POST',
    `/api/v1/requests/${tooSoon.id}/cancel`,
    { reason: 'rather in a minute' },
    people.olga,
  )
  await world.query(`update passerelle.safety_use set at = at - interval '61 seconds'`)
  const inTime = await leave(world, next)
  await settle([inTime])

  assert.deepEqual(
    [tooSoon.state, cancelled.body.state, await stateOf(inTime.id)],
    ['awaiting_approval', 'cancelled', 'succeeded'],
  )
})

test('who was let through and met a failure is not asked for again', async () => {
  await publish({ name: 'once', within: '1h', count: 0, targets: ['intranet'] })
  const [id = ''] = await joined('once', 1)
  const held = await leave(world, id)
  const [approval] = await approvalsOf(world, held.id, people.olga)
  assert.ok(approval !== undefined)
  await world.postgres.query(
    'targets',
    `alter table intranet.account add constraint nobody_leaves check (status <> 'disabled') not valid`,
  )
  await decide(world, approval, people.olga)
  await until(async () => (await stateOf(held.id)) === 'needs_attention')

  await world.postgres.query('targets', 'alter table intranet.account drop constraint nobody_leaves')
  const again = await world.call('POST', `/api/v1/requests/${held.id}/retry`, { reason: 'people may leave again' }, people.otto)
  const settled = await world.settled(held.id)

  assert.deepEqual([again.status, again.body.state, settled.state], [202, 'queued', 'succeeded'])
  assert.equal((await approvalsOf(world, held.id, people.olga)).length, 1)
  assert.equal((await statusOf('once'))[0]?.used, 1)
})

test('the gateway’s own deletions count like anybody’s: a term whose graces end on one day is held', async () => {
  await publish({ name: 'deletions', operations: ['delete'], within: '1d', count: 2, targets: ['intranet'] })
  const ids = await joined('term', 4)
  for (const id of ids) await ask(world, 'disable', id)

  await Promise.all(ids.map((id) => daysPass(world, id, 31)))
  await until(async () =>
    (await Promise.all(ids.map((id) => deletionsOf(world, id)))).every(([deletion]) => deletion !== undefined),
  )
  const deletions = (await Promise.all(ids.map((id) => deletionsOf(world, id)))).flat()
  await until(
    async () => (await Promise.all(deletions.map(({ id }) => stateOf(id)))).filter((state) => state === 'succeeded').length === 2,
  )
  const held = []
  for (const { id } of deletions) if ((await stateOf(id)) === 'awaiting_approval') held.push(id)

  assert.equal(held.length, 2)
  const [refusedId = '', returningId = ''] = held
  const [question] = await approvalsOf(world, refusedId, people.olga)
  assert.ok(question !== undefined)
  assert.deepEqual([question.requester, question.mayDecide], ['gateway', true])

  // One is refused: the account stays, and says so. The person of the other returns: the deletion is taken back.
  await decide(world, question, people.olga, 'refuse')
  const personOf = async (id: string) => (await world.call('GET', `/api/v1/requests/${id}`)).body.externalId
  const [kept] = (await departuresOf(world, await personOf(refusedId))).filter(({ target }) => target === 'intranet')
  assert.deepEqual([kept?.state, kept?.problem?.code, kept?.changed?.by], ['kept', 'rejected', 'person:olga'])
  const back = await ask(world, 'enable', await personOf(returningId))
  assert.deepEqual(
    [back.state, back.plan.steps.map(({ target, operation }) => `${operation} ${target}`), await stateOf(returningId)],
    ['succeeded', ['enable directory', 'enable intranet'], 'cancelled'],
  )
})

test('taking the question out of the ledger does not open the door', async () => {
  await publish({ name: 'none', within: '1h', count: 0, targets: ['directory'] })
  const [id = ''] = await joined('tamper', 1)
  const held = await leave(world, id)

  await world.query(
    `update passerelle.request set approvals = null, state = 'queued', wake_at = clock_timestamp() where id = $1`,
    [held.id],
  )

  await until(async () => (await stateOf(held.id)) === 'rejected')
  assert.equal((await findPerson(world, familyName('tamper', 0)))?.active, true)
})
