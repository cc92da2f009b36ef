/** Graces that end badly: the deletion is refused, cancelled, expires, fails, cannot be planned, or the return that would have ended it is undone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { approvalsOf, decide, openPeople, type Headers } from '#tests/harness/approvals.ts'
import { ask, daysPass, deletionsOf, departuresOf, joiner, rulesForLeavers, until } from '#tests/harness/leavers.ts'
import { findAccount, findPerson, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'
import type { Departure, RequestDetail } from '#server/api/types.ts'

let world: World
let people: Record<'olga' | 'otto' | 'bea', Headers>
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesThatAsk('false') })
  people = await openPeople(world, { olga: 'operator', otto: 'operator', bea: 'approver' })
})
after(() => world[Symbol.asyncDispose]())

/** Deletions in the directory need an approval when it is so. */
function rulesThatAsk(when: string) {
  return rulesForLeavers({ approvals: [{ name: 'Deletions', when, role: 'approver', expires: '1h' }] })
}

async function publish(when: string): Promise<void> {
  world.configure({ ruleSet: rulesThatAsk(when) })
  const { code, output } = await world.cli('apply')
  assert.equal(code, 0, output)
}
const directoryIsDeleted = `plan.steps[target = 'directory' and operation = 'delete'] ? true : false`

async function left(externalId: string, familyName: string): Promise<void> {
  await world.submit(joiner(externalId, familyName))
  await ask(world, 'disable', externalId)
}
const read = async (id: string) => (await world.call<RequestDetail>('GET', `/api/v1/requests/${id}`)).body
const departureIn = async (externalId: string, target: string): Promise<Departure | undefined> =>
  (await departuresOf(world, externalId)).find((departure) => departure.target === target)

/** The deletion of that target's account, once it is in one of these states. */
async function deletionIn(externalId: string, target: string, ...states: readonly string[]): Promise<RequestDetail> {
  for (let found: RequestDetail | undefined; ;) {
    await until(async () => {
      const deletions = await Promise.all((await deletionsOf(world, externalId)).map(({ id }) => read(id)))
      found = deletions.findLast(({ plan, state }) => plan.steps[0]?.target === target && states.includes(state))
      return found !== undefined
    })
    if (found !== undefined) return found
  }
}

test('two graces end at once and one deletion is refused: that account stays, the other is deleted, and nothing else', async () => {
  await publish(directoryIsDeleted)
  await left('t1', 'Amsler')

  // The directory's day came first, so that its deletion is the first one, and holds the other up.
  await world.query(
    `update passerelle.departure set look_at = clock_timestamp(), disabled_at = clock_timestamp() - interval '91 days',
       delete_at = clock_timestamp() - case target when 'directory' then interval '1 hour' else interval '1 minute' end
     from passerelle.identity where identity.id = identity_id and external_id = 't1'`,
  )
  const asking = await deletionIn('t1', 'directory', 'awaiting_approval')
  const [approval] = await approvalsOf(world, asking.id, people.bea)
  assert.ok(approval !== undefined)
  await decide(world, approval, people.bea, 'refuse')
  const done = await deletionIn('t1', 'intranet', 'succeeded')

  assert.ok((await world.events(done.id)).some(({ action }) => action === 'planned_again'))
  assert.equal(done.plan.steps.length, 1)
  assert.deepEqual([await findAccount(world, 'aamsler'), (await findPerson(world, 'Amsler'))?.active], [null, false])
  const kept = await departureIn('t1', 'directory')
  assert.deepEqual(
    [kept?.state, kept?.problem?.code, kept?.changed?.by, kept?.mayChange],
    ['kept', 'rejected', 'person:bea', false],
  )
  await publish('false')
})

test('a deletion that a person cancels is not filed again; the account stays', async () => {
  await publish(directoryIsDeleted)
  await left('t2', 'Brunner')
  await daysPass(world, 't2', 91)
  const asking = await deletionIn('t2', 'directory', 'awaiting_approval')
  const filed = await departureIn('t2', 'directory')

  const asked = { reason: 'an inquiry is under way' }
  const refused = await world.call('POST', `/api/v1/departures/${filed?.id}/keep`, asked, people.olga)
  const cancelled = await world.call<RequestDetail>('POST', `/api/v1/requests/${asking.id}/cancel`, asked, people.olga)

  assert.deepEqual([filed?.state, filed?.deletion, refused.status, cancelled.body.state], ['filed', asking.id, 409, 'cancelled'])
  const kept = await departureIn('t2', 'directory')
  assert.deepEqual([kept?.state, kept?.deletion, kept?.changed?.by], ['kept', null, 'person:olga'])
  assert.equal((await findPerson(world, 'Brunner'))?.active, false)
  await publish('false')
})

