/**
 * People are told by mail that their decision is waited for, and sources by webhook what became of their requests: at least once, by an id that stays the
 * same, on a real mail server and a real receiver that refuse, hang and come back.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Notification, Page } from '#server/api/types.ts'
import { applicant, approvalsOf, decide, openPeople, type Headers } from '#tests/harness/approvals.ts'
import { openMailServer, type ReceivedMail, type TestMailServer } from '#tests/harness/smtp.ts'
import { sqlTargets } from '#tests/harness/sql-targets.ts'
import { rulesInStages } from '#tests/harness/staged-approvals.ts'
import { openReceiver, type ReceivedCall, type TestReceiver } from '#tests/harness/webhook.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

const hookedKey = `hooked_${'k'.repeat(40)}`
const blindKey = `blind_${'k'.repeat(40)}`
const secret = 'a secret of forty characters, or so, yes'
let mail: TestMailServer
let receiver: TestReceiver
let world: World
let people: Record<'ada' | 'bea' | 'rita' | 'oscar' | 'aude', Headers>

before(async () => {
  mail = await openMailServer()
  receiver = await openReceiver()
  const source = (apiKey: string, webhook: object) => ({ ruleSet: 'default', credentials: [{ apiKey }], webhook })
  world = await openWorld({
    engine: 'redis',
    targets: sqlTargets,
    ruleSet: rulesInStages(),
    sources: {
      hooked: source(hookedKey, { url: `${receiver.url}/hook`, secret, allow: ['127.0.0.1'] }),
      blind: source(blindKey, { url: `${receiver.url}/blind`, secret }),
    },
    variables: {
      SMTP_URL: mail.url,
      SMTP_CA_FILE: mail.caFile,
      MAIL_FROM: 'Passerelle <passerelle@example.org>',
      PUBLIC_URL: 'http://passerelle.test',
    },
  })
  people = await openPeople(world, { ada: 'approver', bea: 'approver', rita: 'reader', oscar: 'operator', aude: 'auditor' })
  for (const name of ['ada', 'bea', 'rita'])
    assert.equal((await world.cli('people', 'email', name, `${name}@example.org`)).code, 0)
  await world.call('PATCH', '/api/v1/session', { locale: 'en' }, people.ada)
})
after(async () => {
  await world?.[Symbol.asyncDispose]()
  await receiver?.[Symbol.asyncDispose]()
  await mail?.[Symbol.asyncDispose]()
})

async function asked(externalId: string, familyName: string, title: string, more: object = {}) {
  const { body } = await world.submit({ ...applicant(externalId, familyName, title), ...more }, { Prefer: 'respond-async' })
  assert.equal(body.state, 'awaiting_approval')
  const [approval] = await approvalsOf(world, body.id, people.rita)
  assert.ok(approval !== undefined)
  return { id: body.id, approval }
}

const ofRequest = async (id: string) =>
  (await world.call<Page<Notification>>('GET', `/api/v1/notifications?request=${id}`, undefined, people.oscar)).body.items
/** Waits until the request's notifications are all in this state, after so many attempts. */
async function settledAs(id: string, state: Notification['state'], attempts: number): Promise<readonly Notification[]> {
  for (let left = 300; left > 0; left--) {
    const all = await ofRequest(id)
    if (all.length > 0 && all.every((one) => one.state === state && one.attempts >= attempts)) return all
    await delay(50)
  }
  throw new Error(`not ${state}: ${JSON.stringify(await ofRequest(id))}`)
}
const hurry = (id: string) =>
  world.query(
    `with due as (update passerelle.notification set next_at = clock_timestamp() where request_id = $1) select pg_notify('passerelle_notifications', '')`,
    [id],
  )

function bodyOf({ raw }: ReceivedMail): string {
  const encoded = raw.split(/\r\nContent-Transfer-Encoding: ([^\r]+)\r\n/).slice(1)
  let text = ''
  for (let index = 0; index < encoded.length; index += 2) {
    const part = encoded[index + 1] ?? ''
    const content = part.slice(2).split('\r\n--')[0] ?? ''
    text +=
      encoded[index] === 'base64'
        ? Buffer.from(content, 'base64').toString('utf8')
        : Buffer.from(
            content
              .replaceAll('=\r\n', '')
              .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))),
            'latin1',
          ).toString('utf8')
  }
  return text
}

