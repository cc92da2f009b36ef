/** The master of a Redis behind Sentinel dies. It takes acknowledged jobs with it; the ledger rings them again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openRedisSentinel } from '#tests/harness/redis-sentinel.ts'
import { appliedMs, openFleet, unharmed } from './fleet.ts'

test('a master that dies under load costs nothing but the seconds of the failover', async (t) => {
  await using sentinel = await openRedisSentinel()
  await using fleet = await openFleet({ engine: 'redis', redisUrl: sentinel.url, prefix: 'sent' })
  await appliedMs(fleet.world)

  const next = await sentinel.failOver()
  const recovery = await appliedMs(fleet.world)
  await delay(1_000)
  const outcome = await fleet.end()

  t.diagnostic(`works again ${recovery} ms after port ${next.port} could be written to; ${outcome.sent} requests`)
  assert.deepEqual(outcome, unharmed(outcome))
  assert.ok(recovery < 10_000, `${recovery} ms`)
  assert.deepEqual(fleet.dead, [])
  assert.equal((await fleet.world.cli('audit', 'verify')).code, 0)
})
