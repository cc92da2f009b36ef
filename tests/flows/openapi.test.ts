/** What the description of the API says is what the server does: the same routes, the same doors, and answers of the described form. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as formats from 'ajv-formats'
import { connectors } from '#connectors/index.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import type { OpenApiDocument } from '#server/api/description/document.ts'
import { openGateway } from '#server/gateway.ts'
import { openPeople } from '#tests/harness/approvals.ts'
import { departuresOf, rulesForLeavers } from '#tests/harness/leavers.ts'
import { smallCases, smallRules } from '#tests/harness/rules.ts'
import { sqlTargets } from '#tests/harness/sql-targets.ts'
import { rulesInStages } from '#tests/harness/staged-approvals.ts'
import { openWorld, type Answer, type World } from '#tests/harness/world.ts'

let world: World
let described: OpenApiDocument
let validator: Ajv2020
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesInStages() })
  described = (await (await fetch(`${world.url}/api/v1/openapi.json`)).json()) as OpenApiDocument
  validator = new Ajv2020({ strict: false, allErrors: true })
  formats.default.default(validator)
  validator.addSchema({ ...closed(described), $id: 'api' })
})
after(() => world[Symbol.asyncDispose]())

const newcomer = (externalId: string, familyName: string, attributes: object = {}) => ({
  kind: 'create',
  externalId,
  attributes: { givenName: 'Ada', familyName, organizationalUnit: 'Finance', ...attributes },
})

/** The described operations as `[method, path, operation]`. */
const operations = () =>
  Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [method, path, operation] as const),
  )

/** Fails unless the answer's status, media type and body are among those described for the operation, without a field more. */
function conforms(method: string, path: string, { status, headers, body }: Answer<unknown>): void {
  const type = headers.get('content-type')?.split(';')[0] ?? ''
  const answer = described.paths[path]?.[method]?.responses[String(status)]
  assert.ok(
    answer?.content?.[type],
    `${method} ${path} is not described to answer ${status} with ${type}: ${JSON.stringify(body)}`,
  )
  const pointer = ['paths', path, method, 'responses', String(status), 'content', type, 'schema']
  const check = validator.getSchema(`api#/${pointer.map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/')}`)
  assert.ok(check?.(body), `${method} ${path} ${status}: ${JSON.stringify(check?.errors?.slice(0, 5))}\n${JSON.stringify(body)}`)
}

/** The same document, in which no object may have a member that is not described. */
function closed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closed) as T
  if (typeof value !== 'object' || value === null) return value
  const inside = Object.entries(value).map(([key, inner]) => [key, closed(inner)])
  const isObject = 'type' in value && value.type === 'object' && 'properties' in value
  return { ...Object.fromEntries(inside), ...(isObject ? { additionalProperties: false } : {}) } as T
}

test('every route of the server is described, and nothing is described that has no route', async () => {
  await using gateway = await openGateway({
    environment: readEnvironment({ ...world.variables, PORT: '0' }),
    connectors,
    log: createLog('silent', 'test'),
  })
  const routes = gateway.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/queues'))
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)

  const inDocument = operations().map(([method, path]) => `${method} ${path}`)

  assert.deepEqual(inDocument.sort(), [...new Set(routes)].sort())
})

test('the doors are those that are described: an API key opens what it is said to open', async () => {
  const answers = await Promise.all(
    operations().map(async ([method, path, { security }]) => {
      const isOpen = security.some((way) => 'apiKey' in way || Object.keys(way).length === 0)
      const url =
        world.url +
        path.replace('{id}', '018f0000-0000-7000-8000-000000000000').replace('{adapter}', 'native').replace('{name}', 'default')
      const response = await fetch(url, { method: method.toUpperCase(), headers: { Authorization: `Bearer ${world.apiKey}` } })
      await response.body?.cancel()
      return [`${method} ${path}`, isOpen, response.status] as const
    }),
  )

  assert.deepEqual(
    answers.filter(([, isOpen, status]) => isOpen === [401, 403].includes(status)),
    [],
  )
})

test('requests that succeed, are refused, or are rolled back are answered as described', async () => {
  const path = '/api/v1/requests'
  const created = await world.submit(newcomer('oa-1', 'Ammann'), { 'Idempotency-Key': 'oa-1' })
  const refused = await world.submit({ kind: 'creat', externalId: 'oa-2' })
  const rolledBack = await world.submit(newcomer('oa-3', 'Baumann', { organizationalUnit: 'Refused' }))
  const planned = await world.call<unknown>('POST', `${path}?dryRun=true`, newcomer('oa-4', 'Christen'))
  const underWay = await world.submit(newcomer('oa-5', 'Dubois'), { Prefer: 'respond-async' })
  const unknown = await world.submit({ kind: 'enable', externalId: 'oa-nobody' })
  const reused = await world.submit(newcomer('oa-6', 'Egli'), { 'Idempotency-Key': 'oa-1' })

  const answers = [created, refused, rolledBack, planned, underWay, unknown, reused]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 422, 422, 200, 202, 404, 422],
  )
  assert.equal(rolledBack.body.state, 'rolled_back')
  for (const answer of answers) conforms('post', path, answer)
  assert.ok(created.headers.has('location') && rolledBack.headers.has('location'))
})

