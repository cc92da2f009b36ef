/** Every verb of Bull Board's API, as the installed version declares them: none works without the right, our own origin and a reason. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { appRoutes } from '@bull-board/api/dist/routes.js'
import type { ProblemDetails } from '#server/api/types.ts'
import { verbs } from '#server/queues-board/verbs.ts'
import { boardApi, newcomer, openQueueStage, type QueueStage } from '#tests/harness/queue-stage.ts'

const routes = appRoutes.api.flatMap(({ method, route }) =>
  [method].flat().flatMap((one) => [route].flat().map((path) => `${one} ${path}`)),
)
const changing = routes.filter((verb) => !verb.startsWith('get '))
const refused = changing.filter((verb) => verbs[verb]?.does === 'refuse')

test('each verb of the installed version has a meaning here, and no meaning is left of a version that was', () => {
  assert.deepEqual(Object.keys(verbs).toSorted(), routes.toSorted())
})

test('what reads is looked at, what writes is not', () => {
  assert.deepEqual(
    Object.entries(verbs).flatMap(([verb, { does }]) => (does === 'look' ? [verb] : [])),
    Object.keys(verbs).filter((verb) => verb.startsWith('get ')),
  )
})

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let stage: QueueStage
    let values: Record<string, string>
    before(async () => {
      stage = await openQueueStage({ engine })
      const { jobId } = await stage.refused('verbs', 'Verbs')
      values = { queueName: 'apply-intranet', jobId, queueStatus: 'failed', schedulerId: 'x' }
    })
    after(() => stage?.[Symbol.asyncDispose]())

    /** Calls all of them, and gives their statuses and codes. */
    async function walk(list: readonly string[], headers: Record<string, string>): Promise<readonly string[]> {
      return Promise.all(
        list.map(async (verb) => {
          const [method = '', route = ''] = verb.split(' ')
          const path = route.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? 'x')
          const body = method === 'get' ? undefined : {}
          const answer = await stage.world.call<ProblemDetails>(method.toUpperCase(), `/queues${path}`, body, headers)
          return `${answer.status} ${answer.body?.code ?? ''} ${verb}`
        }),
      )
    }
    const all = (list: readonly string[], answer: string) => list.map((verb) => `${answer} ${verb}`)

    test('nobody, a source and a reader use no verb, an auditor only those that read', async () => {
      const before = await stage.snapshot()
      const [reader, auditor] = [await stage.login('reader'), await stage.login('auditor')]

      assert.deepEqual(await walk(routes, { Cookie: 'passerelle=wrong' }), all(routes, '401 unauthenticated'))
      assert.deepEqual(await walk(routes, {}), all(routes, '403 forbidden'))
      assert.deepEqual(await walk(routes, reader), all(routes, '403 forbidden'))
      assert.deepEqual(await walk(changing, auditor), all(changing, '403 forbidden'))
      assert.deepEqual(await stage.snapshot(), before)
    })

    test('from another origin no verb changes anything', async () => {
      const before = await stage.snapshot()
      const { 'Sec-Fetch-Site': _, ...admin } = stage.admin

      assert.deepEqual(await walk(changing, { ...admin, 'Sec-Fetch-Site': 'cross-site' }), all(changing, '403 forbidden'))
      assert.deepEqual(await stage.snapshot(), before)
    })

    test('without a reason no verb changes anything', async () => {
      const before = await stage.snapshot()
      const reasoned = changing.filter((verb) => !refused.includes(verb))

      for (const reason of ['', '  x  ', '%E0%A4%A', 'x'.repeat(501)])
        assert.deepEqual(
          await walk(reasoned, { ...stage.admin, 'Passerelle-Reason': reason }),
          all(reasoned, '422 unprocessable'),
        )
      assert.deepEqual(await stage.snapshot(), before)
    })

    test('verbs that would falsify or lose something are refused, with a message that the board shows', async () => {
      const before = await stage.snapshot()

      assert.ok(refused.length >= 11)
      assert.deepEqual(await walk(refused, stage.admin), all(refused, '403 forbidden'))
      assert.deepEqual(await stage.snapshot(), before)
      const answer = await stage.world.call<ProblemDetails & { error: string; message: string }>(
        'PUT',
        `${boardApi}/apply-intranet/obliterate`,
        { force: true },
        { ...stage.admin, 'Accept-Language': 'fr' },
      )
      assert.match(answer.body.message, /^Une file ne se vide pas/)
      assert.ok(answer.body.error.length > 0)
    })

    test('a verb that a newer version brings is refused until somebody has decided about it', async () => {
      const before = await stage.snapshot()
      const newer = [
        'put /api/queues/:queueName/:jobId/teleport',
        'delete /api/queues/:queueName',
        'get /api/secrets',
        'post /api/queues',
      ]

      assert.deepEqual(await walk(newer, stage.admin), all(newer, '403 forbidden'))
      assert.deepEqual(await stage.snapshot(), before)
    })

    test('a failed job can be cleaned away; its request stays as it is and can be done again', async () => {
      const { id, jobId } = await stage.refused('clean', 'Clean')

      const { status } = await stage.world.call('PUT', `${boardApi}/apply-intranet/${jobId}/clean`, undefined, stage.admin)

      assert.deepEqual([status, await stage.queues.queue('apply-intranet').getJob(jobId)], [204, undefined])
      const record = (await stage.world.events(id)).find(({ action }) => action === 'job_cleaned')
      assert.deepEqual(
        [record?.actor, record?.detail['job'], (await stage.world.settled(id)).state],
        ['person:admin', jobId, 'rolled_back'],
      )
      await stage.mended(async () => {
        await stage.world.call('POST', `/api/v1/requests/${id}/retry`, { reason: 'again' }, stage.admin)
        assert.equal((await stage.world.settled(id)).state, 'succeeded')
      })
    })

    test('what is still to run is neither cleaned away nor lost: it waits in its paused queue, and runs', async () => {
      const { world, admin, queues } = stage
      await world.call('PUT', `${boardApi}/apply-intranet/pause`, undefined, admin)
      const { body } = await world.submit(newcomer('waits', 'Waits'), { Prefer: 'respond-async' })
      const jobId = `r-${body.id}-g1-intranet`
      for (let left = 100; left > 0 && (await queues.queue('apply-intranet').getJob(jobId)) === undefined; left--) await delay(50)

      const answers = await Promise.all(
        [`${jobId}/clean`, 'clean/wait', 'clean/delayed', 'clean/active'].map((path) =>
          world.call<ProblemDetails>('PUT', `${boardApi}/apply-intranet/${path}`, undefined, admin),
        ),
      )
      const kept = await queues.queue('apply-intranet').getJob(jobId)
      await world.call('PUT', `${boardApi}/apply-intranet/resume`, undefined, admin)

      assert.deepEqual(
        answers.map(({ status, body: problem }) => `${status} ${problem.code}`),
        ['409 conflict', '409 conflict', '409 conflict', '409 conflict'],
      )
      assert.equal(kept?.id, jobId)
      assert.equal((await world.settled(body.id)).state, 'succeeded')
    })

    test('from a request a page leads to the jobs that its queues still hold', async () => {
      const { id, jobId } = await stage.refused('page', 'Page')
      const page = await stage.world.call<string>('GET', `/queues/requests/${id}`, undefined, {
        ...stage.admin,
        'Accept-Language': 'fr',
      })
      const none = await stage.world.call<ProblemDetails>(
        'GET',
        `/queues/requests/${crypto.randomUUID()}`,
        undefined,
        stage.admin,
      )

      assert.match(page.body, /<html lang="fr">/)
      assert.match(page.body, new RegExp(`href="/queues/queue/apply-intranet/${jobId}"`))
      assert.equal(none.status, 404)
      assert.equal((await stage.world.call('GET', `/queues/requests/${id}`, undefined, await stage.login('reader'))).status, 403)
    })
  })
