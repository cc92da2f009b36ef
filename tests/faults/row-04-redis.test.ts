/**
 * Row 4: Redis forgets everything, goes away, becomes read-only, is full, forgets its scripts. Every request ends as it would have without,
 * and soon: with leases that no test outlives, so that nothing is saved by one that runs out.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { CrashLabel } from '#core/crash-points.ts'
import type { TestRedis } from '../harness/redis.ts'
import type { WorldProcess } from '../harness/world.ts'
import { assertArrived, assertLeftNoTrace, openStage, unwelcome, welcome, type Stage } from './stage.ts'

const recoveredWithinMs = 10_000

let stage: Stage
let redis: TestRedis
before(async () => {
  stage = await openStage({ engine: 'redis', workers: 0, variables: { WORKER_LEASE_SECONDS: '300' } }, 5000)
  assert.ok(stage.world.redis !== null)
  redis = stage.world.redis
})
after(() => stage[Symbol.asyncDispose]())

const phases: readonly (readonly CrashLabel[])[] = [
  ['relay:taken', 'apply:claimed', 'undo:claimed'],
  ['relay:rung', 'apply:called', 'undo:called'],
  ['finalize:decided', 'apply:settled', 'undo:settled'],
]

for (const labels of phases)
  test(`a FLUSHALL while workers are at ${labels.join(', ')} changes nothing about how newcomers end`, async (context) => {
    await Promise.all(alive().map((worker) => worker.kill('SIGTERM')))
    const workers = await Promise.all(labels.map((label) => stage.world.startWorker({ CRASH_AT: `freeze:${label}` })))
    const asked = await askUntilFrozen(workers)

    await redis.command('FLUSHALL')
    const flushed = Date.now()
    for (const worker of workers) worker.thaw()

    await endsAsUsual(asked)
    assertSoon(context, flushed)
  })

const outages: readonly {
  readonly name: string
  begin(): Promise<unknown>
  end(): Promise<unknown>
  readonly lastsMs: number
}[] = [
  // As long as it takes until all back-offs have reached what they would be after an hour.
  { name: 'is stopped, and starts with nothing', begin: () => redis.stop(), end: () => redis.start(), lastsMs: 4_000 },
  {
    name: 'is a read-only replica for a while',
    begin: () => redis.command('REPLICAOF', '127.0.0.1', 1),
    end: () => redis.command('REPLICAOF', 'NO', 'ONE'),
    lastsMs: 2_000,
  },
  {
    name: 'has no memory left for a while',
    begin: () => redis.command('CONFIG', 'SET', 'maxmemory', 1),
    end: () => redis.command('CONFIG', 'SET', 'maxmemory', 0),
    lastsMs: 2_000,
  },
  { name: 'forgets its scripts', begin: () => redis.command('SCRIPT', 'FLUSH'), end: async () => undefined, lastsMs: 0 },
]

for (const { name, begin, end, lastsMs } of outages)
  test(`a Redis that ${name} loses nothing: what was asked before and meanwhile ends soon after`, async (context) => {
    await twoWorkers()
    const before = await ask(2)
    await begin()
    const meanwhile = await ask(2)
    const lines = countLines()
    await delay(lastsMs)
    const said = countLines() - lines

    await end()
    const back = Date.now()

    await endsAsUsual([...before, ...meanwhile])
    assertSoon(context, back)
    assert.ok(said <= 200 * (1 + lastsMs / 1_000), `the workers said ${said} lines meanwhile`)
  })

const alive = () => stage.world.workers.filter(({ child }) => child.exitCode === null && child.signalCode === null)

async function twoWorkers(): Promise<void> {
  await Promise.all(Array.from({ length: Math.max(0, 2 - alive().length) }, () => stage.world.startWorker()))
}

interface Asked {
  readonly id: string
  readonly number: number
  readonly isWelcome: boolean
}

/** Pairs of a newcomer who is welcome and one whom the ERP refuses. The server answers them whatever becomes of Redis. */
async function ask(pairs: number): Promise<readonly Asked[]> {
  const people = Array.from({ length: 2 * pairs }, (_, index) => ({ number: stage.next(), isWelcome: index % 2 === 0 }))
  return Promise.all(
    people.map(async (person) => {
      const body = (person.isWelcome ? welcome : unwelcome)(person.number)
      const answer = await stage.world.submit(body, { Prefer: 'respond-async' })
      assert.equal(answer.status, 202, JSON.stringify(answer.body))
      return { ...person, id: answer.body.id }
    }),
  )
}

async function askUntilFrozen(workers: readonly WorldProcess[]): Promise<readonly Asked[]> {
  const frozen = Promise.all(workers.map((worker) => worker.frozen(60_000)))
  let all = false
  void frozen.then(
    () => (all = true),
    () => (all = true),
  )
  const asked: Asked[] = []
  while (!all) {
    if (asked.length < 80) asked.push(...(await ask(1)))
    await delay(150)
  }
  await frozen
  return asked
}

async function endsAsUsual(asked: readonly Asked[]): Promise<void> {
  for (const { id, number, isWelcome } of asked) {
    const settled = await stage.world.settled(id, 60_000)
    await (isWelcome ? assertArrived : assertLeftNoTrace)(stage, settled, number)
  }
}

function assertSoon(context: { diagnostic(message: string): void }, since: number): void {
  const took = Date.now() - since
  context.diagnostic(`recovered in ${took} ms`)
  assert.ok(took <= recoveredWithinMs, `recovered in ${took} ms`)
}

const countLines = () => stage.world.workers.reduce((sum, worker) => sum + worker.log().split('\n').length, 0)
