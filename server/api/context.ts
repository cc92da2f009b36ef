/** What the middlewares put on a call for the routes behind them, and the two ways in: credentials and cookie. */
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import { GatewayError } from '#core/errors.ts'
import { isAllowed, type Actor, type Right } from '../auth/policy.ts'
import type { Credentials } from '../auth/credentials.ts'
import type { Sessions } from '../auth/sessions.ts'

export interface Env {
  Variables: { actor: Actor | null }
}

/** `__Host-` binds the cookie to this host over TLS; browsers refuse that name over plain http. */
export const cookieName = (c: Context) => (isSecure(c) ? '__Host-passerelle' : 'passerelle')
/**
 * How the caller reached us: the dispatcher sets these headers on whatever comes over the network, so nobody else can; calls within the
 * process (the dashboard's) have the outer address in their URL.
 */
export const isSecure = (c: Context) =>
  (c.req.header('x-forwarded-proto') ?? new URL(c.req.url).protocol.slice(0, -1)) === 'https'
const hostOf = (c: Context) => c.req.header('x-forwarded-host') ?? new URL(c.req.url).host

const changing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Finds out who calls. Wrong credentials are refused here; none at all is left to `may`. */
export function authenticate({ credentials, sessions }: { credentials: Credentials; sessions: Sessions }) {
  return createMiddleware<Env>(async (c, next) => {
    const header = c.req.header('Authorization')
    const token = getCookie(c, cookieName(c))
    c.set('actor', null)
    if (header !== undefined) {
      const source = await credentials.authenticate(header)
      if (source === null) throw new GatewayError('unauthenticated', 'the credentials are not right')
      c.set('actor', { kind: 'source', name: source })
    } else if (token !== undefined) {
      if (changing.has(c.req.method)) requireSameOrigin(c)
      c.set('actor', await sessions.find(token))
    }
    await next()
  })
}

/** A cookie is sent by the browser whoever asks for it; what changes something must come from our own pages. */
export function requireSameOrigin(c: Context): void {
  const site = c.req.header('Sec-Fetch-Site')
  const origin = c.req.header('Origin')
  const isOurs = site === undefined ? origin === undefined || sameHost(origin, c) : site === 'same-origin' || site === 'none'
  if (!isOurs) throw new GatewayError('forbidden', 'changes must come from the gateway’s own pages')
}

function sameHost(origin: string, c: Context): boolean {
  return URL.canParse(origin) && new URL(origin).host === hostOf(c)
}

/** Lets through who has the right; the others get 401 when nobody is known, else 403. */
export function may(right: Right) {
  return createMiddleware<Env>(async (c, next) => {
    const { actor } = c.var
    if (actor === null) throw new GatewayError('unauthenticated', 'this needs an API key, HTTP Basic credentials or a login')
    if (!isAllowed(actor, right)) throw new GatewayError('forbidden', `this needs the right ${right}`)
    await next()
  })
}

/** The actor of a route behind `may`. */
export function actorOf(c: Context<Env>): Actor {
  const { actor } = c.var
  if (actor === null) throw new GatewayError('unauthenticated', 'nobody is logged in')
  return actor
}
