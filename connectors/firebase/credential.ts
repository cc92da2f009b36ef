/**
 * Access tokens of a service account. The SDK's own credentials are kept in a table of the whole process with the first caller's connections, and
 * would be asked for once per process; ours go the target's way out, and are shared sealed.
 */
import { createSign } from 'node:crypto'
import type { TargetCache } from '#core/cache.ts'
import type { Egress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import { jsonOf, requireIssuer, session, type Authorization } from '#connectors/kit/http-authorization.ts'
import * as v from 'valibot'
import { readKeyFile, type FirebaseConfig, type ServiceAccount } from './config.ts'
import { phrases } from './phrases.ts'

/** What an emulator takes for an administrator. */
const ownerOfEmulator = 'owner'

export interface CredentialOptions {
  readonly config: Pick<FirebaseConfig, 'serviceAccount'>
  readonly egress: Pick<Egress, 'send'>
  readonly cache: TargetCache
}

/** The bare token is in the header that it is sent with, named `token`. */
export function credentialOf({ config, egress, cache }: CredentialOptions): Authorization {
  const serviceAccount = config.serviceAccount === null ? null : readKeyFile(config.serviceAccount)
  if (serviceAccount === null) return { headers: async () => ({ token: ownerOfEmulator }), renew: async () => false }
  const login = (signal: AbortSignal) => askToken(serviceAccount, egress, signal)
  return session({ cache, key: serviceAccount.client_email, login, toHeaders: (token) => ({ token }) })
}

const scope = 'https://www.googleapis.com/auth/identitytoolkit'
const TokenAnswer = v.object({ access_token: v.pipe(v.string(), v.nonEmpty()), expires_in: v.optional(v.number(), 3_600) })
const Refusal = v.object({ error: v.pipe(v.string(), v.regex(/^\w{1,40}$/)) })

/** RFC 7523 §2.1: an assertion that is signed with the account's key, for a token of an hour. */
async function askToken(account: ServiceAccount, egress: Pick<Egress, 'send'>, signal: AbortSignal) {
  const answer = await egress.send({
    ...{ method: 'POST', url: account.token_uri, effect: 'read', signal },
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionOf(account, Math.floor(Date.now() / 1_000)),
    }).toString(),
  })
  requireIssuer(answer, 'Google')
  const { status, text } = answer
  const token = status === 200 ? v.safeParse(TokenAnswer, jsonOf(text)) : null
  if (token?.success === true)
    return { token: token.output.access_token, ttlMs: Math.max(0, token.output.expires_in - 60) * 1_000 }
  const refusal = v.safeParse(Refusal, jsonOf(text))
  throw new GatewayError('auth', 'asking for an access token: the service account or its key is refused', {
    sent: 'no',
    vendorCode: refusal.success ? `HTTP ${status} ${refusal.output.error}` : `HTTP ${status}`,
    hint: phrases.keyAndClock,
  })
}

function assertionOf(account: ServiceAccount, now: number): string {
  const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const { client_email: issuer, token_uri: audience, private_key_id: kid } = account
  const header = encoded({ alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
  const signed = `${header}.${encoded({ iss: issuer, scope, aud: audience, iat: now, exp: now + 3_600 })}`
  try {
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(account.private_key, 'base64url')}`
  } catch {
    throw new GatewayError('config', 'the private key of the service account cannot be read', {
      sent: 'no',
      hint: phrases.pasteKey,
    })
  }
}
