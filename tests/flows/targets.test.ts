/** Targets under control: the circuit breaker, maintenance, limits, and what people and callers are told of them. On both queue engines. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Target } from '#server/api/types.ts'
import { openWebTargets, webConfiguration, webRules, type WebTargets } from '#tests/harness/web-target.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const names = ['crm', 'erp', 'metered', 'narrow', 'slow', 'weak']
const breaker = { failures: 3, openFor: '400ms', atMost: '1s' }

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    const stack = new AsyncDisposableStack()
    let webs: WebTargets
    let world: World
    let admin: Record<string, string>
    let last = 0

    before(async () => {
      webs = stack.use(await openWebTargets())
      const targets = {
        ...webConfiguration(webs, ['crm', 'erp'], { breaker }),
        ...webConfiguration(webs, ['weak'], { breaker: { failures: 1, openFor: '50ms', atMost: '100ms' } }),
        ...webConfiguration(webs, ['narrow'], { concurrency: 2 }),
        ...webConfiguration(webs, ['metered'], { connector: 'metered' }),
        ...webConfiguration(webs, ['slow'], { rateLimit: { max: 4, per: '500ms' } }),
      }
      const opening = openWorld({
        engine,
        targets,
        ruleSet: webRules(names),
        workers: 2,
        server: 'tests/harness/web-server.ts',
        worker: 'tests/harness/web-worker.ts',
      })
      world = stack.use(await opening)
      admin = await world.login()
    })
    after(() => stack.disposeAsync())
    beforeEach(() => {
      for (const name of names) Object.assign(webs.target(name), { mood: 'ok', latencyMs: 0, mostAtOnce: 0 })
      for (const name of names) webs.target(name).calls.length = 0
    })

    const stepsOf = (id: string) => world.query('select target, state from passerelle.step where request_id = $1', [id])
    const newcomer = (...targets: readonly string[]) => {
      const login = `p${engine}${++last}`
      return { kind: 'create', externalId: login, attributes: { login, title: 'Clerk', targets } }
    }
    /** Accepted, and not waited for. */
    const ask = async (...targets: readonly string[]) =>
      (await world.submit(newcomer(...targets), { Prefer: 'respond-async' })).body.id
    const askMany = (count: number, ...targets: readonly string[]) =>
      Promise.all(Array.from({ length: count }, () => ask(...targets)))
    const settled = (ids: readonly string[]) => Promise.all(ids.map((id) => world.settled(id)))
    const statesOf = async (ids: readonly string[]) => [...new Set((await settled(ids)).map(({ state }) => state))]
    const read = async (name: string) => (await world.call<Target>('GET', `/api/v1/targets/${name}`, undefined, admin)).body
    const maintain = (name: string, on: boolean, headers = admin) =>
      world.call<Target>('POST', `/api/v1/targets/${name}/maintenance`, { on, reason: 'the system moves house' }, headers)
    const reaches = (name: string, state: Target['state']) => until(async () => (await read(name)).state === state)
    const changesOf = async (name: string) =>
      (
        await world.query(
          "select detail ->> 'state' as state from passerelle.audit where action = 'target_state' and target = $1 order by seq",
          [name],
        )
      ).map(({ state }) => state)

    /** Jobs that were taken up and given back for a while. */
    async function delayedJobs(name: string): Promise<number> {
      if (world.redis === null)
        return Number(
          (
            await world.query("select count(*)::int as n from bullmq.job where queue = $1 and state = 'delayed'", [
              `apply-${name}`,
            ])
          )[0]?.['n'],
        )
      await using redis = disposable(new Redis(world.redis.url))
      return await redis.client.zcard(`{passerelle}:apply-${name}:delayed`)
    }

    test('a target that is down is left alone; its steps wait unharmed, one at a time tries, and all of them end well when it is back', async () => {
      const crm = webs.target('crm')
      crm.mood = 'down'
      const ids = await askMany(30, 'crm')
      await reaches('crm', 'open')
      await delay(150)
      const opened = crm.calls.length

      await until(async () => (await changesOf('crm')).filter((state) => state === 'half_open').length >= 2)
      const tries = crm.calls.length - opened
      const [waiting, told] = [await read('crm'), (await world.call('GET', `/api/v1/requests/${ids[0]}`)).body.waitingFor]
      const tried = (await changesOf('crm')).filter((state) => state === 'half_open').length
      crm.mood = 'ok'
      const states = await statesOf(ids)

      assert.ok(tries <= tried, `${tries} calls for ${tried} times that one could try`)
      assert.ok(waiting.queued + waiting.running === 30 && waiting.lastError?.code === 'transient', JSON.stringify(waiting))
      assert.match(told[0]?.message ?? '', /^waiting for target crm: (breaker open until 20|one step is trying)/)
      assert.deepEqual(states, ['succeeded'])
      assert.deepEqual([(await read('crm')).state, (await changesOf('crm')).at(-1)], ['ok', 'ok'])
      assert.equal(crm.accounts.size, 30)
    })

    test('a target’s trouble, in reading as in writing, spends none of a step’s attempts', async () => {
      const weak = webs.target('weak')
      const tries = async () => (await changesOf('weak')).filter((state) => state === 'half_open').length
      weak.mood = 'down'
      const id = await ask('weak')
      await until(async () => (await tries()) >= 6)
      weak.mood = 'readOnly'
      await until(async () => (await tries()) >= 12)
      weak.mood = 'ok'

      assert.deepEqual(await statesOf([id]), ['succeeded'])
    })

    test('refusals of people’s data never open it', async () => {
      webs.target('erp').mood = 'refusing'

      const states = await statesOf(await askMany(8, 'erp'))

      assert.deepEqual(states, ['rolled_back'])
      assert.equal((await read('erp')).state, 'ok')
    })

    test('what must be undone waits as well, and is undone when its target is back', async () => {
      const [crm, erp] = [webs.target('crm'), webs.target('erp')]
      const refuses = Promise.withResolvers<void>()
      Object.assign(erp, { mood: 'refusing', answersAfter: refuses.promise })
      const body = newcomer('crm', 'erp')
      const { id } = (await world.submit(body, { Prefer: 'respond-async' })).body
      await until(async () => (await stepsOf(id)).some(({ target, state }) => target === 'crm' && state === 'applied'))
      crm.mood = 'down'
      refuses.resolve()
      const others = await askMany(4, 'crm')

      await until(async () => (await world.call('GET', `/api/v1/requests/${id}`)).body.state === 'rolling_back')
      await reaches('crm', 'open')
      await until(async () => (await world.call('GET', `/api/v1/requests/${id}`)).body.waitingFor.length === 1)
      const stillThere = crm.accounts.has(body.externalId)
      crm.mood = 'ok'
      const { state } = await world.settled(id)

      assert.deepEqual([stillThere, state, crm.accounts.has(body.externalId)], [true, 'rolled_back', false])
      assert.deepEqual(await statesOf(others), ['succeeded'])
    })

    test('what must be undone waits for the end of a maintenance', async () => {
      const [crm, erp] = [webs.target('crm'), webs.target('erp')]
      const refuses = Promise.withResolvers<void>()
      Object.assign(erp, { mood: 'refusing', answersAfter: refuses.promise })
      const body = newcomer('crm', 'erp')
      const { id } = (await world.submit(body, { Prefer: 'respond-async' })).body
      await until(async () => (await stepsOf(id)).some(({ target, state }) => target === 'crm' && state === 'applied'))
      await maintain('crm', true)
      const called = crm.calls.length
      refuses.resolve()

      await until(async () => (await world.call('GET', `/api/v1/requests/${id}`)).body.state === 'rolling_back')
      await delay(1_000)
      const meanwhile = crm.calls.length - called
      const stillThere = crm.accounts.has(body.externalId)
      await maintain('crm', false)
      const { state } = await world.settled(id)

      assert.deepEqual([meanwhile, stillThere], [0, true])
      assert.deepEqual([state, crm.accounts.has(body.externalId)], ['rolled_back', false])
    })

    test('in maintenance nothing is called and nothing is lost; who asks is told what waits, and why', async () => {
      const crm = webs.target('crm')
      const begun = await maintain('crm', true)
      const ids = await askMany(12, 'crm')
      const elsewhere = await statesOf(await askMany(2, 'erp'))
      // What waits is counted at most once a second.
      await delay(1_100)

      const [during, told] = [await read('crm'), (await world.call('GET', `/api/v1/requests/${ids[0]}`)).body.waitingFor]
      const [calls, moved] = [crm.calls.length, await delayedJobs('crm')]
      const ended = await maintain('crm', false)
      const states = await statesOf(ids)

      assert.deepEqual([begun.status, begun.body.state, elsewhere], [200, 'maintenance', ['succeeded']])
      assert.deepEqual([calls, during.queued, during.maintenance?.reason], [0, 12, 'the system moves house'])
      // A worker that was just looking for a job may have taken one, and given it back.
      assert.ok(moved <= 4, `${moved} of 12 jobs were taken up and given back`)
      assert.equal(during.maintenance?.by, 'person:admin')
      assert.equal(told[0]?.message, 'waiting for target crm: in maintenance: the system moves house')
      assert.deepEqual([ended.body.state, states], ['ok', ['succeeded']])
      const audited = await world.query(
        "select action, actor from passerelle.audit where action like 'maintenance%' and target = 'crm' order by seq",
      )
      assert.deepEqual(audited.slice(-2), [
        { action: 'maintenance_begun', actor: 'person:admin' },
        { action: 'maintenance_ended', actor: 'person:admin' },
      ])
    })

    test('only who may operate targets switches them, and says why', async () => {
      const key = { Authorization: `Bearer ${world.apiKey}` }
      const answers = [
        await maintain('crm', true, key),
        await maintain('crm', true, { ...admin, 'Sec-Fetch-Site': 'cross-site' }),
        await maintain('nowhere', true),
        await world.call('POST', '/api/v1/targets/crm/maintenance', { on: true }, admin),
      ]

      assert.deepEqual(
        answers.map(({ status }) => status),
        [403, 403, 404, 422],
      )
      assert.equal((await read('crm')).state, 'ok')
    })

    test('no more steps are at work in a target than it bears, in all workers together', async () => {
      const narrow = webs.target('narrow')
      narrow.latencyMs = 30

      const states = await statesOf(await askMany(12, 'narrow'))

      assert.deepEqual([states, narrow.mostAtOnce], [['succeeded'], 2])
    })

    const quotas = {
      slow: 'the target’s quota allows',
      metered: 'its kind of system is known to allow, where none is configured',
    }
    for (const [name, quota] of Object.entries(quotas))
      test(`no more steps are begun in a time than ${quota}, in all workers together`, async () => {
        const slow = webs.target(name)

        const states = await statesOf(await askMany(16, name))

        const posts = slow.calls.filter(({ method }) => method === 'POST').map(({ at }) => at)
        assert.deepEqual([states, posts.length], [['succeeded'], 16])
        // Three whole windows lie between the beginnings of the first four and of the last four; a call comes a little after.
        assert.ok((posts.at(-1) ?? 0) - (posts[0] ?? 0) >= 1_100, `all within ${(posts.at(-1) ?? 0) - (posts[0] ?? 0)} ms`)
      })

    test('a worker that did not hear of a changed configuration finds out', async () => {
      const before = world.workers.map((worker) => worker.log().length)

      await world.query(
        `update passerelle.target set revision = revision + 1, updated_at = now(), limits = '{"concurrency": 1}' where name = 'narrow'`,
      )
      const opened = (index: number) => /"targets":/.test(world.workers[index]?.log().slice(before[index]) ?? '')
      const narrow = webs.target('narrow')
      narrow.latencyMs = 30
      await until(async () => opened(0) && opened(1))
      const states = await statesOf(await askMany(6, 'narrow'))

      assert.deepEqual([states, narrow.mostAtOnce], [['succeeded'], 1])
    })

    if (engine === 'redis')
      test('a Redis that was flushed is told again what the targets bear', async () => {
        await using redis = disposable(new Redis(world.redis?.url ?? ''))
        const told = () => redis.client.hget('{passerelle}:apply-narrow:meta', 'concurrency')
        const before = await told()

        await redis.client.flushall()
        await until(async () => (await told()) !== null)

        assert.equal(await told(), before)
      })
  })

function disposable(client: Redis): AsyncDisposable & { readonly client: Redis } {
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.disconnect()
    },
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await delay(25))
    if (Date.now() > end) throw new Error('it never came to that')
}
