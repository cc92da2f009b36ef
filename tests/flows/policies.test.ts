/** What a failure means is the target's own business, leavers only go forward, and what cannot be undone comes last. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { RequestDetail } from '#server/api/types.ts'
import { openWebTargets, webConfiguration, webRules, type WebTargets } from '#tests/harness/web-target.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const names = ['crm', 'news', 'mailing']
let webs: WebTargets
let world: World
before(async () => {
  webs = await openWebTargets()
  const breaker = { failures: 3, openFor: '300ms', atMost: '1s' }
  const { mailing } = webConfiguration(webs, ['mailing']) as Record<string, object>
  world = await openWorld({
    engine: 'redis',
    targets: {
      ...webConfiguration(webs, ['crm'], { breaker }),
      ...webConfiguration(webs, ['news'], { breaker, onFailure: 'best-effort' }),
      mailing: { ...mailing, connector: 'one-way', breaker },
    },
    ruleSet: webRules(names),
    server: 'tests/harness/web-server.ts',
    worker: 'tests/harness/web-worker.ts',
  })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await webs[Symbol.asyncDispose]()
})
beforeEach(() => {
  for (const name of names) Object.assign(webs.target(name), { mood: 'ok', latencyMs: 0 })
})

const person = (login: string, targets: readonly string[]) => ({
  kind: 'create',
  externalId: login,
  attributes: { login, title: 'Clerk', targets },
})
const states = ({ steps }: RequestDetail) => steps.map(({ target, state }) => `${target} ${state}`)
const writes = (target: string, login: string) =>
  webs.target(target).calls.filter((call) => call.login === login && call.method !== 'GET')

test('the failure of a best-effort target is reported and nothing else; it is done again when a person says so', async () => {
  webs.target('news').mood = 'refusing'
  const { body: partly, status } = await world.submit(person('partly', ['crm', 'news']))
  webs.target('news').mood = 'ok'
  const admin = await world.login()
  const retried = await world.call('POST', `/api/v1/requests/${partly.id}/retry`, { reason: 'it works again' }, admin)
  const settled = await reaches(partly.id, 'succeeded')

  assert.deepEqual(
    [status, partly.state, states(partly), partly.verbs],
    [201, 'succeeded_partly', ['crm applied', 'news failed'], ['retry']],
  )
  assert.deepEqual([retried.status, settled.generation, states(settled)], [202, 2, ['crm applied', 'news applied']])
  assert.equal(writes('crm', 'partly').length, 1, 'what was done is not done again')
})

test('what cannot be undone is done when everything else is', async () => {
  webs.target('crm').latencyMs = 300

  const { body } = await world.submit(person('last', ['crm', 'mailing']))

  assert.deepEqual([body.state, body.plan.steps.map(({ phase = 'main' }) => phase)], ['succeeded', ['main', 'last']])
  const [first, second] = [
    writes('crm', 'last')[0]?.at ?? 0,
    webs.target('mailing').calls.find(({ login }) => login === 'last')?.at ?? 0,
  ]
  assert.ok(first > 0 && second >= first, `the mailing was not even looked at before: ${first} ${second}`)
})

test('what cannot be undone is not done at all when something else fails, and its own failure undoes the rest', async () => {
  webs.target('crm').mood = 'refusing'
  const { body: early } = await world.submit(person('early', ['crm', 'mailing']))
  webs.target('crm').mood = 'ok'
  webs.target('mailing').mood = 'refusing'
  const { body: late } = await world.submit(person('late', ['crm', 'mailing']))

  assert.deepEqual([early.state, states(early), writes('mailing', 'early')], ['rolled_back', ['crm failed', 'mailing kept'], []])
  assert.deepEqual([late.state, states(late)], ['rolled_back', ['crm undone', 'mailing failed']])
  assert.equal(webs.target('crm').accounts.has('late'), false)
})

test('a leaver’s target that is down keeps no other door open, and is tried until it is done', async () => {
  await world.submit(person('leaver', ['crm', 'mailing']))
  webs.target('crm').mood = 'down'

  const { body: leaving } = await world.submit({ kind: 'disable', externalId: 'leaver' }, { Prefer: 'respond-async' })
  for (const end = Date.now() + 20_000; webs.target('mailing').accounts.get('leaver')?.enabled !== false; await delay(50))
    assert.ok(Date.now() < end, 'the other target waits for the one that is down')
  for (let hours = 0; hours < 3; hours++) {
    await world.query(`update passerelle.request set wake_at = wake_at - interval '1 hour' where id = $1`, [leaving.id])
    await delay(1_000)
  }
  const meanwhile = (await world.call('GET', `/api/v1/requests/${leaving.id}`)).body
  webs.target('crm').mood = 'ok'
  await world.query(`update passerelle.request set wake_at = now() where id = $1`, [leaving.id])
  const settled = await world.settled(leaving.id)

  assert.equal(meanwhile.state, 'running')
  assert.deepEqual([settled.state, states(settled)], ['succeeded', ['crm applied', 'mailing applied']])
  assert.ok(settled.plan.steps.every(({ phase }) => phase === undefined))
})

async function reaches(id: string, state: string): Promise<RequestDetail> {
  for (const end = Date.now() + 20_000; ; await delay(50)) {
    const { body } = await world.call<RequestDetail>('GET', `/api/v1/requests/${id}`)
    if (body.state === state) return body
    if (Date.now() > end) throw new Error(`it is ${body.state}, and never was ${state}: ${JSON.stringify(body.problem)}`)
  }
}
