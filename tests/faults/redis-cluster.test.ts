/** A Redis Cluster loses the master that holds the queues, and moves their slot to another one, while requests stream in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRedisCluster } from '#tests/harness/redis-cluster.ts'
import { appliedMs, openFleet, unharmed } from './fleet.ts'

/** All queues have this one hash tag, and so one slot. */
const queues = '{passerelle}'

test('a slot that moves, and a master that dies, cost nothing but seconds', async (t) => {
  await using cluster = await openRedisCluster()
  await using fleet = await openFleet({ engine: 'redis', redisUrl: cluster.url, prefix: 'clus' })
  await appliedMs(fleet.world)
  const first = await cluster.masterOf(queues)

  await cluster.moveSlotOf(queues)
  const afterMove = await appliedMs(fleet.world)
  const second = await cluster.masterOf(queues)
  await cluster.failOver(queues)
  const afterDeath = await appliedMs(fleet.world)
  const outcome = await fleet.end()

  t.diagnostic(
    `works ${afterMove} ms after the slot moved and ${afterDeath} ms after a replica took over; ${outcome.sent} requests`,
  )
  assert.notEqual(second.port, first.port)
  assert.deepEqual(outcome, unharmed(outcome))
  assert.ok(afterMove < 10_000 && afterDeath < 10_000, `${afterMove} ms and ${afterDeath} ms`)
  assert.deepEqual(fleet.dead, [])
  assert.equal((await fleet.world.cli('audit', 'verify')).code, 0)
})
