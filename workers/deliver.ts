/**
 * Deliver: carries what people and sources are told from the ledger to mail servers and webhooks, at least once, by an id that stays the same. What
 * is away is tried again, for hours; what is refused for good is given up, and people see it.
 */
import type { Sql } from '#core/database.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'
import {
  dropNotification,
  forgetDelivered,
  notificationsChannel,
  settleNotification,
  takeNotifications,
  type Delivery,
  type DueNotification,
} from '#core/ledger/notification.ts'
import { readMailFacts, readResetFacts, readSecretEndFacts, readWebhookFacts } from '#core/ledger/notification-facts.ts'
import type { Logger } from '#core/log.ts'
import { isOutage } from '#core/outage.ts'
import type { Mailer } from './mailer.ts'
import type { MailText } from './mail-layout.ts'
import { toMailText } from './mail-words.ts'
import { toResetText } from './reset-words.ts'
import { toSecretEndText } from './secret-end-words.ts'
import { toProblem } from './step-job.ts'
import { callWebhook } from './webhook.ts'

export interface DelivererDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'openSealed'>
  /** Null when no mail server is configured. */
  readonly mailer: Mailer | null
  readonly log: Logger
  /** How people reach the dashboard; undefined: mails have no links. */
  readonly publicUrl: string | undefined
}

/** Deliveries under way at a time in one process. */
const mostAtOnce = 20
/** Seconds after which another worker may take up what this one took: longer than any delivery lasts. */
const leaseSeconds = 120
/** Milliseconds between looks when nobody announced anything. */
const patienceMs = 5_000
/** About six hours in all. */
const mostAttempts = 14
const [firstPause, longestPause] = [15, 3_600]
const housekeepingMs = 3_600_000

/** Seconds until the next attempt: twice as long each time, at most an hour, and not all at once. */
export function pauseAfter(attempts: number, random: number): number {
  return Math.min(firstPause * 2 ** (attempts - 1), longestPause) * (0.75 + random / 2)
}

export async function openDeliverer(deps: DelivererDeps): Promise<AsyncDisposable> {
  const { sql, log } = deps
  const underWay = new Set<Promise<void>>()
  let closed = false
  let ring = Promise.withResolvers<void>()
  const wake = () => ring.resolve()
  const listening = await sql.listen(notificationsChannel, wake, wake)
  const housekeeping = setInterval(
    () => void forgetDelivered(sql).catch((err: unknown) => log.warn({ err }, 'old notifications could not be removed')),
    housekeepingMs,
  )

  async function look(): Promise<number> {
    const taken = await takeNotifications(sql, mostAtOnce - underWay.size, leaseSeconds)
    for (const due of taken) {
      const delivery = deliver(deps, due).finally(() => {
        underWay.delete(delivery)
        wake()
      })
      underWay.add(delivery)
    }
    return taken.length
  }
  async function run(): Promise<void> {
    while (!closed) {
      ring = Promise.withResolvers()
      if (underWay.size < mostAtOnce)
        await look().catch((err: unknown) => log.warn({ err }, 'notifications could not be read; they stay'))
      const timer = setTimeout(wake, patienceMs)
      await ring.promise
      clearTimeout(timer)
    }
  }
  const running = run()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(housekeeping)
      wake()
      await running
      await Promise.allSettled(underWay)
      await listening.unlisten()
    },
  }
}

async function deliver(deps: DelivererDeps, due: DueNotification): Promise<void> {
  const { sql, log } = deps
  const { channel, kind, requestId, target, attempts } = due
  const about = { notification: due.id, channel, kind, attempts, ...(target === null ? { requestId } : { target }) }
  try {
    const isSent = await (due.channel === 'mail' ? sendMail(deps, due) : call(deps, due))
    // Nobody has to be told any more: it was decided meanwhile, or the source no longer wants to know.
    await (isSent ? settleNotification(sql, due, { state: 'sent' }) : dropNotification(sql, due))
  } catch (error) {
    // The ledger could not be asked: that says nothing of the delivery, and it is taken up again later.
    if (!isGatewayError(error) && isOutage(error))
      return log.warn({ err: error, ...about }, 'a notification waits for the database')
    const delivery = toDelivery(error, due)
    const { error: problem } = delivery
    if (delivery.state === 'dead')
      log.error({ ...about, code: problem.code, vendorCode: problem.vendorCode }, 'a notification was given up')
    else log.info({ ...about, code: problem.code, vendorCode: problem.vendorCode }, 'a notification is tried again later')
    await settleNotification(sql, due, delivery).catch((err: unknown) =>
      log.warn({ err, ...about }, 'what became of a notification could not be written'),
    )
  }
}

/** What will not change by itself. */
const final: readonly string[] = ['denied', 'invalid', 'unsupported']

function toDelivery(error: unknown, { attempts }: DueNotification): Exclude<Delivery, { state: 'sent' }> {
  const problem = toProblem(error)
  if (final.includes(problem.code) || attempts >= mostAttempts) return { state: 'dead', error: problem }
  const asked = isGatewayError(error) ? Math.min((error.retryAfterMs ?? 0) / 1000, longestPause) : 0
  return { state: 'waiting', againInSeconds: Math.max(pauseAfter(attempts, Math.random()), asked), error: problem }
}

/** false: nobody has to be told any more. */
async function sendMail({ sql, mailer, publicUrl }: DelivererDeps, due: DueNotification): Promise<boolean> {
  const page = due.target === null ? `requests/${due.requestId}` : `targets/${encodeURIComponent(due.target)}`
  const link = publicUrl === undefined ? null : `${publicUrl.replace(/\/$/, '')}/${page}`
  const mail = await toMail(sql, due, link)
  if (mail === null) return false
  if (mailer === null)
    throw new GatewayError('unsupported', 'no mail server is configured', {
      hint: 'set SMTP_URL and MAIL_FROM, then have it tried again',
    })
  await mailer.send({ id: due.id, ...mail })
  return true
}

type Addressed = MailText & { readonly to: string; readonly locale: 'fr' | 'en' }

/** Null when nobody has to be told any more. */
async function toMail(sql: Sql, due: DueNotification, link: string | null): Promise<Addressed | null> {
  switch (due.kind) {
    case 'password_reset': {
      const facts = await readResetFacts(sql, due)
      return facts && { to: facts.to, locale: facts.locale, ...toResetText({ ...facts, link }) }
    }
    case 'secret_ends': {
      const facts = await readSecretEndFacts(sql, due)
      return facts && { to: facts.to, locale: facts.locale, ...toSecretEndText({ ...facts, link }) }
    }
    case 'approval_asked':
    case 'approval_reminder':
    case 'approval_escalated':
    case 'approval_delegated': {
      const facts = await readMailFacts(sql, due)
      return facts && { to: facts.to, locale: facts.locale, ...toMailText({ ...facts, kind: due.kind, link }) }
    }
    case 'request_settled':
      // Sources are told by webhook only.
      return null
  }
}

async function call({ sql, ledger, publicUrl }: DelivererDeps, due: DueNotification): Promise<boolean> {
  const facts = await readWebhookFacts(sql, due)
  if (facts === null) return false
  const { url, allow, secret: sealed, request } = facts
  const secret = (await ledger.openSealed([sealed])).get(sealed)
  if (secret === undefined) return false
  const link = publicUrl === undefined ? {} : { url: `${publicUrl.replace(/\/$/, '')}/requests/${due.requestId}` }
  const body = JSON.stringify({ id: due.id, type: 'request.settled', request: { ...request, ...link } })
  await callWebhook({ url, secret, allow, id: due.id, body })
  return true
}
