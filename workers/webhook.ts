/**
 * Calls of a source's webhook. Each is signed over its time and its body, so that whoever receives it can tell that it is ours, whole and fresh;
 * and carries an id that stays the same however often it comes.
 */
import { createHmac } from 'node:crypto'
import { createEgress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'

export interface WebhookCall {
  readonly url: string
  readonly secret: string
  /** Addresses and networks that may be called although they are not public. */
  readonly allow: readonly string[]
  readonly id: string
  readonly body: string
}

const timeoutMs = 10_000
const mostBytes = 64_000

/** Resolves on any 2xx. Throws `denied` for 410, else what may pass: `throttled` with what was asked, `transient`, `config`. */
export async function callWebhook({ url, secret, allow, id, body }: WebhookCall): Promise<void> {
  await using egress = createEgress({ allow, timeoutMs, maxAnswerBytes: mostBytes })
  const headers = {
    'Content-Type': 'application/json',
    'Passerelle-Message-Id': id,
    'Passerelle-Signature': sign(secret, Math.floor(Date.now() / 1000), body),
  }
  const { status, headers: answered } = await egress.send({ method: 'POST', url, headers, body, effect: 'write' })
  if (status >= 200 && status < 300) return
  const vendorCode = `HTTP ${status}`
  if (status === 410) throw new GatewayError('denied', 'the webhook says that it is gone', { vendorCode })
  const seconds = Number(answered['retry-after'])
  if (status === 429 || status === 503)
    throw new GatewayError('throttled', 'the webhook wants the call later', {
      vendorCode,
      ...(seconds > 0 && { retryAfterMs: seconds * 1000 }),
    })
  throw new GatewayError('transient', 'the webhook did not take the call', { vendorCode })
}

/**
 * `t=<seconds since 1970>,v1=<HMAC-SHA-256 in hex over "<seconds>.<body>">`. Whoever receives it computes the same with the source's secret, compares
 * in constant time, and refuses what is older than a few minutes.
 */
export function sign(secret: string, seconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
