/**
 * Row 7: an undo that a target answers with an error of its own is tried for days, and ends well when the target does; one that it refuses for
 * good ends with people, who are told what remains, and nothing else touches the identity until two of them resolved it.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProblemDetails, RequestDetail } from '#server/api/types.ts'
import { addPeople } from '../harness/people.ts'
import { findPerson, shippedRules, sqlTargets, targetDatabase, targetsDump } from '../harness/sql-targets.ts'
import { openWorld, type World } from '../harness/world.ts'

/** The breaker would spare a target that only fails; here the undo's own patience is looked at. */
const withoutBreaker: typeof sqlTargets = async (postgres) => {
  const targets = (await sqlTargets(postgres)) as Record<string, object>
  return Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, { ...target, breaker: { failures: 1000 } }]))
}

const refuse = `
  create table directory.refusal (answer text);
  create function directory.refuse() returns trigger language plpgsql as $$
  declare found_code text;
  begin
    select answer into found_code from directory.refusal limit 1;
    if found then raise exception 'refused' using errcode = found_code; end if;
    return old;
  end $$;
  create trigger refuse before delete on directory.person for each row execute function directory.refuse()`

let world: World
before(async () => {
  world = await openWorld({ engine: 'redis', targets: withoutBreaker, ruleSet: shippedRules() })
  await world.postgres.query(targetDatabase, refuse)
  await addPeople(world, ['ada', 'bob'])
})
after(() => world[Symbol.asyncDispose]())

/** From now on deletions in the directory end with this error; null: with none. */
async function answer(sqlstate: string | null): Promise<void> {
  await world.postgres.query(targetDatabase, 'delete from directory.refusal')
  if (sqlstate !== null) await world.postgres.query(targetDatabase, 'insert into directory.refusal values ($1)', [sqlstate])
}

const newcomer = (externalId: string, familyName: string, organizationalUnit = 'Refused') => ({
  kind: 'create',
  externalId,
  attributes: { givenName: 'Ada', familyName, organizationalUnit },
})

test('an undo that is answered with an error for 24 hours is tried on and on, and done when the target works again', async () => {
  const before = await targetsDump(world)
  await answer('53300')
  const asked = await world.submit(newcomer('days', 'Patient'), { Prefer: 'respond-async' })
  await until(async () => (await undoing(asked.body.id)).attempts > 0)

  const waits: number[] = []
  for (let hours = 0; hours < 24; hours += 6) {
    const { attempts, wait } = await undoing(asked.body.id)
    waits.push(wait)
    await pass(asked.body.id, '6 hours')
    await until(async () => (await undoing(asked.body.id)).attempts > attempts)
  }
  const dayLater = await read(asked.body.id)
  const there = await findPerson(world, 'Patient')
  await answer(null)
  await pass(asked.body.id, '6 hours')
  const settled = await world.settled(asked.body.id)

  assert.deepEqual([dayLater.state, stepOf(dayLater).state], ['rolling_back', 'undoing'])
  assert.notEqual(there, null, 'the account could not be removed')
  assert.ok(Math.max(...waits) <= 1_000 && waits.at(-1)! > waits[0]!, `the waits grow, and not for ever: ${waits.join(', ')} s`)
  assert.deepEqual([settled.state, stepOf(settled).state], ['rolled_back', 'undone'])
  assert.equal(settled.problem?.target, 'intranet', 'what went wrong first is what people are told')
  assert.equal(await targetsDump(world), before)
})

