/** What callers of the HTTP API can rely on: who is let in, how a request is answered, and what is refused before it does anything. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { readEnvironment } from '#core/environment.ts'
import { createLog } from '#core/log.ts'
import type { Plan } from '#core/plan.ts'
import type { LiveEvent, Page, ProblemDetails, RequestSummary } from '#server/api/types.ts'
import { openGateway } from '#server/gateway.ts'
import { readEvents } from '#tests/harness/event-stream.ts'
import { findAccount, shippedRules, sqlTargets, targetDatabase, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, otherApiKey, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: shippedRules() })
})
after(() => world[Symbol.asyncDispose]())

const requestsPath = '/api/v1/requests'
const async = { Prefer: 'respond-async' }
const asOther = { Authorization: `Bearer ${otherApiKey}` }

function newcomer(externalId: string, familyName: string, attributes: object = {}) {
  return {
    kind: 'create',
    externalId,
    attributes: { givenName: 'Ada', familyName, organizationalUnit: 'Finance', ...attributes },
  }
}

/** How many rows each table of the gateway holds, and what the targets hold. */
async function everything(): Promise<string> {
  const tables = await world.query(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'passerelle' and table_type = 'BASE TABLE' order by 1`,
  )
  const counts = await Promise.all(
    tables.map(
      async ({ name }) => `${String(name)} ${JSON.stringify(await world.query(`select count(*)::int from ${String(name)}`))}`,
    ),
  )
  return [...counts, await targetsDump(world)].join('\n')
}

/** Posts a body as it is, and says what it was refused with. */
async function refusal(body: string, headers: Record<string, string> = {}) {
  const answer = await world.call<ProblemDetails>('POST', requestsPath, body, headers)
  return { ...answer, pointer: answer.body.errors?.[0]?.pointer }
}

test('every route but those for health, login and the API’s description refuses whoever shows no credentials', async () => {
  await using gateway = await openGateway({
    environment: readEnvironment({ ...world.variables, PORT: '0' }),
    connectors,
    log: createLog('silent', 'test'),
  })
  // What these do needs no right: whether the process lives and can be used, logging in, and logging out, which ends at most one's own session.
  const open = new Set([
    ...['GET /healthz', 'GET /readyz', 'POST /api/v1/session', 'DELETE /api/v1/session'],
    // The description of the API holds nothing of the installation; tests/flows/openapi.test.ts looks.
    ...['GET /api/v1/openapi.json', 'GET /api/v1/docs'],
  ])
  const routes = [
    ...new Set(gateway.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)),
  ]

  const answers = await Promise.all(
    routes.map(async (route) => {
      const [method = '', path = ''] = route.split(' ')
      const url = world.url + path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x').replaceAll('*', 'x')
      const response = await fetch(url, { method, redirect: 'manual' })
      await response.body?.cancel()
      return [route, response.status] as const
    }),
  )

  assert.ok(routes.length > 40, `only ${routes.length} routes were walked`)
  assert.deepEqual(
    answers.filter(([route, status]) => !open.has(route) && status !== 401),
    [],
  )
})

test('an API key and HTTP Basic let their source in; what is wrong or unknown is refused in the same words', async () => {
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const wrong = [
    'Bearer wrong',
    basic('midpoint', 'wrong'),
    basic('nobody', 'basic-password'),
    basic('midpoint', ''),
    'Basic ???',
    'Digest x',
    '',
  ]

  const right = await Promise.all(
    [`Bearer ${world.apiKey}`, basic('midpoint', 'basic-password')].map((Authorization) =>
      world.call('GET', requestsPath, undefined, { Authorization }),
    ),
  )
  const refused = await Promise.all(
    wrong.map((Authorization) => world.call<ProblemDetails>('GET', requestsPath, undefined, { Authorization })),
  )

  assert.deepEqual(
    right.map(({ status }) => status),
    [200, 200],
  )
  assert.deepEqual(new Set(refused.map(({ status, body }) => `${status} ${body.code} ${body.detail}`)).size, 1)
  assert.equal(refused[0]?.status, 401)
  assert.match(refused[0]?.headers.get('www-authenticate') ?? '', /Bearer.*Basic/)
})

test('a person who guesses passwords is stopped after ten tries, and the tenth wrong name stays out of the audit trail', async () => {
  const attempt = (password: string) =>
    fetch(`${world.url}/api/v1/session`, { method: 'POST', body: JSON.stringify({ name: 'mistyped-secret', password }) })

  const statuses: number[] = []
  for (let count = 0; count < 11; count++) statuses.push((await attempt(`guess-${count}`)).status)

  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429])
  assert.deepEqual(
    await world.query(`select 1 from passerelle.audit where actor like '%mistyped%' or detail::text like '%mistyped%'`),
    [],
  )
})

test('what another source asked for does not exist', async () => {
  const { body } = await world.submit(newcomer('foreign', 'Foreign'))

  const paths = ['', '/plan', '/events'].map((part) => `${requestsPath}/${body.id}${part}`)
  const foreign = await Promise.all(paths.map((path) => world.call<ProblemDetails>('GET', path, undefined, asOther)))
  const unknown = await world.call<ProblemDetails>(
    'GET',
    `${requestsPath}/00000000-0000-7000-8000-000000000000`,
    undefined,
    asOther,
  )
  const list = await world.call<Page<RequestSummary>>('GET', requestsPath, undefined, asOther)

  assert.deepEqual(
    foreign.map(({ status }) => status),
    [404, 404, 404],
  )
  assert.deepEqual(foreign[0]?.body, unknown.body, 'there is no telling a foreign request from none')
  assert.deepEqual(list.body.items, [])
})

test('a source may not retry, see targets or the queues', async () => {
  const paths = [
    ['POST', `${requestsPath}/x/retry`],
    ['GET', '/api/v1/targets'],
    ['GET', '/queues/'],
  ] as const

  const answers = await Promise.all(paths.map(([method, path]) => world.call(method, path)))

  assert.deepEqual(
    answers.map(({ status }) => status),
    [403, 403, 403],
  )
})

test('the same Idempotency-Key and body give the same answer and change nothing; another body is refused', async () => {
  const key = { 'Idempotency-Key': 'key-1' }
  const first = await world.submit(newcomer('idem', 'Idem'), key)
  const before = await everything()

  const second = await world.submit(newcomer('idem', 'Idem'), key)
  const other = await world.call<ProblemDetails>('POST', requestsPath, newcomer('idem', 'Idem', { title: 'Other' }), key)
  const meanwhile = await everything()
  const elsewhere = await world.submit(newcomer('idem', 'Idem'), { ...key, ...asOther, ...async })

  assert.equal(first.status, 201)
  assert.deepEqual([second.status, second.body], [first.status, first.body])
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_mismatch'])
  assert.equal(meanwhile, before)
  assert.notEqual(elsewhere.body.id, first.body.id, 'keys are a source’s own')
})

test('a repeated call while the first is under way waits for the same request', async () => {
  await using _ = await world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')
  const key = { 'Idempotency-Key': 'key-2' }

  const calls = [1, 2, 3].map(() => world.submit(newcomer('flight', 'Flight'), key))
  await world.submit(newcomer('flight', 'Flight'), { ...key, ...async })
  await _[Symbol.asyncDispose]()
  const answers = await Promise.all(calls)

  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.state]),
    Array.from({ length: 3 }, () => [201, 'succeeded']),
  )
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
})

test('an Idempotency-Key that could not be kept as it is, is refused', async () => {
  const answers = await Promise.all(
    ['with space', 'x'.repeat(201)].map((key) => refusal(JSON.stringify(newcomer('k', 'K')), { 'Idempotency-Key': key })),
  )

  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.code]),
    [
      [400, 'bad_request'],
      [400, 'bad_request'],
    ],
  )
})

test('who does not want to wait gets 202 with the address of the request, and finds its end there', async () => {
  const answer = await world.submit(newcomer('async', 'Async'), async)

  assert.equal(answer.status, 202)
  assert.equal(answer.headers.get('location'), `${requestsPath}/${answer.body.id}`)
  assert.equal(answer.headers.get('preference-applied'), 'respond-async')
  assert.equal((await world.settled(answer.body.id)).state, 'succeeded')
})

test('who waits gets the end when it comes in time, else 202', async () => {
  const inTime = await world.submit(newcomer('wait-1', 'Waiting'), { Prefer: 'wait=10' })
  const lock = await world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')
  const late = await world.submit(newcomer('wait-2', 'Late'), { Prefer: 'wait=1' })
  await lock[Symbol.asyncDispose]()

  assert.deepEqual([inTime.status, inTime.body.state, inTime.headers.get('preference-applied')], [201, 'succeeded', 'wait=10'])
  assert.deepEqual([late.status, late.headers.get('preference-applied'), late.headers.get('retry-after')], [202, 'wait=1', '1'])
  assert.equal((await world.settled(late.body.id)).state, 'succeeded')
})

test('a dry run answers with the plan, and writes nothing anywhere, not even a reserved name', async () => {
  const before = await everything()

  const dry = await world.call<{ dryRun: boolean; plan: Plan }>('POST', `${requestsPath}?dryRun=true`, newcomer('dry', 'Dry'), {
    'Idempotency-Key': 'dry-1',
  })
  const meant = await everything()
  const real = await world.submit(newcomer('dry', 'Dry'), { 'Idempotency-Key': 'dry-1' })

  assert.equal(dry.status, 200)
  assert.equal(meant, before)
  assert.deepEqual(real.body.plan, dry.body.plan, 'and it is the plan that the real request has')
})

test('a target’s refusal is a problem with a code and the target, and a duplicate is a conflict', async () => {
  await world.postgres.query(
    targetDatabase,
    `insert into intranet.account (username, email) values ('stranger', 'taken@corp.example')`,
  )

  const invalid = await world.call<ProblemDetails & { state: string }>(
    'POST',
    requestsPath,
    newcomer('inv', 'Invalid', { organizationalUnit: 'Refused' }),
  )
  const taken = await world.call<ProblemDetails>(
    'POST',
    requestsPath,
    newcomer('dup', 'Duplicate', { emailAddress: 'taken@corp.example' }),
  )

  assert.deepEqual([invalid.status, invalid.body.state, invalid.body.code], [422, 'rolled_back', 'invalid'])
  assert.match(invalid.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(invalid.body.type, 'urn:passerelle:problem:invalid')
  assert.match(invalid.body.detail, /^intranet: /)
  assert.deepEqual([taken.status, taken.body.code], [409, 'exists'])
  assert.equal(await findAccount(world, 'ainvalid'), null)
})

test('a body that breaks the schema is refused with pointer and hint, quoting no value', async () => {
  const misspelt = await refusal(JSON.stringify({ kind: 'create', externalID: 'canary-value', attributes: {} }))
  const secret = await refusal(JSON.stringify({ kind: 'update', externalId: 'x', attributes: { password: 'canary-value' } }))

  assert.deepEqual([misspelt.status, misspelt.body.code, misspelt.pointer], [422, 'unprocessable', '/externalID'])
  assert.match(misspelt.body.hint ?? '', /externalId/)
  assert.deepEqual([secret.status, secret.pointer], [422, '/attributes/password'])
  assert.match(secret.body.hint ?? '', /"secrets"/)
  assert.doesNotMatch(JSON.stringify([misspelt.body, secret.body]), /canary-value/)
})

test('a rule that fails is told with its place, and nothing is kept of the request', async () => {
  const { status, body } = await refusal(
    JSON.stringify({ kind: 'create', externalId: 'no-name', attributes: { givenName: 'Ada' } }),
  )

  assert.deepEqual([status, body.code], [422, 'rule_failed'])
  assert.match(body.errors?.[0]?.pointer ?? '', /:\d+:\d+$/)
  assert.deepEqual([body.phrase?.code, body.phrase?.en], ['run.noValue', body.detail])
  assert.match(body.phrase?.fr ?? '', /l’attribut n’a pas de valeur/)
  assert.deepEqual(await world.query(`select 1 from passerelle.request where external_id = 'no-name'`), [])
})

test('JSON that could be read in two ways is refused with its place', async () => {
  const start = '{"kind":"create","externalId":"twice","attributes":'
  const bodies = {
    'a name twice': `${start}{"a":1,"a":2}}`,
    __proto__: `${start}{"__proto__":{"x":1}}}`,
    NUL: `${start}{"a":"x\\u0000y"}}`,
    'half a surrogate': `${start}{"a":"\\ud800"}}`,
    'no end': start,
  }

  const answers = await Promise.all(Object.values(bodies).map((body) => refusal(body)))

  assert.deepEqual(
    answers.map(({ status, body }) => `${status} ${body.code}`),
    Object.keys(bodies).map(() => '400 bad_request'),
  )
  for (const { body } of answers) assert.match(body.detail, /line 1, column \d+/)
  assert.equal(answers[0]?.pointer, '/attributes')
})

test('a body of another media type is 415, one over 256 KiB is 413, and just under is read', async () => {
  const sized = (bytes: number) => {
    const body = { ...newcomer('sized', 'Sized'), attributes: { givenName: 'Ada', familyName: 'Sized', notes: [] as string[] } }
    while (JSON.stringify(body).length < bytes - 60_010)
      body.attributes.notes.push(String(body.attributes.notes.length).padEnd(60_000, 'x'))
    return JSON.stringify(body).padEnd(bytes, ' ')
  }

  const xml = await refusal('<user/>', { 'Content-Type': 'application/xml' })
  const large = await refusal(sized(256 * 1024 + 1))
  const untold = (bytes: number) =>
    fetch(`${world.url}${requestsPath}?dryRun=true`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${world.apiKey}`, 'Content-Type': 'application/json' },
      body: new Blob([sized(bytes)]).stream(),
      duplex: 'half',
    })
  const [largeUntold, fitsUntold] = [await untold(256 * 1024 + 1), await untold(256 * 1024)]
  const none = await fetch(`${world.url}/api/v1/session`, { method: 'DELETE' })
  const fits = await world.call<ProblemDetails>('POST', `${requestsPath}?dryRun=true`, sized(256 * 1024))

  assert.deepEqual([xml.status, xml.body.code], [415, 'unsupported_media_type'])
  assert.match(xml.body.hint ?? '', /application\/json/)
  assert.deepEqual([large.status, large.body.code], [413, 'too_large'])
  assert.deepEqual([largeUntold.status, fitsUntold.status, none.status], [413, 200, 204])
  assert.equal(fits.status, 200)
})

