/** Row 14: processes that are told to stop. What is under way ends, or is cut in time and found out by others. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
import { shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { journaledTargets } from '#tests/harness/stream.ts'
import { openWorld, type World, type WorldProcess } from '#tests/harness/world.ts'

const newcomer = (name: string) => ({
  kind: 'create',
  externalId: name,
  attributes: { givenName: 'Ada', familyName: name, organizationalUnit: 'Finance' },
})

test('a worker told to stop during a long call cuts it in time, and another worker finds out what came of it', async (t) => {
  await using targets = await openPostgres()
  await using world = await openWorld({
    engine: 'redis',
    targets: () => journaledTargets(targets),
    ruleSet: shippedRules(),
    variables: { WORKER_STOP_SECONDS: '3' },
  })
  const [worker] = world.workers as [WorldProcess]
  const lock = await commitsHang(targets)
  const asked = await world.submit(newcomer('Hanging'), { Prefer: 'respond-async' })
  await stepIs(world, 'running')

  const exit = await stopped(worker)
  const [cut] = await stepOf(world)
  await lock[Symbol.asyncDispose]()
  await world.startWorker()
  const settled = await world.settled(asked.body.id, 40_000)

  t.diagnostic(`ended ${exit.ms} ms after SIGTERM, with ${exit.code}`)
  assert.equal(exit.code, 0)
  assert.ok(exit.ms < 3_500, `${exit.ms} ms`)
  assert.deepEqual([cut?.state, cut?.leased], ['unknown', false])
  assert.equal(settled.state, 'succeeded')
  const journal = await targets.query(targetDatabase, `select what from public.journal where login = 'ahanging' order by what`)
  assert.deepEqual(
    journal.map(({ what }) => what),
    ['INSERT directory', 'INSERT intranet'],
  )
})

test('a worker whose last words cannot be written ends in time all the same, and says that it failed', async () => {
  await using targets = await openPostgres()
  await using world = await openWorld({
    engine: 'redis',
    targets: () => journaledTargets(targets),
    ruleSet: shippedRules(),
    variables: { WORKER_STOP_SECONDS: '2' },
  })
  const [worker] = world.workers as [WorldProcess]
  await using _ = await commitsHang(targets)
  await world.submit(newcomer('Silenced'), { Prefer: 'respond-async' })
  await stepIs(world, 'running')
  await using __ = await world.postgres.hold('passerelle', 'lock table passerelle.step, passerelle.audit_head')

  const exit = await stopped(worker)

  assert.equal(exit.code, 1)
  assert.ok(exit.ms < 2_700, `${exit.ms} ms`)
  assert.match(worker.log(), /the worker did not end in time/)
})

test('a server told to stop answers who waits, ends its streams and goes', async () => {
  await using targets = await openPostgres()
  await using world = await openWorld({ engine: 'redis', targets: () => journaledTargets(targets), ruleSet: shippedRules() })
  await using _ = await commitsHang(targets)
  const stream = await fetch(`${world.url}/api/v1/events`, { headers: { Authorization: `Bearer ${world.apiKey}` } })
  const streamed = stream.text()
  const waiting = world.submit(newcomer('Waiting'), { Prefer: 'wait=30' })
  await stepIs(world, 'running')

  const exit = await stopped(world.server)
  const answered = await waiting

  assert.equal(exit.code, 0)
  assert.ok(exit.ms < 3_000, `${exit.ms} ms`)
  assert.deepEqual([answered.status, answered.headers.get('Connection')], [202, 'close'])
  assert.equal(answered.headers.get('Location'), `/api/v1/requests/${answered.body.id}`)
  assert.match(await streamed, /^: open/)
})

test('a server does not wait for ever for a client that never ends its call', async () => {
  await using world = await openWorld({
    engine: 'redis',
    targets: sqlTargets,
    ruleSet: shippedRules(),
    workers: 0,
    variables: { SERVER_STOP_SECONDS: '1' },
  })
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () =>
    socket.write('POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{'),
  )
  socket.on('error', () => {})
  await delay(300)

  const exit = await stopped(world.server)

  assert.equal(exit.code, 1)
  assert.ok(exit.ms < 2_000, `${exit.ms} ms`)
})

/** The directory takes a very long time to commit an account, and then does, whether somebody still waits for it or not. */
async function commitsHang(targets: TestPostgres): Promise<AsyncDisposable> {
  await targets.query(
    targetDatabase,
    `create or replace function public.hang() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(42); return null; end $$;
     drop trigger if exists hangs on directory.person;
     create constraint trigger hangs after insert on directory.person deferrable initially deferred for each row execute function public.hang()`,
  )
  return targets.hold(targetDatabase, 'select pg_advisory_xact_lock(42)')
}

async function stopped({ child }: WorldProcess): Promise<{ code: number | null; ms: number }> {
  const since = performance.now()
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  child.kill('SIGTERM')
  const code = await ended
  return { code, ms: Math.round(performance.now() - since) }
}

function stepOf({ query }: World) {
  return query(
    `select state, coalesce(lease_until > clock_timestamp(), false) as leased from passerelle.step where target = 'directory'`,
  )
}

async function stepIs(world: World, state: string): Promise<void> {
  for (const end = Date.now() + 15_000; (await stepOf(world))[0]?.state !== state; await delay(10))
    if (Date.now() > end) throw new Error(`the step never was ${state}`)
  // The claim is durable; the call leaves right after it.
  await delay(200)
}
