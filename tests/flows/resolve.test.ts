/** What people do with requests: who may, what is possible when, and what becomes of the targets and of who waits behind. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProblemDetails, RequestDetail } from '#server/api/types.ts'
import { addPeople } from '../harness/people.ts'
import { findAccount, findPerson, shippedRules, sqlTargets, targetDatabase, targetsDump } from '../harness/sql-targets.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let admin: Record<string, string>
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rules('hold') })
  admin = await world.login()
})
after(() => world[Symbol.asyncDispose]())

/** The shipped rules; what the intranet's failure means is said. */
function rules(onFailure: string, more: object = {}): Record<string, unknown> {
  const shipped = shippedRules() as { targets: Record<string, Record<string, unknown>> }
  const { directory, intranet } = shipped.targets
  return { ...shipped, targets: { directory, intranet: { ...intranet, onFailure, ...more } } }
}

const person = (externalId: string, familyName: string, attributes: object = {}) => ({
  kind: 'create',
  externalId,
  attributes: { givenName: 'Ada', familyName, organizationalUnit: 'Finance', ...attributes },
})
const update = (externalId: string, attributes: object) => ({ kind: 'update', externalId, attributes })
const verb = (id: string, name: string, body: object = { reason: 'because it must be' }, who = admin) =>
  world.call<RequestDetail & ProblemDetails>('POST', `/api/v1/requests/${id}/${name}`, body, who)
const later = { Prefer: 'respond-async' }
const read = async (id: string) => (await world.call<RequestDetail>('GET', `/api/v1/requests/${id}`)).body
const states = ({ steps }: RequestDetail) => steps.map(({ target, state }) => `${target} ${state}`)

async function withoutConstraint(work: () => Promise<void>): Promise<void> {
  await world.postgres.query(targetDatabase, 'alter table intranet.account drop constraint service_allowed')
  try {
    await work()
  } finally {
    await world.postgres.query(
      targetDatabase,
      `alter table intranet.account add constraint service_allowed check (service <> 'Refused') not valid`,
    )
  }
}

/** Applies the configuration to workers that begin with it. */
async function applyAnew() {
  await Promise.all(world.workers.map((worker) => worker.kill()))
  const applied = await world.cli('apply')
  await world.startWorker()
  return applied
}

async function reaches(id: string, state: string): Promise<RequestDetail> {
  for (const end = Date.now() + 20_000; ; await delay(50)) {
    const request = await read(id)
    if (request.state === state) return request
    if (Date.now() > end) throw new Error(`it is ${request.state}, and never was ${state}: ${JSON.stringify(request.problem)}`)
  }
}

test('a failure that holds leaves what is done in place, and goes on with the rest when a person says so', async () => {
  const { body: held } = await world.submit(person('resume', 'Holder', { organizationalUnit: 'Refused' }))
  assert.deepEqual([held.state, states(held)], ['needs_attention', ['directory applied', 'intranet failed']])

  await withoutConstraint(async () => {
    const answer = await verb(held.id, 'resume')
    const settled = await reaches(held.id, 'succeeded')

    assert.equal(answer.status, 202)
    assert.deepEqual([settled.generation, states(settled)], [2, ['directory applied', 'intranet applied']])
    assert.equal(settled.details[0]?.attempts, 0, 'what was done is not done again')
  })
  assert.equal((await findAccount(world, 'aholder'))?.service, 'Refused')
})

test('what is held can be given up: it is put back, and says that it was cancelled', async () => {
  const before = await targetsDump(world)
  const { body: held } = await world.submit(person('giveup', 'Giver', { organizationalUnit: 'Refused' }))
  const { body: behind } = await world.submit(update('giveup', { title: 'Clerk' }), later)

  await verb(held.id, 'cancel')
  const settled = await reaches(held.id, 'rolled_back')
  const orphan = await reaches(behind.id, 'rolled_back')

  assert.deepEqual([settled.problem?.code, await targetsDump(world)], ['cancelled', before])
  assert.equal(orphan.problem?.code, 'missing', 'an update of somebody who never came to be makes no sense any more')
})

