/** The cache of what targets said, on both of its stores: shared, forgotten by everybody, sealed, and never in the way. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import { openCache, type Cache, type CacheEntry } from '#core/cache.ts'
import { openDatabase, type Database } from '#core/database.ts'
import { createLog } from '#core/log.ts'
import { createSealer } from '#core/sealing.ts'
import { openPostgres, type TestPostgres } from '#tests/harness/postgres.ts'
import { openRedis, type TestRedis } from '#tests/harness/redis.ts'

const sealer = createSealer(randomBytes(32).toString('base64'))
const log = createLog('silent', 'test')
let postgres: TestPostgres
let redis: TestRedis
let url: string
let targets = 0

before(async () => {
  postgres = await openPostgres()
  url = await postgres.createDatabase('cache')
  redis = await openRedis()
})
after(async () => {
  await redis[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

/** Something to ask for, which counts how often the target was asked. */
function question(more: Partial<CacheEntry<string>> = {}) {
  const asked = { times: 0 }
  const entry: CacheEntry<string> = {
    kind: 'token',
    key: 'login',
    ttlMs: 60_000,
    load: async () => `secret-${++asked.times}`,
    ...more,
  }
  return { asked, entry }
}

interface Processes extends AsyncDisposable {
  /** One cache per process. */
  readonly caches: readonly [Cache, Cache]
}

async function twoProcesses(redisUrl: string | undefined): Promise<Processes> {
  const open = async () => {
    const database: Database = await openDatabase({ url, name: 'test' })
    const cache = await openCache({ redisUrl, sql: database.sql, sealer, log })
    return { cache, database }
  }
  const both = [await open(), await open()] as const
  // A client of Redis takes a moment to connect; until then there is nothing to share.
  await sleep(redisUrl === undefined ? 0 : 200)
  return {
    caches: [both[0].cache, both[1].cache],
    async [Symbol.asyncDispose]() {
      for (const { cache, database } of both) {
        await cache[Symbol.asyncDispose]()
        await database[Symbol.asyncDispose]()
      }
    },
  }
}

const newTarget = () => `target-${++targets}`

for (const engine of ['redis', 'none'] as const) {
  describe(engine === 'redis' ? 'with Redis' : 'without Redis', () => {
    const opened = () => twoProcesses(engine === 'redis' ? redis.url : undefined)

    test('a target is asked once for many who ask at once, and for those who ask later', async () => {
      await using processes = await opened()
      const cache = processes.caches[0].forTarget(newTarget(), 1)
      const { asked, entry } = question()

      const answers = await Promise.all(Array.from({ length: 20 }, () => cache.get(entry)))
      const later = await cache.get(entry)

      assert.deepEqual([new Set([...answers, later]).size, asked.times], [1, 1])
      assert.deepEqual(processes.caches[0].counts().token, { hits: 1, misses: 1, failures: 0 })
    })

    test('what is forgotten in one process is forgotten in all', async () => {
      await using processes = await opened()
      const name = newTarget()
      const here = processes.caches[0].forTarget(name, 1)
      const there = processes.caches[1].forTarget(name, 1)
      const { entry } = question()
      const first = await there.get(entry)

      await here.forget('token', 'login')
      await sleep(100)

      assert.notEqual(await there.get(entry), first)
    })

    test('a change of the target’s configuration makes everything unknown', async () => {
      await using processes = await opened()
      const name = newTarget()
      const { entry } = question()

      const before = await processes.caches[0].forTarget(name, 1).get(entry)
      const changed = await processes.caches[0].forTarget(name, 2).get(entry)

      assert.notEqual(changed, before)
    })

    test('an answer lives as long as it says of itself', async () => {
      await using processes = await opened()
      const cache = processes.caches[0].forTarget(newTarget(), 1)
      const short = question({ ttlMs: () => 50 })
      const never = question({ key: 'other', ttlMs: 0 })

      await cache.get(short.entry)
      await cache.get(never.entry)
      await sleep(80)
      await cache.get(short.entry)
      await cache.get(never.entry)

      assert.deepEqual([short.asked.times, never.asked.times], [2, 2])
    })

    test('what was forgotten while it was being asked for is not kept', async () => {
      await using processes = await opened()
      const cache = processes.caches[0].forTarget(newTarget(), 1)
      const { promise, resolve } = Promise.withResolvers<string>()
      const begun = Promise.withResolvers<void>()
      const old = cache.get({
        ...question().entry,
        load: () => {
          begun.resolve()
          return promise
        },
      })
      await begun.promise

      await cache.forget('token', 'login')
      resolve('old')

      assert.equal(await old, 'old')
      assert.equal(await cache.get(question().entry), 'secret-1')
    })

    test('a failure is not kept, and is that of whoever asked', async () => {
      await using processes = await opened()
      const cache = processes.caches[0].forTarget(newTarget(), 1)
      const failing = cache.get({ ...question().entry, load: () => sleep(20).then(() => Promise.reject(new Error('aborted'))) })

      const waiting = cache.get(question().entry)

      await assert.rejects(failing, /aborted/)
      assert.equal(await waiting, 'secret-1')
    })
  })
}

