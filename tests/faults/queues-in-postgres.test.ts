/** What the queues need where they live in PostgreSQL: clocks that agree, and room for their connections. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openWrongClock } from '#tests/harness/faketime.ts'
import { shippedRules, sqlTargets } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet: shippedRules(), workers: 0 })
})
after(() => world[Symbol.asyncDispose]())

for (const seconds of [5, -5])
  test(`a worker whose clock is ${seconds} s ahead of PostgreSQL's does not begin`, async () => {
    const { variables } = openWrongClock(world.folder, seconds)

    const started = world.startWorker(variables)

    await assert.rejects(started, /clock and that of PostgreSQL differ by \d\.\d s: jobs would run twice/)
  })

test('a worker whose clock drifts away takes no more jobs, until the clock is right again', async () => {
  const clock = openWrongClock(world.folder, 0)
  const worker = await world.startWorker(clock.variables)
  const first = await world.submit(newcomer('first'), { Prefer: 'wait=20' })

  clock.set(30)
  await logged(worker, /its clock and that of PostgreSQL differ/)
  await logged(worker, /the worker cannot be opened anew/)
  const second = await world.submit(newcomer('second'), { Prefer: 'wait=2' })
  clock.set(0)
  const settled = await world.settled(second.body.id)
  await worker.kill('SIGTERM')

  assert.equal(first.body.state, 'succeeded')
  assert.deepEqual([second.status, second.body.steps.every(({ state }) => state === 'pending')], [202, true])
  assert.equal(settled.state, 'succeeded')
})

test('a worker that PostgreSQL has no room for says what to set, and does not begin', async () => {
  const [room] = await world.query(
    `select current_setting('max_connections')::int - (select count(*)::int from pg_stat_activity) as free`,
  )
  await using _ = await manyConnections(world, Number(room?.free) - 30)

  const started = world.startWorker()

  await assert.rejects(
    started,
    /allows 200 connections \(max_connections\) and \d+ are taken: this worker may need \d+[^]*set max_connections = 2\d\d or more/,
  )
})

const newcomer = (name: string) => ({
  kind: 'create',
  externalId: name,
  attributes: { givenName: 'Ada', familyName: name, organizationalUnit: 'Finance' },
})

async function manyConnections({ postgres }: World, count: number): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  await Promise.all(Array.from({ length: count }, async () => stack.use(await postgres.hold('passerelle', 'select 1'))))
  return stack
}

async function logged({ log }: { log(): string }, line: RegExp): Promise<void> {
  for (const end = Date.now() + 20_000; !line.test(log()); await delay(50))
    if (Date.now() > end) throw new Error(`it never said ${line}:\n${log().slice(-2_000)}`)
}