test('a deletion that nobody approves in time is asked for again a day later', async () => {
  await publish(directoryIsDeleted)
  await left('t3', 'Caduff')
  await daysPass(world, 't3', 91)
  const asking = await deletionIn('t3', 'directory', 'awaiting_approval')

  await world.query(`update passerelle.approval set expires_at = clock_timestamp() where request_id = $1`, [asking.id])
  await world.query(`update passerelle.request set wake_at = clock_timestamp() where id = $1`, [asking.id])
  await deletionIn('t3', 'directory', 'expired')

  const [row] = await world.query(
    `select round(extract(epoch from look_at - clock_timestamp()) / 3600) as hours from passerelle.departure
     join passerelle.identity on identity.id = identity_id where external_id = 't3' and target = 'directory'`,
  )
  const waiting = await departureIn('t3', 'directory')
  assert.deepEqual([waiting?.state, waiting?.problem?.code, Number(row?.['hours'])], ['waiting', 'expired', 24])
  await world.query('update passerelle.departure set look_at = clock_timestamp() where look_at is not null')
  await deletionIn('t3', 'directory', 'awaiting_approval')
  await publish('false')
})

test('a deletion that cannot be planned says why, and is tried again', async () => {
  await left('t4', 'Danuser')
  await publish(`request.kind = 'delete' and $error('no')`)

  await daysPass(world, 't4', 31)
  await until(async () => (await departureIn('t4', 'intranet'))?.problem !== null)
  const troubled = await departureIn('t4', 'intranet')
  await publish('false')
  await world.query('update passerelle.departure set look_at = clock_timestamp() where look_at is not null')
  await deletionIn('t4', 'intranet', 'succeeded')

  assert.deepEqual([troubled?.state, troubled?.problem?.code], ['waiting', 'rule_failed'])
  assert.equal(await departureIn('t4', 'intranet'), undefined)
})

test('a deletion that fails and is done again with the rules of today still concerns that one account', async () => {
  await left('t5', 'Egli')
  await world.postgres.query(
    'targets',
    `create function keep() returns trigger language plpgsql as 'begin raise exception ''kept'' using errcode = ''check_violation''; end';
     create trigger keep before delete on intranet.account for each row when (old.username = 'aegli') execute function keep()`,
  )
  await daysPass(world, 't5', 31)
  const failed = await deletionIn('t5', 'intranet', 'needs_attention')
  const during = await departureIn('t5', 'intranet')

  await world.postgres.query('targets', 'drop trigger keep on intranet.account')
  const body = { reason: 'the trigger is gone', rules: 'refreshed' }
  const again = await world.call<RequestDetail>('POST', `/api/v1/requests/${failed.id}/retry`, body, people.olga)
  const settled = await world.settled(failed.id)

  assert.deepEqual([during?.state, during?.deletion], ['filed', failed.id])
  assert.deepEqual([again.status, settled.state], [202, 'succeeded'])
  assert.deepEqual(
    settled.plan.steps.map(({ target, operation }) => `${operation} ${target}`),
    ['delete intranet'],
  )
  assert.equal((await findPerson(world, 'Egli'))?.active, false)
  assert.equal(await departureIn('t5', 'intranet'), undefined)
})

test('a return that is undone ends nothing: the day stays what it was', async () => {
  await world.submit(joiner('t6', 'Flury'))
  await ask(world, 'update', 't6', { attributes: { employeeType: 'external' } })
  await daysPass(world, 't6', 10)
  const before = await departuresOf(world, 't6')

  const { body } = await world.submit({
    kind: 'update',
    externalId: 't6',
    attributes: { employeeType: 'internal', title: 'Forbidden' },
  })

  assert.equal(body.state, 'rolled_back')
  assert.deepEqual(await departuresOf(world, 't6'), before)
  assert.equal((await findAccount(world, 'aflury'))?.status, 'disabled')
})

test('what two people attest counts: an account that they say is disabled has its grace', async () => {
  await world.submit(joiner('t7', 'Gysin'))
  await world.postgres.query(
    'targets',
    `alter table intranet.account add constraint nobody_leaves check (status <> 'disabled') not valid`,
  )
  const { body } = await world.submit({ kind: 'disable', externalId: 't7' })
  assert.equal(body.state, 'needs_attention')
  const statement = { target: 'intranet', outcome: 'applied', reason: 'seen in the intranet itself' }
  const [one, other] = [
    await world.call('POST', `/api/v1/requests/${body.id}/attest`, statement, people.olga),
    await world.call<RequestDetail>('POST', `/api/v1/requests/${body.id}/attest`, statement, people.otto),
  ]
  await world.postgres.query('targets', 'alter table intranet.account drop constraint nobody_leaves')

  assert.deepEqual([one.status, other.body.state], [200, 'succeeded'])
  assert.equal((await departureIn('t7', 'intranet'))?.state, 'waiting')
})
