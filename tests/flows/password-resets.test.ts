/**
 * A password that cannot be put back: the undo sets one that nobody knows, says so before it does, and people are told. What somebody else set
 * meanwhile stays, and so does what an undo that died had set. A GLPI and an API with people, of which the API loses one.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isFinal } from '#core/states.ts'
import type { Notification, Page, RequestEvent } from '#server/api/types.ts'
import { describeApi } from '#tests/contract/rest-fixture.ts'
import { openPeople, type Headers } from '#tests/harness/approvals.ts'
import { openGlpi, type TestGlpi } from '#tests/harness/glpi.ts'
import { openRestServer, type TestRestServer } from '#tests/harness/rest-server.ts'
import { openMailServer, type TestMailServer } from '#tests/harness/smtp.ts'
import { openReceiver, type TestReceiver } from '#tests/harness/webhook.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const ruleSet = {
  name: 'default',
  identity: { login: '$login(givenName, familyName)' },
  targets: {
    helpdesk: {
      correlate: { name: 'identity.login' },
      attributes: { name: 'identity.login', realname: 'familyName', password: { value: 'password', secret: true } },
    },
    people: {
      correlate: { login: 'identity.login' },
      attributes: { login: 'identity.login', displayName: 'familyName', password: { value: 'password', secret: true } },
    },
  },
}
const [first, second, theirs] = ['First-pass-1!', 'Second-pass-2!', 'Theirs-pass-3!']
const apiKey = `hooked_${'k'.repeat(40)}`
const stack = new AsyncDisposableStack()
let glpi: TestGlpi
let api: TestRestServer
let mail: TestMailServer
let receiver: TestReceiver
let world: World
let admin: Headers
before(async () => {
  glpi = stack.use(await openGlpi())
  api = stack.use(await openRestServer())
  mail = stack.use(await openMailServer())
  receiver = stack.use(await openReceiver())
  const { url, userToken, appToken } = glpi
  const helpdesk = { url, userToken, appToken, allowNetworks: ['127.0.0.1'], timeoutMs: 1_000 }
  const webhook = {
    url: receiver.url,
    secret: 'a secret of forty characters, or so, yes',
    allow: ['127.0.0.1'],
    events: 'failed',
  }
  world = stack.use(
    await openWorld({
      engine: 'redis',
      targets: { helpdesk: { connector: 'glpi', config: helpdesk }, people: { connector: 'rest', config: describeApi(api) } },
      ruleSet,
      sources: { hr: { ruleSet: 'default', credentials: [{ apiKey }], webhook } },
      variables: {
        ...{ SMTP_URL: mail.url, SMTP_CA_FILE: mail.caFile, MAIL_FROM: 'Passerelle <passerelle@example.org>' },
        ...{ PUBLIC_URL: 'http://passerelle.test', WORKER_LEASE_SECONDS: '3' },
      },
    }),
  )
  admin = await world.login()
  const people = await openPeople(world, { oscar: 'operator', rita: 'reader', athree: 'reader' })
  for (const name of ['oscar', 'rita', 'athree'])
    assert.equal((await world.cli('people', 'email', name, `${name}@example.org`)).code, 0)
  await world.call('PATCH', '/api/v1/session', { locale: 'en' }, people.oscar)
})
after(() => stack.disposeAsync())

const hr = { Authorization: `Bearer ${apiKey}` }
const maintain = (on: boolean) =>
  world.call('POST', '/api/v1/targets/people/maintenance', { on, reason: 'the people are counted' }, admin)
type Request = Awaited<ReturnType<World['settled']>>
const read = async (id: string) => (await world.call<Request>('GET', `/api/v1/requests/${id}`, undefined, admin)).body
const stepOf = (request: Request, target = 'helpdesk') => request.details.find((step) => step.target === target)
const settledAs = async (id: string, withinMs = 20_000) => {
  for (const end = Date.now() + withinMs; ; await delay(50)) {
    const request = await read(id)
    if (isFinal(request.state)) return request
    if (Date.now() > end) throw new Error(`still ${request.state}: ${JSON.stringify(request.details)}`)
  }
}

interface HalfDone {
  readonly id: string
  /** In GLPI. */
  readonly user: number
  /** The API has them again. */
  readonly found: () => void
}

/** Somebody whose new password GLPI took a second ago, while the API waits: it has lost them, and will refuse. */
async function halfDone(familyName: string): Promise<HalfDone> {
  await maintain(false)
  const attributes = { givenName: 'Ada', familyName }
  const made = await world.submit({ kind: 'create', externalId: familyName, attributes, secrets: { password: first } }, hr)
  assert.equal(made.body.state, 'succeeded', JSON.stringify(made.body.details))
  // When a password was set is told in seconds.
  await delay(1_100)
  await maintain(true)
  const change = { kind: 'password', externalId: familyName, secrets: { password: second } }
  const { status, body } = await world.submit(change, { ...hr, Prefer: 'respond-async' })
  assert.equal(status, 202, JSON.stringify(body))
  for (let left = 200; left > 0 && stepOf(await read(body.id))?.state !== 'applied'; left--) await delay(50)
  const user = Number(stepOf(made.body)?.nativeId)
  assert.equal(glpi.signsIn(user, second), true)
  const lost = stepOf(made.body, 'people')?.nativeId ?? ''
  const person = api.people.get(lost)
  assert.ok(person !== undefined)
  api.people.delete(lost)
  await delay(1_100)
  return { id: body.id, user, found: () => void api.people.set(lost, person) }
}

