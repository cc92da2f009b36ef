/**
 * Row 10, the clock: an approval counts until the millisecond in which it expires, by the database's clock, and a request is never both
 * expired and run. The moments are exact because the ledger's own statements run with a clock that the test sets.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAuditChain } from '#core/audit.ts'
import type { Sql } from '#core/database.ts'
import { createAnswer, type AnswerResult } from '#core/ledger/approve.ts'
import { expireApprovals } from '#core/ledger/tend-approvals.ts'
import { createWriter, type Statement } from '#core/ledger/writer.ts'
import { transactOn, type Transact } from '#core/transact.ts'
import { createLog } from '#core/log.ts'
import { createSealer } from '#core/sealing.ts'
import { applicant, approvalsOf, decide, openPeople, rulesThatAsk, type Headers } from '#tests/harness/approvals.ts'
import { findPerson } from '#tests/harness/sql-targets.ts'
import { openQueueStage, type QueueStage } from '#tests/harness/queue-stage.ts'
import { openStoppedClock } from '#tests/harness/stopped-clock.ts'
import type { World } from '#tests/harness/world.ts'
import { readEnvironment } from '#core/environment.ts'

let stage: QueueStage
let world: World
let people: Record<'ada' | 'bea', Headers>
let sql: Sql
let answer: (input: { approvalId: string; actor: string; decision: 'approve'; reason: string }) => Promise<AnswerResult>
let expire: (input: object) => Promise<number>
before(async () => {
  stage = await openQueueStage({ engine: 'redis', ruleSet: rulesThatAsk() })
  world = stage.world
  people = await openPeople(world, { ada: 'approver', bea: 'approver' })
  sql = await openStoppedClock(world, 3)
  const sealer = createSealer(readEnvironment(world.variables).PASSERELLE_KEY)
  const expiring: Statement<object, number> = async (tx, inputs, record) => {
    const count = await expireApprovals(tx, 100, record)
    return inputs.map(() => count)
  }
  const transact: Transact = (work) => transactOn(sql, work)
  const openWriter = () =>
    createWriter({ transact, audit: createAuditChain(sealer.derive('audit chain')), log: createLog('silent', 'test'), crowd: 4 })
  // Writers of their own, as in different processes.
  answer = openWriter().statement(createAnswer(sealer.derive('approvals')))
  expire = openWriter().statement(expiring)
})
after(async () => {
  await sql?.end()
  await stage?.[Symbol.asyncDispose]()
})

async function asked(name: string, title = 'Director') {
  const { body } = await world.submit(applicant(name.toLowerCase(), name, title), { Prefer: 'respond-async' })
  const [approval] = await approvalsOf(world, body.id, people.ada)
  assert.ok(approval !== undefined)
  return { id: body.id, approval, name }
}

/** Sets the clock so many milliseconds after the approval's end. */
async function setClock(approvalId: string, milliseconds: number): Promise<void> {
  await sql`update stopped.clock set at = (select expires_at from approval where id = ${approvalId}) + make_interval(secs => ${milliseconds / 1000})`
}

const approve = (approvalId: string) =>
  answer({ approvalId, actor: 'person:ada', decision: 'approve', reason: 'at the last moment' })

for (const [milliseconds, end] of [
  [-1, 'succeeded'],
  [0, 'expired'],
  [1, 'expired'],
] as const)
  test(`an answer ${milliseconds} ms after the end: the request ends as ${end}, whatever the reconciler does at that moment`, async () => {
    const name = `Tick${'abc'[milliseconds + 1]}`
    const { id, approval } = await asked(name)
    await setClock(approval.id, milliseconds)

    const results = await Promise.all([expire({}), approve(approval.id), expire({})])
    const request = await world.settled(id)
    const [stored] = await approvalsOf(world, id, people.ada)

    assert.equal(request.state, end, JSON.stringify(results))
    assert.equal(request.state === 'expired' ? request.problem?.code : null, end === 'expired' ? 'expired' : null)
    assert.equal((await findPerson(world, name)) !== null, end === 'succeeded')
    assert.deepEqual([stored?.state, stored?.decisions.length], end === 'succeeded' ? ['approved', 1] : ['expired', 0])
  })

test('an answer in time counts, although the time runs out while it is written', async () => {
  const { id, approval } = await asked('Slowly')
  await setClock(approval.id, -1)
  await world.query(`
    create function stopped.tick() returns trigger language plpgsql as 'begin update stopped.clock set at = at + interval ''1 s''; return null; end';
    create trigger tick after insert on passerelle.approval_decision for each row execute function stopped.tick()`)

  const result = await approve(approval.id)
  await world.query('drop trigger tick on passerelle.approval_decision')

  assert.deepEqual([result.outcome, (await world.settled(id)).state], ['decided', 'succeeded'])
  assert.equal((await approvalsOf(world, id, people.ada)).length, 1)
})