test('what is read of requests is as described', async () => {
  const { body } = await world.submit(newcomer('oa-7', 'Frei'))
  const { body: failed } = await world.submit(newcomer('oa-8', 'Graf', { organizationalUnit: 'Refused' }))
  const person = await world.login()

  for (const { id } of [body, failed])
    for (const part of ['', '/plan', '/events'])
      conforms('get', `/api/v1/requests/{id}${part}`, await world.call('GET', `/api/v1/requests/${id}${part}`))
  const list = await world.call<{ items: readonly unknown[] }>('GET', '/api/v1/requests?limit=2')
  conforms('get', '/api/v1/requests', list)
  conforms('get', '/api/v1/requests', await world.call('GET', '/api/v1/requests?limit=many'))
  assert.equal(list.body.items.length, 2)
  const retry = await world.call('POST', `/api/v1/requests/${failed.id}/retry`, { reason: 'to see it again' }, person)
  conforms('post', '/api/v1/requests/{id}/retry', retry)
  assert.equal(retry.status, 202)
  await world.settled(failed.id)
})

test('bodies of an IAM are answered as described, one change or several', async () => {
  const path = '/api/v1/inbound/{adapter}'
  const user = (oid: string, familyName: string) => ({ user: { oid, name: oid, givenName: 'Ada', familyName } })

  const one = await world.call('POST', '/api/v1/inbound/midpoint', user('11111111-0000-4000-8000-000000000001', 'Huber'))
  const several = await world.call<{ items: readonly object[] }>('POST', '/api/v1/inbound/midpoint', [
    user('11111111-0000-4000-8000-000000000002', 'Iten'),
    { user: { oid: '11111111-0000-4000-8000-000000000003', name: 'x', organizationalUnit: 'Finance' } },
  ])
  const plans = await world.call('POST', '/api/v1/inbound/midpoint?dryRun=true', [
    user('11111111-0000-4000-8000-000000000004', 'Jost'),
    user('11111111-0000-4000-8000-000000000005', 'Kuhn'),
  ])
  const none = await world.call('POST', '/api/v1/inbound/midpoint', [])
  const wrong = await world.call('POST', '/api/v1/inbound/midpoint', { what: 'is this' })

  const answers = [one, several, plans, none, wrong]
  for (const answer of answers) conforms('post', path, answer)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 202, 200, 200, 422],
  )
  assert.deepEqual(
    several.body.items.map((item) => 'problem' in item && 'id' in item),
    [true, false],
  )
})

test('simulations and explanations are as described', async () => {
  const person = await world.login()
  const { body: request } = await world.submit(newcomer('oa-9', 'Lang'))
  const path = '/api/v1/rules/{name}/simulations'
  const scope = { kind: 'requests', last: 1 }
  const call = (method: string, address: string, body?: unknown) => world.call<{ id: string }>(method, address, body, person)

  const started = await call('POST', '/api/v1/rules/default/simulations', { version: 1, scope })
  conforms('post', path, started)
  conforms('post', path, await call('POST', '/api/v1/rules/default/simulations', { version: 1, scope: {} }))
  conforms('get', path, await call('GET', '/api/v1/rules/default/simulations'))
  const own = `/api/v1/simulations/${started.body.id}`
  for (let ended = false; !ended;) {
    const { body } = await world.call<{ state: string }>('GET', own, undefined, person)
    ended = body.state === 'done'
  }
  for (const part of ['', '/results', '/export'])
    conforms('get', `/api/v1/simulations/{id}${part}`, await call('GET', own + part))
  conforms('get', '/api/v1/simulations/{id}/export', await call('GET', `${own}/export?format=csv`))
  conforms('post', '/api/v1/simulations/{id}/cancel', await call('POST', `${own}/cancel`))
  conforms('get', '/api/v1/requests/{id}/explain', await call('GET', `/api/v1/requests/${request.id}/explain`))
  conforms('get', '/api/v1/requests/{id}/explain', await call('GET', `/api/v1/requests/${request.id}/explain?path=nowhere`))
})