test('a refused body does not take its connection with it, nor the call that comes next on it', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const lock = await world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')
  const { body } = await world.submit(newcomer('connection', 'Connection'), async)
  const call = async (method: string, path: string, text = '') => {
    const sending = request(world.url + path, {
      method,
      agent,
      headers: { Authorization: `Bearer ${world.apiKey}`, Accept: 'text/event-stream' },
    })
    sending.end(text)
    const [answer] = (await once(sending, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, text: await textOf(answer) }
  }

  const refused = await call('POST', requestsPath, 'x'.repeat(300_000))
  setTimeout(() => void lock[Symbol.asyncDispose](), 800)
  const next = await call('GET', `${requestsPath}/${body.id}/events`)
  agent.destroy()

  assert.equal(refused.status, 413)
  assert.match(next.text, /event: decided/)
})

test('an unknown address and an unknown adapter are problems too', async () => {
  const nowhere = await world.call<ProblemDetails>('GET', '/api/v1/nowhere')
  const adapter = await world.call<ProblemDetails>('POST', '/api/v1/inbound/unheard', {})

  assert.deepEqual([nowhere.status, nowhere.body.code], [404, 'missing'])
  assert.deepEqual([adapter.status, adapter.body.code], [404, 'missing'])
  assert.match(adapter.body.hint ?? '', /midpoint/)
})