describe('mail', () => {
  test('who is asked by role is told once, in their language, over TLS, with a link and without any value of an account', async () => {
    const { id, approval } = await asked('m-1', 'Confidential', 'Guarded', { displayName: 'Zoé & <Max>' })

    const [[toAda], [toBea]] = [await mail.received('ada@example.org'), await mail.received('bea@example.org')]
    const told = await settledAs(id, 'sent', 1)

    assert.ok(toAda !== undefined && toBea !== undefined)
    assert.deepEqual(
      told.map(({ channel, kind, recipient, approvalId }) => `${channel} ${kind} ${recipient} ${approvalId}`).toSorted(),
      ['ada', 'bea'].map((name) => `mail approval_asked person:${name} ${approval.id}`),
    )
    assert.equal(toAda.isEncrypted, true)
    assert.deepEqual(
      [toAda.headers.get('auto-submitted'), toAda.headers.get('content-language'), toBea.headers.get('content-language')],
      ['auto-generated', 'en', 'fr'],
    )
    const own = told.find(({ recipient }) => recipient === 'person:ada')
    assert.equal(toAda.headers.get('message-id'), `<${own?.id}@example.org>`)
    const [english, french] = [bodyOf(toAda), bodyOf(toBea)]
    assert.match(english, /A request waits for your decision[\s\S]*Arrival: Zoé & <Max>/)
    assert.match(english, /<h1[^>]*>Arrival: Zoé &amp; &lt;Max&gt;<\/h1>/)
    assert.match(french, /Une demande attend votre décision[\s\S]*Arrivée : Zoé/)
    for (const text of [english, french]) {
      assert.ok(text.includes(`http://passerelle.test/requests/${id}`))
      assert.match(text, /directory \(/)
      assert.doesNotMatch(text, /Confidential|Finance|aconfidential/)
    }
    await decide(world, approval, people.ada, 'refuse')
  })

  test('a name that holds line breaks makes no header', async () => {
    const { approval } = await asked('m-2', 'Broken', 'Named', { displayName: 'Eve\r\nBcc: evil@example.org\u2028X-Evil: yes' })

    const [received] = await mail.received('rita@example.org')

    assert.ok(received !== undefined)
    assert.deepEqual(received.to, ['rita@example.org'])
    assert.deepEqual([received.headers.has('bcc'), received.headers.has('x-evil')], [false, false])
    assert.match(bodyOf(received), /Eve Bcc: evil@example\.org X-Evil: yes/)
    await decide(world, approval, people.rita, 'refuse')
  })

  test('what is refused for now is tried again, and comes once', async () => {
    mail.mood = 'later'
    const { id, approval } = await asked('m-3', 'Later', 'Named')
    const [waiting] = await settledAs(id, 'waiting', 1)
    const seconds = (Date.parse(waiting?.nextAttemptAt ?? '') - Date.now()) / 1000
    mail.mood = 'well'
    await hurry(id)

    const [sent] = await settledAs(id, 'sent', 2)
    const received = mail.mails.filter(({ headers }) => headers.get('message-id')?.includes(waiting?.id ?? 'none'))

    assert.deepEqual([waiting?.error?.code, waiting?.error?.vendorCode], ['throttled', 'SMTP 451'])
    assert.ok(seconds > 5 && seconds < 25, `tried again in ${seconds} s`)
    assert.deepEqual([sent?.error, received.length], [null, 1])
    await decide(world, approval, people.rita, 'refuse')
  })

  test('what is refused for good is given up, is seen, and can be tried again by operators, with a reason', async () => {
    mail.mood = 'never'
    const { id, approval } = await asked('m-4', 'Never', 'Named')
    const [dead] = await settledAs(id, 'dead', 1)
    assert.ok(dead !== undefined)
    const path = `/api/v1/notifications/${dead.id}/retry`
    mail.mood = 'well'
    const refused = [
      await world.call('POST', path, { reason: 'the mailbox is back' }, people.ada),
      await world.call('POST', path, { reason: 'the mailbox is back' }, people.aude),
      await world.call('POST', path, { reason: '' }, people.oscar),
    ].map(({ status }) => status)
    const listed = await world.call<Page<Notification>>(
      'GET',
      '/api/v1/notifications?state=dead&channel=mail',
      undefined,
      people.aude,
    )

    const retried = await world.call('POST', path, { reason: 'the mailbox is back' }, people.oscar)
    await settledAs(id, 'sent', 1)
    const twice = await world.call('POST', path, { reason: 'the mailbox is back' }, people.oscar)

    assert.deepEqual([dead.error?.code, dead.error?.vendorCode, dead.nextAttemptAt], ['denied', 'SMTP 550', null])
    assert.doesNotMatch(
      JSON.stringify(listed.body) + world.workers.map((worker) => worker.log()).join(''),
      /confidential@example/,
    )
    assert.deepEqual([refused, retried.status, twice.status], [[403, 403, 422], 202, 409])
    assert.ok(listed.body.items.some((one) => one.id === dead.id))
    const event = (await world.events(id)).find(({ action }) => action === 'notification_retried')
    assert.deepEqual([event?.actor, event?.detail['reason']], ['person:oscar', 'the mailbox is back'])
    await decide(world, approval, people.rita, 'refuse')
  })

  test('a worker that dies while the mail server hangs leaves the mail to another', async () => {
    mail.mood = 'hang'
    const before = mail.hung()
    const { id, approval } = await asked('m-5', 'Hang', 'Named')
    for (let left = 200; left > 0 && mail.hung() === before; left--) await delay(25)
    await world.workers[0]?.kill('SIGKILL')
    mail.mood = 'well'
    await world.startWorker()
    await hurry(id)

    const [sent] = await settledAs(id, 'sent', 2)

    assert.equal(mail.mails.filter(({ headers }) => headers.get('message-id')?.includes(sent?.id ?? 'none')).length, 1)
    await decide(world, approval, people.rita, 'refuse')
  })

  test('who did not answer is reminded once; others are told when it escalates; after an answer nobody is told any more', async () => {
    const { id, approval } = await asked('m-6', 'Reminder', 'Later')
    await settledAs(id, 'sent', 1)
    await world.query(`update passerelle.approval set remind_at = clock_timestamp() where id = $1`, [approval.id])
    const told = async (count: number) => {
      for (let left = 200; left > 0 && (await ofRequest(id)).length < count; left--) await delay(50)
      return (await settledAs(id, 'sent', 1)).map(({ kind, recipient }) => `${kind} ${recipient}`).toSorted()
    }
    const reminded = await told(2)
    await world.query(
      `update passerelle.approval set escalate_at = clock_timestamp(), remind_at = clock_timestamp() where id = $1`,
      [approval.id],
    )
    const escalated = await told(4)
    mail.mood = 'later'
    const other = await asked('m-7', 'Answered', 'Later')
    await settledAs(other.id, 'waiting', 1)
    assert.equal((await decide(world, other.approval, people.rita, 'refuse')).status, 200)
    mail.mood = 'well'
    await hurry(other.id)
    for (let left = 100; left > 0 && (await ofRequest(other.id)).length > 0; left--) await delay(50)

    assert.deepEqual(reminded, ['approval_asked person:rita', 'approval_reminder person:rita'])
    assert.deepEqual(escalated, [
      'approval_asked person:rita',
      'approval_escalated person:ada',
      'approval_escalated person:bea',
      'approval_reminder person:rita',
    ])
    assert.deepEqual(await ofRequest(other.id), [])
    assert.equal((await decide(world, approval, people.bea, 'refuse')).status, 200)
  })
})

describe('webhooks', () => {
  const submit = (key: string, externalId: string, familyName: string, organizationalUnit = 'Finance') =>
    world.submit(applicant(externalId, familyName, 'Clerk', organizationalUnit), { Authorization: `Bearer ${key}` })
  const about = (id: string) => (call: ReceivedCall) => call.body.includes(id)
  const read = (call: ReceivedCall | undefined) =>
    JSON.parse(call?.body ?? '{}') as {
      id: string
      type: string
      request: Record<string, unknown> & { problem: { code: string } | null }
    }

  test('a source hears what became of its requests, signed over time and body', async () => {
    const { body } = await submit(hookedKey, 'w-1', 'Hooked')
    const failed = await submit(hookedKey, 'w-2', 'Unhooked', 'Refused')

    const [call] = await receiver.received(about(body.id))
    const [other] = await receiver.received(about(failed.body.id))
    const [, time = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(call?.headers['passerelle-signature'])) ?? []

    assert.equal(mac, createHmac('sha256', secret).update(`${time}.${call?.body}`).digest('hex'))
    assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60)
    const { id, type, request } = read(call)
    assert.deepEqual(
      [call?.path, call?.headers['content-type'], call?.headers['passerelle-message-id']],
      ['/hook', 'application/json', id],
    )
    assert.deepEqual(
      [type, request['id'], request['source'], request['externalId'], request['state'], request.problem, request['url']],
      ['request.settled', body.id, 'hooked', 'w-1', 'succeeded', null, `http://passerelle.test/requests/${body.id}`],
    )
    assert.deepEqual(
      [read(other).request['state'], read(other).request.problem?.code],
      ['rolled_back', failed.body.problem?.code],
    )
    assert.doesNotMatch(String(call?.body) + String(other?.body), /Unhooked|Refused|Clerk/)
  })

  test('what fails after the answer is told too', async () => {
    const { body } = await world.submit(applicant('w-3', 'Slow', 'Guarded'), {
      Authorization: `Bearer ${hookedKey}`,
      Prefer: 'respond-async',
    })
    const [approval] = await approvalsOf(world, body.id, people.ada)
    assert.ok(approval !== undefined)
    await decide(world, approval, people.ada, 'refuse')

    const [call] = await receiver.received(about(body.id))

    assert.deepEqual([read(call).request['state'], read(call).request.problem?.code], ['rejected', 'rejected'])
  })

  test('an error is tried again with the same id and a new signature; a redirect is not followed; 410 ends it', async () => {
    receiver.answer = (response) => response.writeHead(302, { Location: `${receiver.url}/elsewhere` }).end()
    const { body } = await submit(hookedKey, 'w-4', 'Again')
    const [redirected] = await settledAs(body.id, 'waiting', 1)
    await delay(1_100)
    receiver.answer = (response) => response.writeHead(204).end()
    await hurry(body.id)
    await settledAs(body.id, 'sent', 2)
    receiver.answer = (response) => response.writeHead(410).end()
    const gone = await submit(hookedKey, 'w-5', 'Gone')
    const [dead] = await settledAs(gone.body.id, 'dead', 1)
    receiver.answer = (response) => response.writeHead(204).end()

    const calls = await receiver.received(about(body.id), 2)

    assert.deepEqual([redirected?.error?.vendorCode, dead?.error?.vendorCode], ['HTTP 302', 'HTTP 410'])
    assert.equal(new Set(calls.map(({ headers }) => headers['passerelle-message-id'])).size, 1)
    assert.equal(new Set(calls.map(({ headers }) => headers['passerelle-signature'])).size, 2)
    assert.equal(
      receiver.calls.some(({ path }) => path === '/elsewhere'),
      false,
    )
  })

  test('an address that nobody allowed is not called', async () => {
    const { body } = await submit(blindKey, 'w-6', 'Blind')

    const [waiting] = await settledAs(body.id, 'waiting', 1)

    assert.deepEqual([waiting?.error?.code, waiting?.recipient], ['config', 'source:blind'])
    assert.ok(!receiver.calls.some(({ path }) => path === '/blind'))
  })

  test('its secret is sealed, and applying the same configuration changes nothing', async () => {
    const again = await world.cli('apply')
    const dump = await world.postgres.dump('passerelle')

    assert.match(again.output, /Everything is as configured/)
    assert.ok(!dump.includes(secret))
  })
})