describe('Redis itself', () => {
  test('holds neither tokens nor names in clear, and keys of one target by its name', async () => {
    await using processes = await twoProcesses(redis.url)
    const name = newTarget()

    await processes.caches[0].forTarget(name, 7).get(question({ key: 'Gruppe Vertrieb' }).entry)
    const keys = (await redis.command('KEYS', `passerelle:cache:${name}:*`)) as string[]
    const held = await redis.command('GET', keys[0] ?? '')

    assert.equal(keys.length, 1)
    assert.match(keys[0] ?? '', new RegExp(`^passerelle:cache:${name}:7:token:[\\w-]{43}$`))
    assert.doesNotMatch(String(held), /secret|Vertrieb/)
    assert.ok(Number(await redis.command('PTTL', keys[0] ?? '')) > 50_000)
  })

  test('shares what one process asked', async () => {
    await using processes = await twoProcesses(redis.url)
    const name = newTarget()
    const { asked, entry } = question()

    await processes.caches[0].forTarget(name, 1).get(entry)
    await processes.caches[1].forTarget(name, 1).get(entry)

    assert.equal(asked.times, 1)
  })

  test('may be away: targets are asked, at once, and what was to be forgotten meanwhile is not believed afterwards', async () => {
    await using processes = await twoProcesses(redis.url)
    const cache = processes.caches[0].forTarget(newTarget(), 1)
    const { asked, entry } = question()
    await cache.get(entry)
    const pid = redis.pid ?? 0

    process.kill(pid, 'SIGSTOP')
    const started = performance.now()
    await cache.forget('token', 'login')
    const away = await cache.get(entry)
    const elapsed = performance.now() - started
    process.kill(pid, 'SIGCONT')
    await sleep(100)
    const back = await cache.get(entry)

    assert.ok(elapsed < 3_000, `${elapsed} ms`)
    assert.deepEqual([away, back !== 'secret-1', asked.times >= 2], ['secret-2', true, true])
    assert.ok(processes.caches[0].counts().token.failures > 0)
  })

  test('may come back with what was to be forgotten while it was gone: that is not believed', async () => {
    await using lasting = await openRedis({ appendonly: true })
    await using processes = await twoProcesses(lasting.url)
    const cache = processes.caches[0].forTarget(newTarget(), 1)
    const { asked, entry } = question()
    await cache.get(entry)

    await lasting.kill()
    await cache.forget('token', 'login')
    await lasting.start()
    await sleep(1_000)
    const kept = (await lasting.command('KEYS', 'passerelle:cache:*')) as string[]
    const back = await cache.get(entry)

    assert.deepEqual([kept.length, back, asked.times], [1, 'secret-2', 2])
  })

  test('a value that somebody wrote there is not believed', async () => {
    await using processes = await twoProcesses(redis.url)
    const name = newTarget()
    const { entry } = question()
    await processes.caches[0].forTarget(name, 1).get(entry)
    const [key = ''] = (await redis.command('KEYS', `passerelle:cache:${name}:*`)) as string[]

    await redis.command('SET', key, '"forged"')

    assert.equal(await processes.caches[1].forTarget(name, 1).get(entry), 'secret-2')
  })
})
