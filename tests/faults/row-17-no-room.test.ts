/** Row 17: PostgreSQL has no room: its disk is full, or all its connections are taken. The gateway says so, and goes on when there is room again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { ProblemDetails } from '#server/api/types.ts'
import type { TestPostgres } from '#tests/harness/postgres.ts'
import { openFleet, pickUpMs, unharmed, type Fleet } from './fleet.ts'

// Only root may mount a disk that is small enough to be filled.
if (process.getuid?.() === 0)
  test('a full disk is answered with 503, and nothing is lost or done twice when there is room again', async (t) => {
    await using fleet = await openFleet({
      engine: 'redis',
      prefix: 'disk',
      world: { postgresDiskMegabytes: 160, postgresSettings: { max_wal_size: '8MB', min_wal_size: '2MB' } },
    })
    await delay(1_000)

    fleet.world.postgres.fillDisk()
    const refused = await untilRefused(fleet)
    await delay(2_000)
    fleet.world.postgres.freeDisk()
    await startUnlessUp(fleet.world.postgres)
    const pickUp = await pickUpMs(fleet.world)
    const outcome = await fleet.end()

    t.diagnostic(`picked up ${pickUp} ms after there was room; ${outcome.sent} requests`)
    assert.deepEqual([refused.body.code, refused.headers.get('Retry-After')], ['unavailable', '1'])
    assert.deepEqual(outcome, unharmed(outcome))
    assert.equal((await fleet.world.cli('audit', 'verify')).code, 0)
    assert.deepEqual(fleet.dead, [])
  })

test('a client that takes every connection delays others, and costs nobody anything', async (t) => {
  await using fleet = await openFleet({
    engine: 'redis',
    prefix: 'greed',
    world: { postgresSettings: { max_connections: '70' } },
  })
  await delay(500)
  const greedy = await takeAll(fleet.world.postgres)

  const refused = await untilRefused(fleet)
  const ready = await fleet.world.call('GET', '/readyz')
  await delay(1_500)
  await greedy[Symbol.asyncDispose]()
  const pickUp = await pickUpMs(fleet.world)
  const outcome = await fleet.end()

  t.diagnostic(`picked up ${pickUp} ms after there was room; ${outcome.sent} requests`)
  assert.deepEqual([refused.body.code, refused.headers.get('Retry-After')], ['unavailable', '1'])
  assert.equal(ready.status, 503)
  assert.deepEqual(outcome, unharmed(outcome))
  assert.deepEqual(fleet.dead, [])
})

/** The first answer that is no success, to a call of its own. */
async function untilRefused({ world }: Fleet) {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(50)) {
    const answer = await world.call<ProblemDetails>(
      'POST',
      '/api/v1/requests',
      { kind: 'create', externalId: 'probe', attributes: { givenName: 'Pro', familyName: 'Be', organizationalUnit: 'Legal' } },
      { Prefer: 'respond-async' },
    )
    if (answer.status === 503) return answer
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
  }
  throw new Error('nothing was ever refused')
}

/** A server that could not even write its log ends; whoever watches it starts it again. */
async function startUnlessUp(postgres: TestPostgres): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(50))
    if (await postgres.query('postgres', 'select 1').then(Boolean, () => false)) return
  await postgres.stop('immediate')
  await postgres.start()
}

/** Cuts the gateway's connections and takes them before it comes back, until it has none. */
async function takeAll({ hold, url }: TestPostgres): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  const cutter = new pg.Client({ connectionString: url })
  await cutter.connect()
  stack.defer(() => cutter.end())
  for (let left = 1; left > 0;) {
    const { rowCount } = await cutter.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'passerelle-%'`,
    )
    left = rowCount ?? 0
    for (let isFree = true; isFree;) {
      const taken = await Promise.allSettled(Array.from({ length: 10 }, () => hold('passerelle', 'select 1')))
      for (const one of taken) if (one.status === 'fulfilled') stack.use(one.value)
      isFree = taken.every(({ status }) => status === 'fulfilled')
    }
  }
  return stack
}
