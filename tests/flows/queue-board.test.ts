/** Bull Board shows every queue, and whatever is clicked there or done to jobs behind our back, the ledger decides what happens. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { appRoutes } from '@bull-board/api/dist/routes.js'
import { createLog } from '#core/log.ts'
import { openDatabase } from '#core/database.ts'
import { openQueues, type Queues } from '#core/queues.ts'
import type { ProblemDetails } from '#server/api/types.ts'
import { createPerson } from '#server/auth/sessions.ts'
import { findAccount, shippedRules, sqlTargets, targetDatabase, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const queueNames = ['finalize', 'apply-directory', 'undo-directory', 'apply-intranet', 'undo-intranet']
const api = '/queues/api/queues'

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let world: World
    let queues: Queues
    let admin: Record<string, string>
    before(async () => {
      world = await openWorld({ engine, targets: sqlTargets, ruleSet: shippedRules() })
      queues = await openQueues({
        redisUrl: world.redis?.url,
        databaseUrl: world.databaseUrl,
        log: createLog('silent', 'test'),
        poolSize: 5,
      })
      admin = await world.login()
    })
    after(async () => {
      await queues?.[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    })

    /** A request that the intranet refused, with the id of the failed job. */
    async function refused(externalId: string, familyName: string) {
      const { body } = await world.submit(newcomer(externalId, familyName, 'Refused'))
      assert.equal(body.state, 'rolled_back')
      return { id: body.id, jobId: `r-${body.id}-g1-intranet` }
    }

    async function withoutConstraint(work: () => Promise<void>): Promise<void> {
      await world.postgres.query(targetDatabase, 'alter table intranet.account drop constraint service_allowed')
      try {
        await work()
      } finally {
        await world.postgres.query(
          targetDatabase,
          `alter table intranet.account add constraint service_allowed check (service <> 'Refused') not valid`,
        )
      }
    }

    /** Rings by hand, as nobody should. */
    async function add(queue: string, data: object): Promise<void> {
      await queues.queue(queue).add('by hand', data as never)
    }

    /** Everything that the queues hold. */
    async function snapshot(): Promise<unknown> {
      return Promise.all(
        queueNames.map(async (name) => {
          const queue = queues.queue(name)
          const [counts, jobs, paused] = await Promise.all([queue.getJobCounts(), queue.getJobs(), queue.isPaused()])
          const shown = jobs.map(({ id, data, opts, attemptsMade, failedReason }) => ({
            id,
            data,
            opts,
            attemptsMade,
            failedReason,
          }))
          return { name, counts, paused, jobs: shown.toSorted((one, other) => String(one.id).localeCompare(String(other.id))) }
        }),
      )
    }

    /** The request's audited `superseded` records, once there are as many. */
    async function superseded(id: string, count: number): Promise<number> {
      for (let left = 100; left > 0; left--) {
        const rows = await world.query(`select 1 from passerelle.audit where request_id = $1 and action = 'superseded'`, [id])
        if (rows.length >= count) return rows.length
        await delay(50)
      }
      return 0
    }

    test('the board needs a login with the right to see the queues, and another right to change them', async () => {
      const database = await openDatabase({ url: world.databaseUrl, name: 'test', poolSize: 1 })
      for (const role of ['reader', 'auditor'] as const) await createPerson(database.sql, role, role, `password of ${role}`)
      await database[Symbol.asyncDispose]()
      const [reader, auditor] = [
        await world.login('reader', 'password of reader'),
        await world.login('auditor', 'password of auditor'),
      ]
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

    test('a retry there is the gateway’s own: generation 2 of the request, which succeeds once the cause is mended', async () => {
      const { id, jobId } = await refused('retry', 'Retried')

      await withoutConstraint(async () => {
        const answer = await world.call('PUT', `${api}/apply-intranet/${jobId}/retry`, undefined, admin)
        const request = await world.settled(id)

        assert.equal(answer.status, 204)
        assert.deepEqual([request.state, request.generation], ['succeeded', 2])
      })
      assert.equal((await findAccount(world, 'aretried'))?.service, 'Refused')
      const retried = (await world.events(id)).find(({ action }) => action === 'retried')
      assert.deepEqual([retried?.actor, retried?.detail['reason']], ['person:admin', 'retried in Bull Board'])
    })

    test('a retry while the cause is still there rolls back again, and leaves no trace in the targets', async () => {
      const { id, jobId } = await refused('still', 'Still')
      const before = await targetsDump(world)

      await world.call('PUT', `${api}/apply-intranet/${jobId}/retry`, undefined, admin)
      const request = await world.settled(id)

      assert.deepEqual([request.state, request.generation, await targetsDump(world)], ['rolled_back', 2, before])
    })

    test('“retry all” there does every failed request of the queue again', async () => {
      const ids = [await refused('all-1', 'Alla'), await refused('all-2', 'Allb')].map(({ id }) => id)

      await withoutConstraint(async () => {
        assert.equal((await world.call('PUT', `${api}/apply-intranet/retry/failed`, undefined, admin)).status, 204)
        const ended = await Promise.all(ids.map((id) => world.settled(id)))

        assert.deepEqual(
          ended.map(({ state, generation }) => [state, generation]),
          [
            ['succeeded', 2],
            ['succeeded', 2],
          ],
        )
      })
    })

    test('what is finished, or was overtaken by a later request, cannot be retried there', async () => {
      const done = await world.submit(newcomer('done', 'Done', 'Finance'))
      const { jobId } = await refused('overtaken', 'Overtaken')
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
      const failed = await refused('raw', 'Raw')
      const done = await world.submit(newcomer('raw-done', 'Rawdone', 'Finance'))
      const before = await targetsDump(world)
      const data = { v: 1, requestId: failed.id, generation: 1, target: 'directory' }

      await (await queues.queue('apply-intranet').getJob(failed.jobId))?.retry('failed')
      await add('apply-directory', data)
      await add('undo-directory', data)
      await add('finalize', { v: 1, requestId: failed.id, generation: 1 })
      await add('apply-directory', { ...data, requestId: done.body.id })
      await add('undo-directory', { ...data, requestId: done.body.id })

      assert.deepEqual([await superseded(failed.id, 3), await superseded(done.body.id, 2)], [3, 2])
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

    test('every other verb of the board is refused and changes nothing', async () => {
      const { jobId } = await refused('verbs', 'Verbs')
      const before = await snapshot()
      const allowed = new Set([
        'put /api/queues/:queueName/retry/:queueStatus',
        'put /api/queues/:queueName/:jobId/retry',
        'put /api/queues/:queueName/pause',
        'put /api/queues/:queueName/resume',
      ])
      const values: Record<string, string> = { queueName: 'apply-intranet', jobId, queueStatus: 'failed', schedulerId: 'x' }
      const verbs = appRoutes.api
        .flatMap(({ method, route }) => [method].flat().flatMap((one) => [route].flat().map((path) => `${one} ${path}`)))
        .filter((verb) => !verb.startsWith('get ') && !allowed.has(verb))

      const answers = await Promise.all(
        verbs.map(async (verb) => {
          const [method = '', route = ''] = verb.split(' ')
          const path = route.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? 'x')
          const { status } = await world.call(method.toUpperCase(), `/queues${path}`, method === 'get' ? undefined : {}, admin)
          return `${status} ${verb}`
        }),
      )

      assert.ok(verbs.length >= 15, `only ${verbs.length} verbs`)
      assert.deepEqual(
        answers.filter((answer) => !answer.startsWith('403 ')),
        [],
      )
      assert.deepEqual(await snapshot(), before)
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
        ['queue_pause', 'queue_resume'].map((action) => ({ action, actor: 'person:admin', queue: 'apply-intranet' })),
      )
    })

    test('a change that another site asks the browser for is refused', async () => {
      const { Cookie = '' } = admin
      const { id, jobId } = await refused('cross', 'Cross')
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
      assert.deepEqual(names.toSorted(), [...queueNames, 'apply-archive', 'undo-archive'].toSorted())
    })
  })

function newcomer(externalId: string, familyName: string, organizationalUnit: string) {
  return { kind: 'create', externalId, attributes: { givenName: 'Ada', familyName, organizationalUnit } }
}
