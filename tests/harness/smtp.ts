/** A real mail server over TCP: STARTTLS, a user and a password, and moods in which it refuses for now, refuses for good, or says nothing at all. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { makeCertificate } from './certificate.ts'

/** later: 451 to every recipient; never: 550; hang: does not greet, and says nothing more to who is connected. */
export type Mood = 'well' | 'later' | 'never' | 'hang'

export interface ReceivedMail {
  readonly to: readonly string[]
  readonly isEncrypted: boolean
  /** As it came, headers and body. */
  readonly raw: string
  /** Headers by lower-case name, unfolded. */
  readonly headers: ReadonlyMap<string, string>
}

export interface TestMailServer extends AsyncDisposable {
  readonly url: string
  /** The same without TLS. */
  readonly clearUrl: string
  /** A file with the certificate that it has to be trusted by. */
  readonly caFile: string
  readonly mails: readonly ReceivedMail[]
  /** How often it was left hanging. */
  hung(): number
  mood: Mood
  /** Waits until the mailbox has as many mails. */
  received(address: string, count?: number, withinMs?: number): Promise<readonly ReceivedMail[]>
}

class Refusal extends Error {
  readonly responseCode: number
  constructor(responseCode: number) {
    super('mailbox of confidential@example.org')
    this.responseCode = responseCode
  }
}

export async function openMailServer(): Promise<TestMailServer> {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-smtp-'))
  const certificate = makeCertificate(folder)
  const mails: ReceivedMail[] = []
  let mood: Mood = 'well'
  let hung = 0
  const options: SMTPServerOptions = {
    key: readFileSync(join(folder, 'key.pem')),
    cert: certificate,
    size: 1_000_000,
    authOptional: true,
    onConnect(_session, done) {
      if (mood === 'hang') hung++
      else done()
    },
    onAuth: ({ username, password }, _session, done) =>
      username === 'passerelle' && password === 'mail password' ? done(null, { user: username }) : done(new Refusal(535)),
    onRcptTo(_address, _session, done) {
      if (mood === 'hang') return void hung++
      done(mood === 'later' ? new Refusal(451) : mood === 'never' ? new Refusal(550) : null)
    },
    onData(stream, { envelope, secure }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8')
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), isEncrypted: secure, raw, headers: headersOf(raw) })
        done()
      })
    },
  }
  const server = new SMTPServer(options)
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }
  return {
    url: `smtp://passerelle:mail%20password@localhost:${port}`,
    clearUrl: `smtp://127.0.0.1:${port}?tls=off`,
    caFile: join(folder, 'ca.pem'),
    mails,
    hung: () => hung,
    get mood() {
      return mood
    },
    set mood(next) {
      mood = next
    },
    async received(address, count = 1, withinMs = 15_000) {
      for (const end = Date.now() + withinMs; ; await delay(50)) {
        const own = mails.filter(({ to }) => to.includes(address))
        if (own.length >= count) return own
        if (Date.now() > end) throw new Error(`${address} got ${own.length} mails instead of ${count}`)
      }
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function headersOf(raw: string): ReadonlyMap<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ')
  return new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}