test('of two who must agree the second is late: the request expires, although the first was in time', async () => {
  const { id, approval } = await asked('Late', 'Treasurer')
  await setClock(approval.id, -1)
  const first = await approve(approval.id)
  await setClock(approval.id, 0)
  const second = await answer({ approvalId: approval.id, actor: 'person:bea', decision: 'approve', reason: 'a moment too late' })

  assert.deepEqual([first.outcome, second.outcome, (await world.settled(id)).state], ['decided', 'expired', 'expired'])
})

test('the database itself takes no answer that is late', async () => {
  const { approval } = await asked('Database')
  const insert = (milliseconds: number) =>
    world.query(
      `insert into passerelle.approval_decision (approval_id, person, requester, decision, reason, decided_at, mac)
       select id, 'person:ada', requester, 'approve', 'late', expires_at + make_interval(secs => $2), '\\x00' from passerelle.approval where id = $1`,
      [approval.id, milliseconds / 1000],
    )

  await assert.rejects(insert(0), /the approval is not open/)
  await assert.rejects(insert(1), /the approval is not open/)
})

test('nobody answers: the reconciler ends it, and the identity’s next request goes on', async () => {
  const { id } = await asked('Silent')
  const later = await world.submit(applicant('silent', 'Silent', 'Clerk'), { Prefer: 'respond-async' })
  await world.query(`update passerelle.approval set expires_at = clock_timestamp() + interval '200 ms' where request_id = $1`, [
    id,
  ])
  await world.query(`update passerelle.request set wake_at = clock_timestamp() + interval '200 ms' where id = $1`, [id])

  const start = performance.now()
  const request = await world.settled(id)
  const seconds = (performance.now() - start) / 1_000

  assert.deepEqual([request.state, seconds < 10], ['expired', true])
  assert.equal((await world.settled(later.body.id)).state, 'succeeded')
  assert.equal((await findPerson(world, 'Silent'))?.title, 'Clerk')
})

test('an early look ends nothing: what the reconciler is woken for by mistake goes on waiting until its time', async () => {
  const { id, approval } = await asked('Early')
  await world.query('update passerelle.request set wake_at = clock_timestamp() where id = $1', [id])
  await delay(2_500)
  const [row] = await world.query(
    `select state, wake_at = (select expires_at from passerelle.approval where request_id = request.id) as put_right from passerelle.request where id = $1`,
    [id],
  )

  assert.deepEqual(row, { state: 'awaiting_approval', put_right: true })
  await decide(world, approval, people.ada, 'refuse')
})

test('forty answers race the end of their approvals: each request is either approved in time and run, or expired and not', async () => {
  const letters = (number: number) => String.fromCodePoint(97 + Math.floor(number / 26), 97 + (number % 26))
  const requests = []
  for (let number = 0; number < 40; number++) requests.push(await asked(`Race${letters(number)}`))
  // The real clock again, and the gateway's own processes.
  await world.query(
    `update passerelle.approval set expires_at = clock_timestamp() + make_interval(secs => 1.5) where request_id = any($1::uuid[])`,
    [requests.map(({ id }) => id)],
  )
  await world.query(`update passerelle.request set wake_at = clock_timestamp() + interval '1500 ms' where id = any($1::uuid[])`, [
    requests.map(({ id }) => id),
  ])

  const statuses = await Promise.all(
    requests.map(async ({ approval }, number) => {
      await delay(number < 10 ? number * 60 : 1_300 + number * 10)
      return (await decide(world, approval, people.ada)).status
    }),
  )
  const ends = await Promise.all(requests.map(({ id }) => world.settled(id)))

  for (const [number, { id, name }] of requests.entries()) {
    const [stored] = await approvalsOf(world, id, people.ada)
    const inTime = stored?.decisions[0] !== undefined && stored.decisions[0].at <= stored.expiresAt
    const hasAccount = (await findPerson(world, name)) !== null
    const expected = statuses[number] === 200 ? ['succeeded', true, true] : ['expired', false, false]
    assert.deepEqual([ends[number]?.state, inTime, hasAccount], expected)
  }
  assert.ok(statuses.includes(200) && statuses.includes(409), `all went one way: ${[...new Set(statuses)].join(', ')}`)
})