test('lookup tables are answered as described', async () => {
  const person = await world.login()
  const [list, one] = ['/api/v1/lookups', '/api/v1/lookups/{name}']
  const save = (base: number, rows: unknown) => world.call('PUT', '/api/v1/lookups/sites', { base, rows }, person)

  const saved = await save(0, [{ key: 'PAR', value: 'Paris' }])
  const conflict = await save(0, [])
  const refused = await save(1, 'none')

  assert.deepEqual([saved.status, conflict.status, refused.status], [201, 409, 422])
  for (const answer of [saved, conflict, refused]) conforms('put', one, answer)
  conforms('get', list, await world.call('GET', list, undefined, person))
  conforms('get', one, await world.call('GET', '/api/v1/lookups/sites', undefined, person))
  conforms('get', one, await world.call('GET', '/api/v1/lookups/none', undefined, person))
})

test('rules and their versions are answered as described, refusals too', async () => {
  const admin = await world.login()
  const root = '/api/v1/rules'
  const call = async (method: string, path: string, status: number, body?: object) => {
    const answer = await world.call(method.toUpperCase(), path, body, admin)
    const described =
      path
        .split('?')[0]
        ?.replace(/rules\/[^/]+/, 'rules/{name}')
        .replace(/versions\/\d+/, 'versions/{version}') ?? ''
    conforms(method, described, answer)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  }
  const draft = { text: smallRules('oa', 'mail'), cases: smallCases('b@x'), base: 1 }

  await call('post', root, 201, { name: 'oa', text: smallRules('oa'), cases: smallCases('A@X') })
  await call('post', root, 409, { name: 'oa', text: smallRules('oa') })
  await call('post', root, 422, { name: 'oa' })
  await call('get', `${root}?limit=1`, 200)
  await call('get', `${root}/oa`, 200)
  await call('put', `${root}/oa/draft`, 409, { ...draft, revision: 7 })
  await call('put', `${root}/oa/draft`, 200, { ...draft, revision: 1 })
  await call('post', `${root}/oa/check`, 200, { text: 'targets: []', cases: null })
  await call('post', `${root}/oa/check`, 200, draftDocuments(draft))
  await call('post', `${root}/oa/preview`, 200, { version: 1, given: { attributes: { familyName: 'X' } } })
  await call('post', `${root}/oa/versions/1/test`, 200)
  await call('post', `${root}/oa/versions/1/publish`, 409, {})
  await call('post', `${root}/oa/versions/1/publish`, 200, { override: { reason: 'to see it described' } })
  await call('get', `${root}/oa/versions/1`, 200)
  await call('get', `${root}/oa/versions/1?format=yaml`, 200)
  await call('post', `${root}/oa/versions/1/restore`, 201, { reason: 'to see it described' })
  await call('get', `${root}/oa/diff?from=1&to=2`, 200)
  await call('delete', `${root}/oa/draft`, 200, { reason: 'to see it described' })
  await call('post', `${root}/oa/versions/1/restore`, 201, { reason: 'to see it described' })
  await call('post', `${root}/oa/versions/3/submit`, 200, { comment: 'please look' })
  await call('post', `${root}/oa/versions/3/review`, 403, { decision: 'approve', reason: 'I wrote it' })
  await call('post', `${root}/oa/versions/3/withdraw`, 200, { reason: 'to see it described' })
})

const draftDocuments = ({ text, cases }: { text: string; cases: string }) => ({ text, cases })

test('sessions, targets and health are as described', async () => {
  const person = await world.login()

  conforms('get', '/api/v1/session', await world.call('GET', '/api/v1/session', undefined, person))
  conforms('patch', '/api/v1/session', await world.call('PATCH', '/api/v1/session', { locale: 'fr' }, person))
  conforms('post', '/api/v1/session', await world.call('POST', '/api/v1/session', { name: 'admin', password: 'wrong' }))
  conforms('get', '/api/v1/targets', await world.call('GET', '/api/v1/targets', undefined, person))
  conforms('get', '/api/v1/targets', await world.call('GET', '/api/v1/targets'))
  conforms('get', '/healthz', await world.call('GET', '/healthz'))
  conforms('get', '/readyz', await world.call('GET', '/readyz'))
  const page = await world.call<string>('GET', '/api/v1/docs')
  assert.match(page.body, /POST/)
})