test('the list is filtered, and its cursor neither repeats nor skips while new requests arrive', async () => {
  const ids: string[] = []
  for (const name of ['Lista', 'Listb', 'Listc', 'Listd', 'Liste'])
    ids.unshift((await world.submit(newcomer(`list-${name}`, name))).body.id)
  await world.submit({ kind: 'disable', externalId: 'list-Lista' })
  const list = async (query: string) => (await world.call<Page<RequestSummary>>('GET', `${requestsPath}?${query}`)).body

  const first = await list('q=ada%20list&kind=create&limit=2')
  await world.submit(newcomer('list-new', 'Listnew'))
  const second = await list(`q=ada%20list&kind=create&limit=2&cursor=${first.next}`)
  const third = await list(`q=ada%20list&kind=create&limit=2&cursor=${second.next}`)

  assert.deepEqual(
    [...first.items, ...second.items, ...third.items].map(({ id }) => id),
    ids,
  )
  assert.equal(third.next, null)
  assert.deepEqual(
    (await list('kind=disable&state=succeeded&target=intranet')).items.map(({ externalId }) => externalId),
    ['list-Lista'],
  )
  assert.deepEqual((await list('target=nowhere')).items, [])
  assert.deepEqual((await list('q=%25')).items, [], 'a percent sign is a percent sign')
  assert.equal((await world.call('GET', `${requestsPath}?state=done`)).status, 400)
  assert.equal((await world.call('GET', `${requestsPath}?limit=0`)).status, 400)
})

