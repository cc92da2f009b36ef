/** Row 17: a network that loses packets, and one that falls apart between a worker and what it needs. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openFaultProxy } from '#tests/harness/fault-proxy.ts'
import type { Outcome } from '#tests/harness/stream.ts'
import { openFleet, unharmed } from './fleet.ts'

const lossy = fileURLToPath(new URL('lossy.ts', import.meta.url))

/** A network of its own, in which packets may be dropped: as root, on a kernel that has both. */
const canLose =
  process.getuid?.() === 0 &&
  spawnSync('unshare', [
    '--net',
    'iptables',
    '-A',
    'INPUT',
    '-m',
    'statistic',
    '--mode',
    'random',
    '--probability',
    '0.5',
    '-j',
    'DROP',
  ]).status === 0

if (canLose)
  test('one packet in twenty that is lost costs time and nothing else', async (t) => {
    const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, lossy])
    const { outcome, dropped, dead } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      outcome: Outcome
      dropped: number
      dead: readonly string[]
    }

    t.diagnostic(`${dropped} packets were lost; ${outcome.sent} requests`)
    assert.ok(dropped > 20, `${dropped} packets were lost`)
    assert.deepEqual(outcome, unharmed(outcome))
    assert.deepEqual(dead, [])
  })

test('workers cut off from PostgreSQL, then from Redis, for longer than their leases do nothing twice', async (t) => {
  await using fleet = await openFleet({ engine: 'redis', prefix: 'part' })
  const { world } = fleet
  const redis = world.redis
  assert.ok(redis !== null)
  await using toPostgres = await openFaultProxy({ to: world.postgres })
  await using toRedis = await openFaultProxy({ to: redis })
  const database = new URL(world.databaseUrl)
  database.port = String(toPostgres.port)
  const cutOff = await world.startWorker({
    DATABASE_URL: database.href,
    REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
  })
  await delay(1_000)

  toPostgres.hang()
  await delay(4_000)
  await toPostgres.heal()
  await delay(1_000)
  toRedis.blackhole()
  await delay(4_000)
  await toRedis.heal()
  const outcome = await fleet.end()

  t.diagnostic(`${outcome.sent} requests`)
  assert.deepEqual(outcome, unharmed(outcome))
  assert.deepEqual([cutOff.child.exitCode, ...fleet.dead], [null])
})

test('a database that swallows what is sent to it is noticed within seconds, without a word from it', async () => {
  await using fleet = await openFleet({ engine: 'redis', prefix: 'mute', perSecond: 1 })
  const { world } = fleet
  await using proxy = await openFaultProxy({ to: world.postgres })
  const database = new URL(world.databaseUrl)
  database.port = String(proxy.port)
  const server = await world.startServer({ DATABASE_URL: database.href })

  proxy.hang()
  const ready = await fetch(`${server.url}/readyz`)
  const since = performance.now()
  const answer = await fetch(`${server.url}/api/v1/requests`, { headers: { Authorization: `Bearer ${world.apiKey}` } })
  const answeredMs = performance.now() - since
  await proxy.heal()
  const end = Date.now() + 5_000
  while (!(await fetch(`${server.url}/readyz`)).ok && Date.now() < end) await delay(50)
  const again = await fetch(`${server.url}/api/v1/requests`, { headers: { Authorization: `Bearer ${world.apiKey}` } })

  assert.equal(ready.status, 503)
  assert.deepEqual([answer.status, answer.headers.get('Retry-After')], [503, '1'])
  assert.ok(answeredMs < 20_000, `after ${Math.round(answeredMs)} ms`)
  assert.equal(again.status, 200)
})
