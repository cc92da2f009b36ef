/** Bull Board shows every queue, and whatever is clicked there or done to jobs behind our back, the ledger decides what happens. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProblemDetails } from '#server/api/types.ts'
import { pageOf } from '#server/queues-board/retry.ts'
import { boardApi as api, newcomer, openQueueStage, queueNames, type QueueStage } from '#tests/harness/queue-stage.ts'
import { findAccount, targetsDump } from '#tests/harness/sql-targets.ts'
import type { World } from '#tests/harness/world.ts'

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let stage: QueueStage
    let world: World
    let queues: QueueStage['queues']
    let admin: Record<string, string>
    before(async () => {
      stage = await openQueueStage({ engine })
      ;({ world, queues, admin } = stage)
    })
    after(() => stage?.[Symbol.asyncDispose]())

    /** Rings by hand, as nobody should. */
    async function add(queue: string, data: object): Promise<void> {
      await queues.queue(queue).add('by hand', data)
    }

    test('the board needs a login with the right to see the queues, and another right to change them', async () => {
      const [reader, auditor] = [await stage.login('reader'), await stage.login('auditor')]
      const status = async (method: string, path: string, headers?: Record<string, string>) =>
        (await world.call(method, path, undefined, headers)).status

      assert.deepEqual(
        [await status('GET', '/queues', { Authorization: '' }), await status('GET', '/queues', { Cookie: 'passerelle=wrong' })],
        [401, 401],
      )
      assert.deepEqual([await status('GET', '/queues', reader), await status('GET', api, reader)], [403, 403])
      assert.deepEqual(
        [await status('GET', '/queues', auditor), await status('PUT', `${api}/finalize/pause`, auditor)],
        [200, 403],
      )
      assert.deepEqual([await status('GET', '/queues/', admin), await status('GET', api, admin)], [200, 200])
    })

    test('it lists every queue', async () => {
      const { body } = await world.call<{ queues: { name: string }[] }>('GET', api, undefined, admin)

      assert.deepEqual(
        body.queues.map(({ name }) => name),
        queueNames,
      )
    })

    test('a job of a simulation or of a reconciliation is not done again there, and leads to its own page', async () => {
      for (const queue of ['simulate', 'reconcile-intranet']) {
        await queues.queue(queue).add('by hand', { v: 0 }, { jobId: `failed-in-${queue}` })
        assert.ok(await until(async () => (await queues.queue(queue).getFailed()).length > 0), `the job in ${queue} failed`)
        const before = await stage.snapshot()

        const one = await world.call<ProblemDetails>('PUT', `${api}/${queue}/failed-in-${queue}/retry`, undefined, admin)
        const all = await world.call<object>('PUT', `${api}/${queue}/retry/failed`, undefined, admin)

        assert.deepEqual([one.status, all.status, await stage.snapshot()], [409, 409, before], queue)
        assert.match(one.body.detail, /begin it in Passerelle/)
        await queues.queue(queue).remove(`failed-in-${queue}`)
      }
      const id = '0f3c9a10-0000-4000-8000-000000000001'
      assert.deepEqual(
        [pageOf(`s-${id}`), pageOf(`c-${id}`), pageOf(`r-${id}-g1-intranet`)],
        [`/simulations/${id}`, `/reconciliations/${id}`, `/requests/${id}`],
      )
    })

    test('a retry there is the gateway’s own: generation 2 of the request, which succeeds once the cause is mended', async () => {
      const { id, jobId } = await stage.refused('retry', 'Retried')

      await stage.mended(async () => {
        const answer = await world.call('PUT', `${api}/apply-intranet/${jobId}/retry`, undefined, admin)
        const request = await world.settled(id)

        assert.equal(answer.status, 204)
        assert.deepEqual([request.state, request.generation], ['succeeded', 2])
      })
      assert.equal((await findAccount(world, 'aretried'))?.service, 'Refused')
      const retried = (await world.events(id)).find(({ action }) => action === 'retried')
      assert.deepEqual([retried?.actor, retried?.detail['reason']], ['person:admin', 'the disk is no longer full – à nouveau'])
    })

    test('a retry while the cause is still there rolls back again, and leaves no trace in the targets', async () => {
      const { id, jobId } = await stage.refused('still', 'Still')
      const before = await targetsDump(world)

      await world.call('PUT', `${api}/apply-intranet/${jobId}/retry`, undefined, admin)
      const request = await world.settled(id)

      assert.deepEqual([request.state, request.generation, await targetsDump(world)], ['rolled_back', 2, before])
    })

    test('“retry all” does every failed request of the queue again, hundreds of them, and takes them out of the list', async () => {
      const count = engine === 'redis' ? 300 : 40
      const numbers = Array.from({ length: count }, (_, number) => number)
      await Promise.all(
        numbers.map((number) =>
          world.submit(newcomer(`all-${number}`, `Alla${letters(number)}`, 'Refused'), { Prefer: 'respond-async' }),
        ),
      )
      const failed = await until(async () => (await ended(world, 'all-%')).every(({ state }) => state === 'rolled_back'))

      await stage.mended(async () => {
        const start = performance.now()
        const answer = await world.call<object>('PUT', `${api}/apply-intranet/retry/failed`, undefined, admin)
        const milliseconds = performance.now() - start

        assert.deepEqual([failed, answer.status], [true, 200])
        assert.ok(milliseconds < 5_000, `it answered after ${Math.round(milliseconds)} ms`)
        await until(async () => (await ended(world, 'all-%')).every(({ state }) => state === 'succeeded'))
        const requests = await ended(world, 'all-%')
        assert.deepEqual(
          [requests.length, new Set(requests.map(({ state, generation }) => `${String(state)} ${String(generation)}`))],
          [count, new Set(['succeeded 2'])],
        )
        const left = await queues.queue('apply-intranet').getFailed()
        assert.equal(left.filter(({ id }) => requests.some((request) => id?.includes(String(request['id'])))).length, 0)
      })
      const records =
        await world.query(`select count(*)::int as n from passerelle.audit where action = 'retried' and actor = 'person:admin'
        and request_id in (select id from passerelle.request where external_id like 'all-%')`)
      assert.deepEqual(records, [{ n: count }])
    })

    test('what is finished, or was overtaken by a later request, cannot be retried there', async () => {
      const done = await world.submit(newcomer('done', 'Done', 'Finance'))
      const { jobId } = await stage.refused('overtaken', 'Overtaken')
      await world.submit(newcomer('overtaken', 'Overtaken', 'Finance'))
      const before = await targetsDump(world)

      const paths = [
        `apply-intranet/r-${done.body.id}-g1-intranet/retry`,
        `apply-intranet/${jobId}/retry`,
        'apply-intranet/nonsense/retry',
      ]
      const answers = await Promise.all(
        paths.map((path) => world.call<ProblemDetails>('PUT', `${api}/${path}`, undefined, admin)),
      )

      assert.deepEqual(
        answers.map(({ status, body }) => [status, body.code]),
        paths.map(() => [409, 'conflict']),
      )
      assert.equal(await targetsDump(world), before)
    })

    test('a job that is retried, or rung again, behind the gateway’s back runs nothing, and is audited', async () => {
      const failed = await stage.refused('raw', 'Raw')
      const done = await world.submit(newcomer('raw-done', 'Rawdone', 'Finance'))
      const before = await targetsDump(world)
      const data = { v: 1, requestId: failed.id, generation: 1, target: 'directory' }

      await (await queues.queue('apply-intranet').getJob(failed.jobId))?.retry('failed')
      await add('apply-directory', data)
      await add('undo-directory', data)
      await add('finalize', { v: 1, requestId: failed.id, generation: 1 })
      await add('apply-directory', { ...data, requestId: done.body.id })
      await add('undo-directory', { ...data, requestId: done.body.id })

      assert.deepEqual([await stage.superseded(failed.id, 3), await stage.superseded(done.body.id, 2)], [3, 2])
      assert.equal(await targetsDump(world), before)
      const states = await Promise.all([failed.id, done.body.id].map((id) => world.settled(id)))
      assert.deepEqual(
        states.map(({ state, generation }) => [state, generation]),
        [
          ['rolled_back', 1],
          ['succeeded', 1],
        ],
      )
    })

    test('a queue can be paused and resumed, on the record', async () => {
      const pause = await world.call('PUT', `${api}/apply-intranet/pause`, undefined, admin)
      const paused = await queues.queue('apply-intranet').isPaused()
      const waiting = await world.submit(newcomer('paused', 'Paused', 'Finance'), { Prefer: 'respond-async' })
      await world.call('PUT', `${api}/apply-intranet/resume`, undefined, admin)

      assert.deepEqual([pause.status, paused], [200, true])
      assert.equal((await world.settled(waiting.body.id)).state, 'succeeded')
      const records = await world.query(
        `select action, actor, detail ->> 'queue' as queue from passerelle.audit where action like 'queue_%' order by seq`,
      )
      assert.deepEqual(
        records,
        ['queue_paused', 'queue_resumed'].map((action) => ({ action, actor: 'person:admin', queue: 'apply-intranet' })),
      )
    })

    test('a change that another site asks the browser for is refused', async () => {
      const { Cookie = '' } = admin
      const { id, jobId } = await stage.refused('cross', 'Cross')
      const path = `${api}/apply-intranet/${jobId}/retry`
      const origins: Record<string, string>[] = [
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site' },
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
      ]

      const answers = await Promise.all(origins.map((headers) => world.call('PUT', path, undefined, { Cookie, ...headers })))

      assert.deepEqual(
        answers.map(({ status }) => status),
        [403, 403, 403, 403],
      )
      assert.equal((await world.settled(id)).generation, 1)
    })

    test('the queues of a target that is configured later stand in the board without a restart', async () => {
      world.configure({ targets: { ...world.targets, archive: world.targets['intranet'] } })
      assert.equal((await world.cli('apply')).code, 0)

      let names: string[] = []
      for (let left = 100; left > 0 && !names.includes('apply-archive'); left--) {
        await delay(50)
        names = (await world.call<{ queues: { name: string }[] }>('GET', api, undefined, admin)).body.queues.map(
          ({ name }) => name,
        )
      }
      assert.deepEqual(names.toSorted(), [...queueNames, 'apply-archive', 'undo-archive', 'reconcile-archive'].toSorted())
    })
  })

async function ended(world: World, externalIds: string) {
  return world.query('select id, state, generation from passerelle.request where external_id like $1', [externalIds])
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  for (let left = 300; left > 0; left--) {
    if (await isSo()) return true
    await delay(100)
  }
  return false
}

/** 27 as `bb`: names that differ in letters, because logins are made of them. */
function letters(number: number): string {
  const rest = Math.floor(number / 26)
  return (rest > 0 ? letters(rest - 1) : '') + String.fromCodePoint(97 + (number % 26))
}