test('approvals, delegations and notifications are as described', async () => {
  const path = '/api/v1/approvals'
  const { bea, rita } = await openPeople(world, { bea: 'approver', rita: 'reader' })
  const admin = await world.login()
  await world.cli('people', 'email', 'bea', 'bea@example.org')
  const { body } = await world.submit(newcomer('oa-9', 'Lang', { title: 'Chair', manager: 'rita' }), { Prefer: 'respond-async' })
  await world.submit(newcomer('oa-10', 'Meier', { title: 'Guarded' }), { Prefer: 'respond-async' })
  const list = await world.call<{ items: { id: string; state: string }[] }>('GET', `${path}?request=${body.id}`, undefined, bea)
  const id = list.body.items.find(({ state }) => state === 'open')?.id ?? ''

  conforms('get', path, list)
  conforms('get', path, await world.call('GET', `${path}?mine=true`, undefined, rita))
  conforms('get', path, await world.call('GET', `${path}?mine=perhaps`, undefined, rita))
  conforms('get', `${path}/{id}`, await world.call('GET', `${path}/${id}`, undefined, bea))
  const given = await world.call('POST', `${path}/${id}/delegate`, { to: 'bea', reason: 'she knows' }, rita)
  const refused = await world.call('POST', `${path}/${id}/delegate`, { to: 'rita', reason: 'she knows' }, bea)
  for (const answer of [given, refused]) conforms('post', `${path}/{id}/delegate`, answer)
  const decision = await world.call('POST', `${path}/${id}/decisions`, { decision: 'refuse', reason: 'not now' }, bea)
  conforms('post', `${path}/{id}/decisions`, decision)
  const period = { to: 'rita', reason: 'on holiday', endsAt: '2999-01-01T00:00:00.000Z' }
  const delegated = await world.call<{ id: string }>('POST', '/api/v1/delegations', period, bea)
  conforms('post', '/api/v1/delegations', delegated)
  conforms('get', '/api/v1/delegations', await world.call('GET', '/api/v1/delegations', undefined, bea))
  const revoked = await world.call('DELETE', `/api/v1/delegations/${delegated.body.id}`, undefined, bea)
  conforms('delete', '/api/v1/delegations/{id}', await world.call('DELETE', '/api/v1/delegations/1', undefined, bea))
  // Without a mail server, mails are given up at once.
  let dead: { id: string }[] = []
  for (let left = 100; left > 0 && dead.length === 0; left--) {
    const page = await world.call<{ items: { id: string }[] }>('GET', '/api/v1/notifications?state=dead', undefined, admin)
    conforms('get', '/api/v1/notifications', page)
    dead = page.body.items
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const retried = await world.call('POST', `/api/v1/notifications/${dead[0]?.id}/retry`, { reason: 'try it again' }, admin)
  conforms('post', '/api/v1/notifications/{id}/retry', retried)

  assert.deepEqual(
    [given.status, refused.status, decision.status, delegated.status, revoked.status, retried.status],
    [200, 403, 200, 201, 204, 202],
  )
})

test('the description holds nothing of this installation', () => {
  const text = JSON.stringify(described)

  for (const secret of [world.apiKey, world.databaseUrl, world.folder, 'directory.person']) assert.ok(!text.includes(secret))
})

test('what becomes of leavers, and the thresholds, are answered as described', async () => {
  const rules = rulesForLeavers({ safety: [{ name: 'few', within: '1h', count: 1, percent: 50, targets: ['directory'] }] })
  world.configure({ ruleSet: rules })
  assert.equal((await world.cli('apply')).code, 0)
  const person = await world.login()
  for (const [externalId, familyName] of [
    ['oa-20', 'Ruef'],
    ['oa-21', 'Saxer'],
  ] as const)
    await world.submit(newcomer(externalId, familyName))
  await world.submit({ kind: 'disable', externalId: 'oa-20' })
  const held = await world.submit({ kind: 'disable', externalId: 'oa-21' }, { Prefer: 'respond-async' })
  const [departure] = await departuresOf(world, 'oa-20')
  const path = '/api/v1/departures'

  const one = await world.call('GET', `${path}/${departure?.id}`)
  const kept = await world.call('POST', `${path}/${departure?.id}/keep`, { reason: 'they are needed' }, person)
  const again = await world.call('POST', `${path}/${departure?.id}/keep`, { reason: 'they are needed' }, person)
  const put = await world.call(
    'POST',
    `${path}/${departure?.id}/postpone`,
    { until: '2999-01-01T00:00:00Z', reason: 'no' },
    person,
  )
  const list = await world.call<{ items: readonly unknown[] }>('GET', `${path}?target=directory&until=2999-01-01T00:00:00Z`)
  const safety = await world.call<{ items: readonly object[] }>('GET', '/api/v1/safety', undefined, person)

  assert.deepEqual([one.status, kept.status, again.status, put.status, list.body.items.length], [200, 200, 409, 422, 1])
  conforms('get', `${path}/{id}`, one)
  for (const answer of [kept, again]) conforms('post', `${path}/{id}/keep`, answer)
  conforms('post', `${path}/{id}/postpone`, put)
  conforms('get', path, list)
  conforms('get', path, await world.call('GET', `${path}?state=gone`))
  conforms('get', '/api/v1/safety', safety)
  conforms('get', '/api/v1/requests/{id}', await world.call('GET', `/api/v1/requests/${held.body.id}`))
  const approvals = await world.call('GET', `/api/v1/approvals?request=${held.body.id}`, undefined, person)
  conforms('get', '/api/v1/approvals', approvals)
  assert.deepEqual([held.body.state, safety.body.items.length], ['awaiting_approval', 1])
})