test('what cannot be put back is reset, and the request, its events, people and the source are told, without the password', async () => {
  const { id, user } = await halfDone('One')

  await maintain(false)
  const settled = await settledAs(id)

  const path = `/api/v1/requests/${id}/events`
  const { items: events } = (await world.call<{ items: readonly RequestEvent[] }>('GET', path, undefined, admin)).body
  const of = (action: string) => events.find((event) => event.action === action && event.targets.includes('helpdesk'))
  const [english] = await mail.received('oscar@example.org')
  const [called] = await receiver.received(({ body }) => body.includes(id))
  const { items } = (await world.call<Page<Notification>>('GET', `/api/v1/notifications?request=${id}`, undefined, admin)).body
  assert.deepEqual(
    [settled.state, stepOf(settled)?.state, stepOf(settled)?.error?.code],
    ['rolled_back', 'undone', 'password_reset'],
  )
  assert.deepEqual([glpi.signsIn(user, first), glpi.signsIn(user, second)], [false, false])
  const [begun, ended] = [of('password_reset')?.seq, of('undone')?.seq]
  assert.ok(begun !== undefined && ended !== undefined && begun < ended, JSON.stringify(events))
  assert.equal(of('undone')?.detail['code'], 'password_reset')
  assert.deepEqual(items.map(({ channel, kind, recipient }) => `${channel} ${kind} ${recipient}`).toSorted(), [
    'mail password_reset person:oscar',
    'webhook request_settled source:hr',
  ])
  assert.match(english?.headers.get('subject') ?? '', /^A password to set anew: Password: Ada One$/)
  assert.deepEqual(JSON.parse(called?.body ?? '{}').request.passwordsReset, ['helpdesk'])
  const logs = world.workers.map((worker) => worker.log()).join('')
  assert.match(logs, /"alert":true[^\n]*"code":"password_reset"/)
  const everywhere = [
    logs + world.server.log() + (english?.raw ?? '') + JSON.stringify([settled, events, called]),
    JSON.stringify(await world.query('select row::text from passerelle.step row')),
    JSON.stringify(await world.query('select row::text from passerelle.audit row')),
  ]
  for (const text of everywhere) assert.doesNotMatch(text, /-pass-|Aa1!/)
})

test('whom the request is about is told too, where that is a person of ours, in French when nothing else was chosen', async () => {
  const { id } = await halfDone('Three')

  await maintain(false)
  await settledAs(id)

  const [told] = await mail.received('athree@example.org')
  assert.match(told?.headers.get('content-language') ?? '', /fr/)
  assert.deepEqual(
    mail.mails.filter(({ to }) => to.includes('rita@example.org')),
    [],
  )
})

test('a request that was reset and is done again sets its password, and is an ordinary one', async () => {
  const { id, user, found } = await halfDone('Six')
  await maintain(false)
  assert.equal((await settledAs(id)).state, 'rolled_back')
  found()

  const retry = await world.call('POST', `/api/v1/requests/${id}/retry`, { reason: 'the API found the person' }, admin)
  const settled = await settledAs(id)

  assert.deepEqual([retry.status, settled.state, stepOf(settled)?.error], [202, 'succeeded', null])
  assert.equal(glpi.signsIn(user, second), true)
  assert.deepEqual(await world.query('select 1 from passerelle.step where request_id = $1 and reset_at is not null', [id]), [])
})

test('a password that somebody else set after the step stays: the undo is stuck, and nobody is told that it was reset', async () => {
  const { id, user } = await halfDone('Two')
  await setByHand(user, theirs)

  await maintain(false)
  const settled = await settledAs(id)

  assert.deepEqual([settled.state, stepOf(settled)?.state, stepOf(settled)?.error?.code], ['needs_attention', 'stuck', 'drift'])
  assert.deepEqual(stepOf(settled)?.differences, [{ item: 'password', expected: [], found: [] }])
  assert.equal(glpi.signsIn(user, theirs), true)
  const { items } = (await world.call<Page<Notification>>('GET', `/api/v1/notifications?request=${id}`, undefined, admin)).body
  assert.deepEqual(
    items.filter(({ kind }) => kind === 'password_reset'),
    [],
  )
})

/** Somebody at GLPI's own pages, by its API as any user of it has it. */
async function setByHand(user: number, password: string): Promise<void> {
  const headers = { 'App-Token': glpi.appToken, 'Content-Type': 'application/json' }
  const session = await fetch(`${glpi.url}/initSession`, {
    headers: { ...headers, Authorization: `user_token ${glpi.userToken}` },
  })
  const { session_token: token } = (await session.json()) as { readonly session_token: string }
  const answer = await fetch(`${glpi.url}/User/${user}`, {
    method: 'PUT',
    headers: { ...headers, 'Session-Token': token },
    body: JSON.stringify({ input: { id: user, password, password2: password } }),
  })
  assert.equal(answer.status, 200, await answer.text())
}

for (const [label, place] of [
  ['undo:resetting', 'before it sets the password'],
  ['undo:called', 'after it set the password'],
] as const)
  test(`an undo that dies ${place} is done again, and takes what it did for its own work`, async () => {
    const { id, user } = await halfDone(label === 'undo:called' ? 'Five' : 'Four')
    for (const worker of world.workers) await worker.kill('SIGKILL')
    const doomed = await world.startWorker({ CRASH_AT: label })
    await maintain(false)
    await doomed.died(30_000)
    const [isReset, atDeath] = [!glpi.signsIn(user, second), glpi.tables.User.get(user)]
    await world.startWorker()

    const settled = await settledAs(id, 60_000)

    assert.deepEqual(
      [settled.state, stepOf(settled)?.state, stepOf(settled)?.error?.code],
      ['rolled_back', 'undone', 'password_reset'],
    )
    assert.deepEqual([isReset, glpi.signsIn(user, second)], [label === 'undo:called', false])
    if (isReset) assert.deepEqual(glpi.tables.User.get(user), atDeath, 'it is not set twice')
  })
