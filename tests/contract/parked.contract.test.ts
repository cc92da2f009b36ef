/** Requests that only wait for parked targets are not rung for again and again; nobody is forgotten when a target’s jobs are lost. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { openDatabase, type Database } from '#core/database.ts'
import { openLedger, type Ledger } from '#core/ledger/index.ts'
import { readOldestWaiting } from '#core/ledger/target-backlog.ts'
import { createLog } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { createSealer } from '#core/sealing.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'

let postgres: TestPostgres
let database: Database
let ledger: Ledger
before(async () => {
  postgres = await openPostgres()
  database = await openDatabase({ url: await postgres.createDatabase('ledger'), name: 'test' })
  await migrate(database.sql)
  ledger = openLedger({ database, sealer: createSealer(randomBytes(32).toString('base64')), log: createLog('warn', 'test') })
  await database.sql`insert into target (name, connector, config) values ('down', 'x', '{}'), ('well', 'x', '{}')`
})
after(async () => {
  await database[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`delete from target_state`
  await database.sql`delete from outbox`
  await database.sql`delete from step`
  await database.sql`delete from request`
})

/** A request whose wake-up has come, with a step of such a state in each target. */
async function due(state: string, steps: Readonly<Record<string, string>>): Promise<string> {
  const { sql } = database
  const [identity] = await sql<{ id: string }[]>`
    insert into identity (id, source, external_id, key, attributes) values (${randomUUID()}, 's', ${randomUUID()}, ${randomUUID()}, '{}') returning id`
  const [request] = await sql<{ id: string }[]>`
    insert into request (id, identity_id, source, external_id, kind, state, rule_set, rule_version, previous, desired, computed, plan_hash, actor, wake_at)
    values (${randomUUID()}, ${identity?.id ?? ''}, 's', 'x', 'create', ${state}, 'r', 1, '{}', '{}', '{}', 'h', 'a', now() - interval '1 second') returning id`
  for (const [target, its] of Object.entries(steps))
    await sql`insert into step (request_id, target, generation, state, plan) values (${request?.id ?? ''}, ${target}, 1, ${its}, '{}')`
  return request?.id ?? ''
}

const is = (state: string, seconds: number) =>
  database.sql`insert into target_state (target, since, state, retry_at, probe_until) values ('down', now(), ${state}, now() + make_interval(secs => ${seconds}), now() + make_interval(secs => ${seconds}))`
const rung = async () => (await database.sql<{ id: string }[]>`select request_id as id from outbox`).map(({ id }) => id)
const secondsLeft = async (id: string) =>
  (
    await database.sql<
      { left: number }[]
    >`select extract(epoch from wake_at - now())::float8 as left from request where id = ${id}`
  )[0]?.left ?? 0

test('whoever waits for an open target alone is looked at when it may be tried, and not before', async () => {
  await is('open', 120)
  const waiting = await due('queued', { down: 'pending', well: 'applied' })
  const undoing = await due('rolling_back', { down: 'applied', well: 'undone' })
  const going = await due('running', { down: 'pending', well: 'pending' })
  const decided = await due('running', { down: 'applied', well: 'applied' })

  await ledger.wake({ limit: 100 })

  assert.deepEqual((await rung()).sort(), [going, decided].sort())
  for (const id of [waiting, undoing]) {
    const left = await secondsLeft(id)
    assert.ok(left > 120 && left < 160, `${left} s`)
  }
})

test('whoever waits for the end of a maintenance is looked at now and then', async () => {
  await database.sql`insert into target_state (target, since, maintenance_since, maintenance_reason) values ('down', now(), now(), 'why')`
  const waiting = await due('queued', { down: 'pending' })

  await ledger.wake({ limit: 100 })

  assert.deepEqual(await rung(), [])
  assert.ok((await secondsLeft(waiting)) > 250)
})

test('when nobody tries a target whose time has come, its jobs are lost, and are rung again', async () => {
  await is('open', -11)
  const lost = await due('queued', { down: 'pending' })

  await ledger.wake({ limit: 100 })

  assert.deepEqual(await rung(), [lost])
})

test('of many who ask at once, one may try; and once it answered, the audit trail tells all of it', async () => {
  await is('open', -1)

  const asked = await Promise.all(
    Array.from({ length: 20 }, () => {
      const probe = randomUUID()
      const event = { type: 'probe', probe, withinMs: 60_000 } as const
      return ledger
        .changeTarget({ target: 'down', event, actor: 'worker' })
        .then((state) => (state?.probe === probe ? probe : null))
    }),
  )
  const [winner, ...others] = asked.filter((probe) => probe !== null)
  const state = await ledger.changeTarget({
    target: 'down',
    event: { type: 'answered', probe: winner ?? '' },
    actor: 'worker',
  })

  assert.deepEqual([others, state?.state], [[], 'closed'])
  const told = await database.sql`select detail ->> 'state' as state from audit where action = 'target_state' order by seq`
  assert.deepEqual([...told], [{ state: 'half_open' }, { state: 'ok' }])
})

test('the age of the backlog counts from a request’s turn, not from when it was accepted behind others', async () => {
  const behind = await due('received', { well: 'pending' })
  await database.sql`update request set received_at = now() - interval '1 hour', queued_at = now() - interval '1 hour' where id = ${behind}`
  const before = await readOldestWaiting(database.sql, [])

  await database.sql`update request set state = 'queued' where id = ${behind}`
  const after = await readOldestWaiting(database.sql, [])
  const parked = await readOldestWaiting(database.sql, ['well'])

  assert.equal(before.ageMs, null)
  assert.ok(after.ageMs !== null && after.ageMs < 60_000, `${after.ageMs} ms`)
  assert.equal(parked.ageMs, null)
})

test('what happens to a target that is no longer configured is nobody’s trouble', async () => {
  assert.equal(await ledger.changeTarget({ target: 'gone', event: { type: 'failed', code: 'transient' }, actor: 'worker' }), null)
})
