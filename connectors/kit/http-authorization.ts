/** How calls over HTTP say who makes them. What expires is renewed once, when the system says that it does not let us in. */
import type { TargetCache } from '#core/cache.ts'
import type { Egress, EgressAnswer } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import * as v from 'valibot'
import { meaningOfStatus, retryAfter } from './http.ts'
import { kitPhrases } from './phrases.ts'

type Headers = Readonly<Record<string, string>>

export interface Authorization {
  /** What to send with a call. Throws `auth`, or what reaching the issuer throws. */
  headers(signal: AbortSignal): Promise<Headers>
  /** After a 401 to `used`: whether `headers` now says something else. */
  renew(used: Headers, signal: AbortSignal): Promise<boolean>
}

/** Headers that never change: an API key, a long-lived token, nothing at all. */
export function fixedHeaders(headers: Headers = {}): Authorization {
  return { headers: async () => headers, renew: async () => false }
}

/** RFC 7617, in UTF-8. */
export function basic(user: string, password: string): Authorization {
  return fixedHeaders({ Authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` })
}

export const bearer = (token: string): Authorization => fixedHeaders({ Authorization: `Bearer ${token}` })

export interface SessionOptions {
  readonly cache: TargetCache
  /** Tells this session from others of the target. */
  readonly key: string
  /** Logs in; milliseconds for which the token holds. */
  readonly login: (signal: AbortSignal) => Promise<{ readonly token: string; readonly ttlMs: number }>
  /** By default a bearer token. */
  readonly toHeaders?: (token: string) => Headers
}

/** A token that is had by logging in, shared by all processes for as long as it holds. */
export function session({ cache, key, login, toHeaders = bearerHeaders }: SessionOptions): Authorization {
  const current = (signal: AbortSignal) =>
    cache.get({ kind: 'token', key, load: () => login(signal), ttlMs: ({ ttlMs }) => ttlMs })
  const headers = async (signal: AbortSignal) => toHeaders((await current(signal)).token)
  return {
    headers,
    async renew(used, signal) {
      // Another job, here or elsewhere, may have renewed it already.
      const known = await headers(signal)
      if (JSON.stringify(known) === JSON.stringify(used)) await cache.forget('token', key)
      return true
    },
  }
}

const bearerHeaders = (token: string) => ({ Authorization: `Bearer ${token}` })

export interface ClientCredentials {
  readonly egress: Pick<Egress, 'send'>
  readonly cache: TargetCache
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string | null
}

const TokenAnswer = v.object({ access_token: v.pipe(v.string(), v.nonEmpty()), expires_in: v.optional(v.number(), 60) })

/** OAuth 2.0 client credentials (RFC 6749 §4.4), the client authenticated by HTTP Basic (§2.3.1). */
export function clientCredentials(options: ClientCredentials): Authorization {
  const { cache, tokenUrl, clientId, scope } = options
  return session({ cache, key: `${tokenUrl} ${clientId} ${scope ?? ''}`, login: (signal) => askToken(options, signal) })
}

async function askToken({ egress, tokenUrl, clientId, clientSecret, scope }: ClientCredentials, signal: AbortSignal) {
  const answer = await egress.send({
    method: 'POST',
    url: tokenUrl,
    effect: 'read',
    signal,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      Authorization: `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }).toString(),
  })
  requireIssuer(answer, 'the issuer')
  const { status } = answer
  const vendorCode = `HTTP ${status}`
  if (status === 404 || (status >= 300 && status < 400))
    throw new GatewayError('config', 'asking for an access token: there is no issuer of tokens at the address', {
      sent: 'no',
      vendorCode,
      hint: kitPhrases.tokenUrl,
    })
  const token = status === 200 ? v.safeParse(TokenAnswer, jsonOf(answer.text)) : null
  if (token === null || !token.success)
    throw new GatewayError('auth', 'asking for an access token: the client or its secret is refused', {
      sent: 'no',
      vendorCode,
      hint: kitPhrases.clientSecret,
    })
  const seconds = token.output.expires_in
  // It must still hold when it arrives.
  return { token: token.output.access_token, ttlMs: (seconds - Math.min(10, seconds * 0.2)) * 1_000 }
}

/** Throws `throttled`, with the time that whoever issues tokens asks for, or `transient`, when it is not there for us now. */
export function requireIssuer({ status, headers }: Pick<EgressAnswer, 'status' | 'headers'>, issuer: string): void {
  if (status !== 429 && status < 500) return
  const { code } = meaningOfStatus({ status, headers }, 'read')
  const retryAfterMs = retryAfter(headers['retry-after'])
  throw new GatewayError(
    code === 'throttled' ? 'throttled' : 'transient',
    `asking for an access token: ${issuer} is not available`,
    { sent: 'no', vendorCode: `HTTP ${status}`, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
  )
}

const formEncoded = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')

/** Null for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