test('a request that waits or was never called is cancelled at once; those behind it are planned without what it asked for', async () => {
  await world.submit(person('early', 'Early', { title: 'Clerk' }))
  const lock = await world.postgres.hold(targetDatabase, `select 1 from directory.person where family_name = 'Early' for update`)
  const { body: slow } = await world.submit(update('early', { title: 'Senior' }), later)
  const { body: waiting } = await world.submit(update('early', { title: 'Chief' }), later)
  const { body: last } = await world.submit(update('early', { organizationalUnit: 'Legal' }), later)

  const answer = await verb(waiting.id, 'cancel')
  await lock[Symbol.asyncDispose]()
  const ends = [await world.settled(slow.id), await world.settled(last.id)]

  assert.deepEqual([answer.body.state, answer.body.problem?.code, answer.body.verbs], ['cancelled', 'cancelled', []])
  assert.deepEqual(
    ends.map(({ state }) => state),
    ['succeeded', 'succeeded'],
  )
  const found = await findPerson(world, 'Early')
  assert.deepEqual([found?.title, found?.department], ['Senior', 'Legal'])
})

test('a leaver of whom something is done already is not cancelled', async () => {
  await world.submit(person('leaver', 'Leaver'))
  const lock = await world.postgres.hold(targetDatabase, 'lock table intranet.account in exclusive mode')
  const { body: leaving } = await world.submit({ kind: 'disable', externalId: 'leaver' }, later)
  for (const end = Date.now() + 10_000; (await read(leaving.id)).details[0]?.state !== 'applied' && Date.now() < end;)
    await delay(20)

  const answer = await verb(leaving.id, 'cancel')
  await lock[Symbol.asyncDispose]()
  const settled = await world.settled(leaving.id)

  assert.deepEqual([answer.status, answer.body.code, settled.state], [409, 'conflict', 'succeeded'])
})

test('a waiting update that a newer one covers is passed over, and its caller is told which', async () => {
  await world.submit(person('passed', 'Passed'))
  const lock = await world.postgres.hold(targetDatabase, `select 1 from directory.person where family_name = 'Passed' for update`)
  const asked = []
  for (const title of ['One', 'Two', 'Three', 'Four']) asked.push((await world.submit(update('passed', { title }), later)).body)
  const told = world.call<RequestDetail>('GET', `/api/v1/requests/${asked[1]?.id}`)
  await told
  await lock[Symbol.asyncDispose]()
  const ends = []
  for (const { id } of asked) ends.push(await world.settled(id))

  assert.deepEqual(
    ends.map(({ state }) => state),
    ['succeeded', 'superseded', 'superseded', 'succeeded'],
  )
  assert.deepEqual(
    ends.map(({ supersededBy }) => supersededBy),
    [null, asked[3]?.id, asked[3]?.id, null],
  )
  assert.equal((await findPerson(world, 'Passed'))?.title, 'Four')
})

test('a retry takes the plan that was accepted, or what the rules make of it today', async () => {
  const refusing = await world.submit(person('rules-1', 'Keptrules', { organizationalUnit: 'Refused' }))
  const other = await world.submit(person('rules-2', 'Newrules', { organizationalUnit: 'Refused' }))
  for (const { body } of [refusing, other]) {
    await verb(body.id, 'cancel')
    await reaches(body.id, 'rolled_back')
  }
  world.configure({ ruleSet: rules('hold', { attributes: { username: 'identity.login', service: "'Mended'" } }) })
  assert.equal((await applyAnew()).code, 0)

  await verb(refusing.body.id, 'retry', { reason: 'try the same' })
  await verb(other.body.id, 'retry', { reason: 'the rule is mended', rules: 'refreshed' })
  const [kept, refreshed] = [await reaches(refusing.body.id, 'needs_attention'), await reaches(other.body.id, 'succeeded')]

  assert.deepEqual(
    [kept.plan.ruleSet.version, kept.generation, refreshed.plan.ruleSet.version, refreshed.generation],
    [1, 2, 2, 2],
  )
  assert.equal((await findAccount(world, 'anewrules'))?.service, 'Mended')
  world.configure({ ruleSet: rules('hold') })
  await applyAnew()
  await verb(kept.id, 'cancel')
})

