/** A Redis that is new has lost nothing, and nobody is alarmed; one that was flushed, or replaced by an empty one, is told, by whichever worker sees it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { openDatabase, type Database } from '#core/database.ts'
import { openLedger, type Ledger } from '#core/ledger/index.ts'
import { createLog } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { openQueues } from '#core/queues.ts'
import { createSealer } from '#core/sealing.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
import { openRedis, type TestRedis } from '#tests/harness/redis.ts'
import { openReconciler } from '#workers/reconcile.ts'

const stack = new AsyncDisposableStack()
let postgres: TestPostgres
before(async () => (postgres = stack.use(await openPostgres())))
after(() => stack.disposeAsync())

interface Gateway extends AsyncDisposable {
  readonly database: Database
  readonly ledger: Ledger
}

async function openGateway(name: string): Promise<Gateway> {
  const database = await openDatabase({ url: await postgres.createDatabase(name), name: 'test', poolSize: 2 })
  await migrate(database.sql)
  const sealer = createSealer(randomBytes(32).toString('base64'))
  const ledger = openLedger({ database, sealer, log: createLog('silent', 'test') })
  return { database, ledger, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

/** What so many workers log at level warn and above while they look at the Redis for some seconds. */
async function told({ ledger }: Gateway, redis: TestRedis, workers = 1): Promise<readonly string[]> {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) })
  await using open = new AsyncDisposableStack()
  for (let worker = 0; worker < workers; worker++) {
    const queues = open.use(await openQueues({ redisUrl: redis.url, databaseUrl: postgres.url, log }))
    open.use(openReconciler({ ledger, queues, log, crashPoint: () => undefined }))
  }
  for (let left = 100; left > 0 && (await redis.command('EXISTS', '{passerelle}:memory')) === 0; left--) await delay(50)
  // Whoever was not first looks after that.
  await delay(2_200)
  return lines
}

const lost = 'the queue engine may have lost jobs: everything unfinished is rung again'

// Each looks for seconds, and none of them at what another does.
describe('the mark', { concurrency: true }, () => {
  test('the first start is quiet, with several workers too, and so is the next', async () => {
    await using redis = await openRedis()
    await using gateway = await openGateway('first')

    const [first, next] = [await told(gateway, redis, 3), await told(gateway, redis)]

    assert.deepEqual([first, next], [[], []])
  })

  test('a Redis that was flushed is told once, and so is an empty one in its place', async () => {
    await using gateway = await openGateway('flushed')
    await using redis = await openRedis()
    await told(gateway, redis)

    await redis.command('FLUSHALL')
    const flushed = await told(gateway, redis, 2)
    await using other = await openRedis()
    const replaced = await told(gateway, other)

    assert.deepEqual([flushed, replaced], [[lost], [lost]])
  })

  test('a Redis that a version before marked is known from the first look', async () => {
    await using gateway = await openGateway('upgraded')
    await using redis = await openRedis()
    await told(gateway, redis)
    await gateway.database.sql`delete from queue_engine`
    const upgraded = await told(gateway, redis)

    await redis.command('FLUSHALL')

    assert.deepEqual([upgraded, await told(gateway, redis)], [[], [lost]])
  })
})
