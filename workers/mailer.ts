/** Mail by SMTP. What a server answered is told by its number alone: its words may quote addresses. */
import nodemailer from 'nodemailer'
import { GatewayError } from '#core/errors.ts'

export interface Mail {
  /** Stays the same however often it is sent, so that a mailbox can tell. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly locale: 'fr' | 'en'
}

export interface Mailer extends Disposable {
  /**
   * Resolves when the server took the mail. Throws `invalid` or `denied` when it never will, `throttled`, `auth` or `transient` when it may later, and
   * `config` when its certificate is not trusted.
   */
  send(mail: Mail): Promise<void>
}

export interface MailerOptions {
  /** `smtps://user:password@host` (TLS from the first byte), or `smtp://…`, which must offer STARTTLS unless the URL says `?tls=off`. */
  readonly url: string
  /** `Passerelle <passerelle@example.org>` */
  readonly from: string
  /** PEM, when the public authorities do not know the server's certificate. */
  readonly ca: string | undefined
}

const standardPorts = { 'smtp:': 587, 'smtps:': 465 } as const
const connectMs = 10_000
const silenceMs = 20_000

export function createMailer({ url, from, ca }: MailerOptions): Mailer {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url)
  const isTls = protocol === 'smtps:'
  const isClear = !isTls && searchParams.get('tls') === 'off'
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: 3,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? standardPorts[isTls ? 'smtps:' : 'smtp:'] : Number(port),
    secure: isTls,
    requireTLS: !isTls && !isClear,
    ignoreTLS: isClear,
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    // Nothing of a mail is fetched from anywhere.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([^\s>@]+)>?\s*$/.exec(from)?.[1] ?? 'passerelle'
  return {
    async send({ id, to, subject, text, html, locale }) {
      try {
        await transport.sendMail({
          from,
          // As an object, so that nothing in an address is read as another one.
          to: { name: '', address: to },
          subject: oneLine(subject),
          text,
          html,
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': locale },
        })
      } catch (error) {
        throw toError(error)
      }
    },
    [Symbol.dispose]: () => transport.close(),
  }
}

/** A line break in a header would be another header. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

interface SmtpFailure {
  readonly code?: unknown
  /** Of the connection, where that is what failed. */
  readonly originalCode?: unknown
  readonly command?: unknown
  readonly responseCode?: unknown
}

function toError(error: unknown): GatewayError {
  const { code, originalCode, command, responseCode } = (typeof error === 'object' && error !== null ? error : {}) as SmtpFailure
  const answered = typeof responseCode === 'number' ? { vendorCode: `SMTP ${responseCode}` } : {}
  const details = { cause: error, ...answered }
  if (code === 'EAUTH') return new GatewayError('auth', 'the mail server refuses the user or the password of SMTP_URL', details)
  if (code === 'ETLS' || isCertificate(originalCode))
    return new GatewayError('config', 'the mail server offers no TLS, or none that can be trusted', {
      ...details,
      hint: 'set SMTP_CA to the authority of its certificate',
    })
  const isFinal = typeof responseCode === 'number' && responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
  if (isFinal) return new GatewayError('denied', 'the mail server refuses this mail for good', details)
  if (code === 'EENVELOPE' && typeof responseCode !== 'number')
    return new GatewayError('invalid', 'the person’s e-mail address is none', details)
  if (typeof responseCode === 'number' && responseCode < 500)
    return new GatewayError('throttled', 'the mail server wants the mail later', details)
  return new GatewayError('transient', 'the mail server cannot be reached, or did not take the mail', details)
}

function isCertificate(code: unknown): boolean {
  return typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code)
}