test('the events of a request are told in order, from acceptance to decision, as a list and as a stream that ends', async () => {
  const lock = await world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')
  const { body } = await world.submit(newcomer('events', 'Events'), async)

  const streaming = readEvents(world, `${requestsPath}/${body.id}/events`)
  await lock[Symbol.asyncDispose]()
  const streamed = await streaming.all()
  const listed = await world.events(body.id)

  assert.deepEqual(
    streamed.map(({ data }) => data),
    listed,
  )
  assert.deepEqual(
    streamed.map(({ id }) => Number(id)),
    listed.map(({ seq }) => seq).toSorted((one, other) => one - other),
  )
  assert.deepEqual([listed[0]?.action, listed.at(-1)?.action], ['accepted', 'decided'])
  const tail = await readEvents(world, `${requestsPath}/${body.id}/events`, { 'Last-Event-ID': String(listed.at(-2)?.seq) }).all()
  assert.deepEqual(
    tail.map(({ event }) => event),
    ['decided'],
    'a reader who comes back gets what it missed',
  )
})

test('the general stream tells of each request of one’s own up to its end, and never of another source’s', async () => {
  const [own, foreign] = [readEvents<LiveEvent>(world, '/api/v1/events'), readEvents<LiveEvent>(world, '/api/v1/events', asOther)]
  await Promise.all([own.opened, foreign.opened])
  const { body } = await world.submit(newcomer('stream', 'Stream'), async)
  const theirs = await world.submit(newcomer('stream', 'Stream'), { ...async, ...asOther })

  const isEnd = (id: string) => (event: LiveEvent) =>
    event.type === 'request' && event.request.id === id && event.request.settledAt !== null
  const [seen, seenByOther] = await Promise.all([own.until(isEnd(body.id)), foreign.until(isEnd(theirs.body.id))])

  const sources = (events: readonly LiveEvent[]) => [
    ...new Set(events.map((event) => (event.type === 'request' ? event.request.source : ''))),
  ]
  assert.deepEqual([sources(seen), sources(seenByOther)], [['test'], ['other']])
})

test('healthz tells that the process lives, readyz that the database can be reached', async () => {
  const [health, ready] = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(world.url + path)))

  assert.deepEqual([health?.status, ready?.status], [200, 200])
  assert.deepEqual(await ready?.json(), { status: 'ready', database: true, open: true })
})