test('an undo that is forbidden for good needs two people: what remains is said, an alert goes out, and the identity is locked', async () => {
  await answer('42501')
  const { body: refused } = await world.submit(newcomer('forbidden', 'Stubborn'))
  const { body: behind } = await world.submit(newcomer('forbidden', 'Stubborn', 'Finance'), { Prefer: 'respond-async' })
  const [ada, bob] = [await world.login('ada', 'password of ada'), await world.login('bob', 'password of bob')]
  const attest = (who: Record<string, string>, outcome = 'undone') =>
    world.call('POST', `/api/v1/requests/${refused.id}/attest`, { target: 'directory', outcome, reason: 'removed by hand' }, who)

  assert.deepEqual([refused.state, refused.problem?.code, refused.problem?.target], ['needs_attention', 'denied', 'directory'])
  const label = stepOf(refused).label
  assert.deepEqual(stepOf(refused).differences, [{ item: 'account', expected: [], found: [label] }])
  assert.ok(
    world.workers.some((worker) =>
      worker
        .log()
        .split('\n')
        .some((line) => line.includes('"alert":true') && line.includes(refused.id)),
    ),
  )
  assert.deepEqual(refused.verbs, ['retry', 'probe', 'attest', 'resume', 'cancel'])

  await answer(null)
  await world.postgres.query(
    targetDatabase,
    `delete from directory.membership where person_id in (select id from directory.person where family_name = 'Stubborn')`,
  )
  await world.postgres.query(targetDatabase, `delete from directory.person where family_name = 'Stubborn'`)
  const once = await attest(ada)
  const twice = await attest(ada)
  const other = await attest(bob, 'kept')
  const waiting = await read(behind.id)
  assert.deepEqual(
    [once.status, once.body.state, twice.body.state, other.body.state],
    [200, ...Array<string>(3).fill('needs_attention')],
  )
  assert.deepEqual(
    stepOf(other.body)
      .statements.map(({ person, outcome }) => `${person} ${outcome}`)
      .toSorted(),
    ['person:ada undone', 'person:bob kept'],
  )
  assert.deepEqual([waiting.state, waiting.steps.map(({ state }) => state)], ['received', ['pending', 'pending']])
  await assert.rejects(
    world.query(
      `insert into passerelle.attestation (request_id, target, fence, outcome, stated_by, confirmed_by)
       select request_id, target, fence, outcome, person, person from passerelle.statement where request_id = $1 and person = 'person:ada'`,
      [refused.id],
    ),
    /attestation_four_eyes/,
  )

  const resolved = await attest(bob)
  const freed = await world.settled(behind.id)

  assert.deepEqual([resolved.body.state, stepOf(resolved.body).state], ['rolled_back', 'undone'])
  assert.equal(freed.state, 'succeeded', JSON.stringify(freed.problem))
  assert.equal((await findPerson(world, 'Stubborn'))?.department, 'Finance')
  const actions = (await world.events(refused.id))
    .filter(({ actor }) => actor.startsWith('person:'))
    .map(({ action, actor }) => `${actor} ${action}`)
  assert.deepEqual(actions.slice(-5), [
    'person:ada stated',
    'person:ada stated',
    'person:bob stated',
    'person:bob attested',
    'person:bob decided',
  ])
  const late = await world.call<ProblemDetails>(
    'POST',
    `/api/v1/requests/${refused.id}/attest`,
    { target: 'directory', outcome: 'undone', reason: 'too late' },
    ada,
  )
  assert.deepEqual([late.status, late.body.code], [409, 'conflict'])
})

const read = async (id: string) => (await world.call<RequestDetail>('GET', `/api/v1/requests/${id}`)).body
const stepOf = ({ details }: RequestDetail) => details.find(({ target }) => target === 'directory')!

/** How often the undo was tried, and how many seconds there are to its next try. */
async function undoing(id: string): Promise<{ attempts: number; wait: number }> {
  const [row] = await world.query(
    `select undo_attempts, extract(epoch from retry_at - now())::int as wait from passerelle.step where request_id = $1 and target = 'directory'`,
    [id],
  )
  return { attempts: Number(row?.['undo_attempts'] ?? 0), wait: Number(row?.['wait'] ?? 0) }
}

/** So much time passes for the request: what it waits for comes as much earlier. */
async function pass(id: string, time: string): Promise<void> {
  await world.query('update passerelle.step set retry_at = retry_at - $2::interval where request_id = $1', [id, time])
  await world.query('update passerelle.request set wake_at = wake_at - $2::interval where id = $1', [id, time])
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await delay(50))
    if (Date.now() > end) throw new Error('it never came to that')
}
