/** The door: what is refused before any work is made of it, and for how long. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProblemDetails } from '#server/api/types.ts'
import { openWebTargets, webConfiguration, webRules } from '#tests/harness/web-target.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const names = ['crm', 'erp']
const stack = new AsyncDisposableStack()
let world: World
before(async () => {
  const webs = stack.use(await openWebTargets())
  const opening = openWorld({
    engine: 'redis',
    targets: webConfiguration(webs, names),
    ruleSet: webRules(names),
    workers: 0,
    variables: { ADMISSION_BACKLOG_SECONDS: '2' },
    server: 'tests/harness/web-server.ts',
    worker: 'tests/harness/web-worker.ts',
  })
  world = stack.use(await opening)
})
after(() => stack.disposeAsync())

const newcomer = (login: string, target = 'crm') => ({
  kind: 'create',
  externalId: login,
  attributes: { login, title: 'Clerk', targets: [target] },
})
const submit = (body: unknown, headers: Record<string, string> = {}) =>
  world.submit(body, { Prefer: 'respond-async', ...headers })
const count = async (table: string) => (await world.query(`select count(*)::int as n from passerelle.${table}`))[0]?.['n']

test('what only waits for a target in maintenance does not close the door', async () => {
  const admin = await world.login()
  const maintain = (on: boolean) => world.call('POST', '/api/v1/targets/erp/maintenance', { on, reason: 'moving house' }, admin)
  await maintain(true)
  await submit(newcomer('patient', 'erp'))
  await delay(3_200)

  const answer = await submit(newcomer('patient-2', 'erp'))

  assert.equal(answer.status, 202)
  await world.query(`update passerelle.request set queued_at = now()`)
  await maintain(false)
})

test('when accepted work waits for too long, more is refused with Retry-After; replays, dry runs and reads pass, and it opens again', async () => {
  const first = await submit(newcomer('first'), { 'Idempotency-Key': 'first' })
  await delay(3_200)

  const refused = await world.call<ProblemDetails>('POST', '/api/v1/requests', newcomer('second'), {
    'Idempotency-Key': 'second',
  })
  const before = await count('request')
  const inbound = await world.call<ProblemDetails>('POST', '/api/v1/inbound/native', newcomer('third'))
  const replayed = await submit(newcomer('first'), { 'Idempotency-Key': 'first' })
  const read = await world.call('GET', `/api/v1/requests/${first.body.id}`)
  const dry = await world.call('POST', '/api/v1/requests?dryRun=true', newcomer('fourth'))
  await world.startWorker()
  await world.settled(first.body.id)
  await delay(1_100)
  const accepted = await world.submit(newcomer('second'), { 'Idempotency-Key': 'second' })

  assert.deepEqual([refused.status, refused.body.code, inbound.status], [429, 'throttled', 429])
  assert.match(refused.headers.get('Content-Type') ?? '', /problem\+json/)
  const wait = Number(refused.headers.get('Retry-After'))
  assert.ok(wait >= 1 && wait <= 10, `${wait} s`)
  assert.deepEqual([await count('request')].map(Number), [Number(before) + 1])
  assert.deepEqual([replayed.status, replayed.body.id, read.status, dry.status], [202, first.body.id, 200, 200])
  assert.deepEqual([accepted.status, accepted.body.state], [201, 'succeeded'])
})

test('whoever guesses a source’s password is slowed down; the source that was let in before goes on', async () => {
  const as = (user: string, password: string) => ({
    Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  })
  const list = (headers: Record<string, string>) =>
    world.call<ProblemDetails>('GET', '/api/v1/requests?limit=1', undefined, headers)
  const known = await list(as('midpoint', 'basic-password'))

  const guesses = await Promise.all(Array.from({ length: 25 }, (_, index) => list(as('midpoint', `guess-${index}`))))
  const owner = await list(as('midpoint', 'basic-password'))
  const other = await list(as('somebody', 'else-entirely'))

  const statuses = guesses.map(({ status }) => status)
  assert.deepEqual([known.status, owner.status, other.status], [200, 200, 401])
  assert.deepEqual(
    [statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length],
    [10, 15],
  )
  assert.ok(Number(guesses.find(({ status }) => status === 429)?.headers.get('Retry-After')) >= 1)
})
