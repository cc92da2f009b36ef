/** Mail by SMTP, against a real server: whom it trusts, what it never sends in clear, and what it says of each refusal. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { isGatewayError } from '#core/errors.ts'
import { openMailServer, type Mood, type TestMailServer } from '#tests/harness/smtp.ts'
import { createMailer, type Mail } from '#workers/mailer.ts'

const from = 'Passerelle <passerelle@example.org>'
const mail: Mail = { id: '1', to: 'ada@example.org', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>', locale: 'en' }
let server: TestMailServer
let ca: string
before(async () => {
  server = await openMailServer()
  ca = readFileSync(server.caFile, 'utf8')
})
after(() => server[Symbol.asyncDispose]())

/** The code of what sending ends with; `sent` when it went well. */
async function send(url: string, authority: string | null = ca, changed: Partial<Mail> = {}): Promise<string> {
  using mailer = createMailer({ url, from, ca: authority ?? undefined })
  try {
    await mailer.send({ ...mail, ...changed })
    return 'sent'
  } catch (error) {
    if (!isGatewayError(error)) throw error
    assert.doesNotMatch(error.message, /confidential|example\.org/)
    return error.vendorCode === undefined ? error.code : `${error.code} ${error.vendorCode}`
  }
}

test('a server whose certificate nobody vouches for gets no mail and no password', async () => {
  const { length } = server.mails

  assert.deepEqual([await send(server.url, null), server.mails.length], ['config', length])
  assert.deepEqual([await send(server.url), server.mails.length], ['sent', length + 1])
})

test('a server that offers no TLS gets nothing, unless the URL says that it may', async () => {
  const clear = new SMTPServer({ authOptional: true, hideSTARTTLS: true, disabledCommands: ['STARTTLS'] })
  await new Promise<void>((resolve) => clear.listen(0, '127.0.0.1', resolve))
  const { port } = clear.server.address() as { port: number }
  clear.on('error', () => undefined)

  const refused = await send(`smtp://127.0.0.1:${port}`)
  const allowed = await send(`smtp://127.0.0.1:${port}?tls=off`)
  await new Promise<void>((resolve) => clear.close(() => resolve()))

  assert.deepEqual([refused, allowed], ['config SMTP 500', 'sent'])
})

test('a wrong password, a refusal for now, a refusal for good, and no address are told apart', async () => {
  const inMood = async (mood: Mood) => {
    server.mood = mood
    const code = await send(server.url)
    server.mood = 'well'
    return code
  }

  assert.equal(await send(server.url.replace('mail%20password', 'wrong')), 'auth SMTP 535')
  assert.equal(await inMood('later'), 'throttled SMTP 451')
  assert.equal(await inMood('never'), 'denied SMTP 550')
  assert.equal(await send(server.url, ca, { to: 'not an address' }), 'denied SMTP 501')
  assert.equal(await send(server.url, ca, { to: '' }), 'invalid')
  assert.equal(await send('smtp://127.0.0.1:1'), 'transient')
})

test('a server that says nothing is given up in time', async () => {
  server.mood = 'hang'
  const begun = performance.now()
  const code = await send(server.url)
  server.mood = 'well'

  assert.equal(code, 'transient')
  assert.ok(performance.now() - begun < 20_000)
})

test('a line break in a subject makes no header', async () => {
  await send(server.url, ca, { subject: 'Hello\r\nBcc: evil@example.org', id: 'broken' })
  const received = server.mails.at(-1)

  assert.deepEqual([received?.headers.get('subject'), received?.headers.has('bcc')], ['Hello Bcc: evil@example.org', false])
  assert.deepEqual(received?.to, ['ada@example.org'])
})
