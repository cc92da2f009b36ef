/** Row 5: PostgreSQL stops as if the power failed, or cuts every connection, again and again, under load. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openFleet, unharmed } from './fleet.ts'
import { cutConnections, halfStates, restartPostgres } from './restart-postgres.ts'

const wholeChain = { code: 0, output: 'The audit chain is whole.\n' }

for (const { engine, times, socket } of [
  { engine: 'redis', times: 4, socket: false },
  { engine: 'redis', times: 2, socket: true },
  { engine: 'postgres', times: 2, socket: true },
] as const)
  test(`a PostgreSQL${socket ? ' behind a Unix socket' : ''} that fails ${times} times under load leaves no half state, with the queues in ${engine}`, async (t) => {
    await using fleet = await openFleet({
      engine,
      prefix: engine === 'redis' ? 'fail' : 'both',
      world: { postgresSocket: socket },
    })

    const pickUps = await restartPostgres(fleet, times)
    const outcome = await fleet.end()

    t.diagnostic(`picked up after ${pickUps.join(', ')} ms; ${outcome.sent} requests`)
    assert.deepEqual(outcome, unharmed(outcome))
    assert.deepEqual(await halfStates(fleet.world), [])
    assert.deepEqual(await fleet.world.cli('audit', 'verify'), wholeChain)
    assert.deepEqual(fleet.dead, [])
    const median = pickUps.toSorted((left, right) => left - right)[Math.floor(times / 2)] ?? Infinity
    // BullMQ's own connections to PostgreSQL look for it once a second.
    const promisedMs = engine === 'redis' ? 1_000 : 3_000
    assert.ok(median < promisedMs, `the gateway works again ${median} ms after the database's return`)
    assert.deepEqual(
      new Set(fleet.stream.sent.flatMap(({ statuses }) => statuses)).difference(new Set([201, 202, 503])),
      new Set(),
      'an outage is said to be one',
    )
  })

test('all connections cut at once, four times, cost nobody anything', async (t) => {
  await using fleet = await openFleet({ engine: 'redis', prefix: 'cut', perSecond: 30 })
  const pickUps = await cutConnections(fleet, 4)
  const outcome = await fleet.end()

  t.diagnostic(`picked up after ${pickUps.join(', ')} ms; ${outcome.sent} requests`)
  assert.deepEqual(outcome, unharmed(outcome))
  assert.deepEqual(await halfStates(fleet.world), [])
  assert.deepEqual(await fleet.world.cli('audit', 'verify'), wholeChain)
  assert.deepEqual(fleet.dead, [])
})

test('while PostgreSQL is away the server says so, and a call that waits is answered when it is back', async () => {
  await using fleet = await openFleet({ engine: 'redis', prefix: 'away', perSecond: 1 })
  const { world } = fleet
  const [postgresPid] = [world.postgres.pid ?? 0]
  // Nobody works on it before the database is back: the call waits through the outage for certain.
  for (const worker of world.workers) worker.freeze()
  const waiting = world.submit(newcomer, { Prefer: 'wait=30', 'Idempotency-Key': 'waits' })
  await accepted(world)

  await world.postgres.stop('immediate')
  const ready = await world.call<{ database: boolean }>('GET', '/readyz')
  const refused = await world.call<{ code: string }>('POST', '/api/v1/requests', newcomer, { 'Idempotency-Key': 'waits' })
  // Who waits looks every second: at least once while it is away.
  await delay(1_200)
  await world.postgres.start()
  for (const worker of world.workers) worker.thaw()
  const answered = await waiting
  const again = await world.submit(newcomer, { 'Idempotency-Key': 'waits' })

  assert.notEqual(world.postgres.pid, postgresPid)
  assert.deepEqual([ready.status, ready.body.database], [503, false])
  assert.deepEqual([refused.status, refused.body.code, refused.headers.get('Retry-After')], [503, 'unavailable', '1'])
  assert.match(refused.headers.get('Content-Type') ?? '', /problem\+json/)
  assert.deepEqual([answered.status, answered.body.state], [201, 'succeeded'])
  assert.equal(again.body.id, answered.body.id)
})

const newcomer = {
  kind: 'create',
  externalId: 'waiting',
  attributes: { givenName: 'Ada', familyName: 'Waiting', organizationalUnit: 'Finance' },
}

async function accepted({ query }: { query(text: string): Promise<readonly unknown[]> }): Promise<void> {
  while ((await query(`select from passerelle.request where external_id = 'waiting'`)).length === 0) await delay(5)
}
