/** Before a long backlog every wake-up comes before its turn does: what the queue still holds is not rung again, what it lost is. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openQueueStage, type QueueStage } from '#tests/harness/queue-stage.ts'
import { targetDatabase } from '#tests/harness/sql-targets.ts'

for (const engine of ['redis', 'postgres'] as const)
  describe(`with the queues in ${engine}`, () => {
    let stage: QueueStage
    before(async () => {
      stage = await openQueueStage({ engine, workers: 0 })
      // Nobody works for the intranet.
      await stage.world.startWorker({ WORKER_TARGETS: 'directory' })
    })
    after(() => stage[Symbol.asyncDispose]())

    const wokenOf = async (id: string) => (await stage.world.events(id)).filter(({ action }) => action === 'woken').length
    /** The wake-up comes now; waits until the reconciler has looked. */
    async function wake(id: string): Promise<void> {
      await stage.world.query('update passerelle.request set wake_at = now() where id = $1', [id])
      const due = 'select from passerelle.request where id = $1 and wake_at < now()'
      for (const end = Date.now() + 10_000; (await stage.world.query(due, [id])).length > 0; await delay(50))
        assert.ok(Date.now() < end, 'the reconciler never looked')
    }
    async function submit(name: string): Promise<string> {
      const attributes = { givenName: 'Zoé', familyName: name, organizationalUnit: 'Finance' }
      const { body } = await stage.world.submit({ kind: 'create', externalId: name, attributes }, { Prefer: 'respond-async' })
      const applied = `select from passerelle.step where request_id = $1 and target = 'directory' and state = 'applied'`
      for (const end = Date.now() + 10_000; (await stage.world.query(applied, [body.id])).length === 0; await delay(25))
        assert.ok(Date.now() < end, 'the directory never had it')
      return body.id
    }

    test('a request whose step waits for its turn is not rung again', async () => {
      const id = await submit('Waiting')

      await wake(id)
      await wake(id)

      assert.equal(await wokenOf(id), 0)
      assert.equal(await stage.queues.queue('apply-intranet').count(), 1)
    })

    test('one whose job is gone is rung again, and ends when somebody comes', async () => {
      const id = await submit('Lost')
      await stage.queues
        .queue('apply-intranet')
        .getJob(`r-${id}-g1-intranet`)
        .then((job) => job?.remove())

      // Without its last child the finalizer may have its turn, and ring by itself.
      const bell = async () =>
        Number((await stage.world.query('select bell from passerelle.request where id = $1', [id]))[0]?.['bell'])
      const rung = await until(
        async () => (await wake(id), bell()),
        (number) => number > 0,
      )

      assert.equal(rung, 1)
      await stage.world.startWorker({ WORKER_TARGETS: 'intranet' })
      assert.equal((await stage.world.settled(id)).state, 'succeeded')
    })

    if (engine === 'redis')
      test('one whose job a worker has in hand is not rung again, unless it has had it for longer than any call may take', async () => {
        const { postgres, redis, query } = stage.world
        const lock = await postgres.hold(targetDatabase, 'lock table intranet.account in access exclusive mode')
        const id = await submit('Held')
        const job = await until(
          () => stage.queues.queue('apply-intranet').getJob(`r-${id}-g1-intranet`),
          (one) => one?.processedOn !== undefined,
        )
        await wake(id)
        const soon = await wokenOf(id)

        await using client = disposable(new Redis(redis?.url ?? ''))
        await client.redis.hset(`{passerelle}:apply-intranet:${job?.id}`, 'processedOn', Date.now() - 200_000)
        await wake(id)
        const late = await wokenOf(id)
        await lock[Symbol.asyncDispose]()

        assert.deepEqual([soon, late], [0, 1])
        assert.equal((await stage.world.settled(id)).state, 'succeeded')
        assert.deepEqual(
          await query(`select count(*)::int as n from passerelle.step where request_id = $1 and state <> 'applied'`, [id]),
          [{ n: 0 }],
        )
      })
  })

async function until<Value>(read: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  for (const end = Date.now() + 10_000; ; await delay(25)) {
    const value = await read()
    if (isSo(value)) return value
    assert.ok(Date.now() < end, 'it never came to that')
  }
}

function disposable(redis: Redis): AsyncDisposable & { readonly redis: Redis } {
  return {
    redis,
    async [Symbol.asyncDispose]() {
      redis.disconnect()
    },
  }
}