test('a hand-over that was lost is made up for', async () => {
  await world.submit(person('lost', 'Lost'))
  const lock = await world.postgres.hold(targetDatabase, `select 1 from directory.person where family_name = 'Lost' for update`)
  const { body: first } = await world.submit(update('lost', { title: 'One' }), later)
  const { body: second } = await world.submit(person('lost', 'Lost', { title: 'Two' }), later)
  const [row] = await world.query('select wake_at is not null as wakes from passerelle.request where id = $1', [second.id])
  await world.query(`update passerelle.identity set active_request = null where active_request = $1`, [first.id])
  await lock[Symbol.asyncDispose]()
  await world.settled(first.id)
  const meanwhile = (await read(second.id)).state

  await world.query(`update passerelle.request set wake_at = now() - interval '1 second' where id = $1`, [second.id])
  const settled = await world.settled(second.id)

  assert.deepEqual([row?.['wakes'], meanwhile, settled.state], [true, 'received', 'succeeded'])
})

test('a step whose target is no longer configured fails, and the saga decides', async () => {
  const { body: held } = await world.submit(person('removed', 'Removed', { organizationalUnit: 'Refused' }))
  const { directory } = world.targets as Record<string, object>
  const { targets, ...shipped } = rules('hold') as { targets: Record<string, object> }
  world.configure({ targets: { directory }, ruleSet: { ...shipped, targets: { directory: targets['directory'] } } })
  const applied = await applyAnew()

  await verb(held.id, 'resume')
  await world.query(`update passerelle.request set wake_at = now() - interval '1 second' where id = $1`, [held.id])
  const again = await reaches(held.id, 'needs_attention')
  world.configure({ ruleSet: rules('hold') })
  await applyAnew()
  await verb(held.id, 'cancel')
  const settled = await reaches(held.id, 'rolled_back')

  assert.match(applied.output, /target intranet removed/)
  assert.deepEqual([again.generation, again.problem?.code, again.problem?.target], [2, 'config', 'intranet'])
  assert.deepEqual([settled.problem?.code, await findPerson(world, 'Removed')], ['cancelled', null])
})

test('who is disabled somewhere because the rules did not want them there is enabled when they do again', async () => {
  await world.submit(person('mover', 'Mover'))
  const account = async () => (await findAccount(world, 'amover'))?.status

  await world.submit(update('mover', { employeeType: 'external' }))
  const off = await account()
  const { body: back } = await world.submit(update('mover', { employeeType: 'staff', title: 'Clerk' }))

  assert.deepEqual([off, back.state, await account()], ['disabled', 'succeeded', 'active'])
  assert.deepEqual(
    back.plan.steps.map(({ target, operation }) => `${operation} ${target}`),
    ['update directory', 'enable intranet'],
  )
})

test('only operators and administrators resolve anything, with a reason, and where it is possible', async () => {
  await addPeople(world, ['auditor'], 'auditor')
  const auditor = await world.login('auditor', 'password of auditor')
  const { body: done } = await world.submit(person('rights', 'Rights'))

  for (const name of ['retry', 'resume', 'cancel', 'probe', 'attest'] as const) {
    const body = { reason: 'because', ...(name === 'attest' && { target: 'directory', outcome: 'applied' }) }
    const source = await world.call('POST', `/api/v1/requests/${done.id}/${name}`, body)
    const answers = [
      source.status,
      (await verb(done.id, name, body, auditor)).status,
      (await verb(done.id, name, { ...body, reason: ' ' })).status,
    ]
    const impossible = await verb(done.id, name, body)

    assert.deepEqual([answers, impossible.status, impossible.body.code], [[403, 403, 422], 409, 'conflict'], name)
  }
  assert.deepEqual((await read(done.id)).verbs, [])
})
