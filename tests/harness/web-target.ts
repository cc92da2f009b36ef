/**
 * A target that misbehaves on command: a real HTTP server with accounts, which can be slow, silent, down, or have enough of us (429 with
 * Retry-After); and the connector that speaks to it. It keeps when it was called for what, so that a test can look for herds. One server holds
 * any number of targets, by the first part of the path.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { defineConnector, everyChange, type Driver } from '#connectors/kit/connector.ts'

/** ok; down: 503; readOnly: 503 for writes; silent: takes the call and never answers; throttling: 429; refusing: 422 for everybody's data. */
export type Mood = 'ok' | 'down' | 'readOnly' | 'silent' | 'throttling' | 'refusing'

export interface WebCall {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly method: string
  readonly login: string
  readonly status: number | null
  /** What a write asked for. */
  readonly title: string | null
}

export interface WebTarget {
  mood: Mood
  /** Seconds of Retry-After while throttling; none when null. */
  retryAfter: number | null
  latencyMs: number
  /** No call is answered before this. */
  answersAfter: Promise<void> | null
  /** Calls in a second of the clock; the others get 429. No limit when null. */
  quota: number | null
  readonly calls: WebCall[]
  /** The greatest number of calls that were under way together. */
  mostAtOnce: number
  readonly accounts: ReadonlyMap<string, Account>
}

export interface WebTargets extends AsyncDisposable {
  readonly url: string
  target(name: string): WebTarget
}

interface Held extends WebTarget {
  readonly accounts: Map<string, Account>
  underWay: number
}

export async function openWebTargets(): Promise<WebTargets> {
  const all = new Map<string, Held>()
  const held = (name: string) => {
    const known: Held = all.get(name) ?? {
      mood: 'ok',
      retryAfter: 1,
      latencyMs: 0,
      answersAfter: null,
      quota: null,
      calls: [],
      mostAtOnce: 0,
      underWay: 0,
      accounts: new Map(),
    }
    all.set(name, known)
    return known
  }
  const server = createServer((request, response) => {
    const [, name = '', login = ''] = (request.url ?? '').split('/').map(decodeURIComponent)
    const target = held(name)
    target.mostAtOnce = Math.max(target.mostAtOnce, ++target.underWay)
    response.once('close', () => target.underWay--)
    void answer(target, login, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: held,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      // In this order: a connection that came in between would keep it open.
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(target: Held, login: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? ''
  const body = method === 'GET' || method === 'DELETE' ? null : (JSON.parse(await text(request)) as Account)
  if (target.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, target.latencyMs))
  await target.answersAfter
  const usual = statusOf(target, login, method)
  const mood = target.mood === 'ok' && isOverQuota(target) ? 'throttling' : target.mood
  const status = { ok: usual, down: 503, readOnly: method === 'GET' ? usual : 503, silent: null, throttling: 429, refusing: 422 }[
    mood
  ]
  const title = body === null ? null : String(body.attributes['title']?.[0] ?? '')
  target.calls.push({ at: Date.now(), method, login, status, title })
  if (status === null) return
  if (status === 429 && target.retryAfter !== null) response.setHeader('Retry-After', String(target.retryAfter))
  if (status === 200 && body !== null) target.accounts.set(login, body)
  if (status === 200 && method === 'DELETE') target.accounts.delete(login)
  response.writeHead(status).end(status === 200 ? JSON.stringify(target.accounts.get(login) ?? null) : '')
}

function isOverQuota({ quota, calls }: Held): boolean {
  const second = Math.floor(Date.now() / 1_000) * 1_000
  return quota !== null && calls.filter(({ at, status }) => at >= second && status !== 429).length >= quota
}

function statusOf(target: Held, login: string, method: string): number {
  if (method === 'POST') return target.accounts.has(login) ? 409 : 200
  return target.accounts.has(login) ? 200 : 404
}

export const web = defineConnector({
  id: 'web',
  title: { en: 'Web system', fr: 'Système web' },
  config: v.strictObject({ url: v.string(), timeoutMs: v.optional(v.number(), 3_000) }),
  capabilities: {
    ...{
      undo: everyChange('exact'),
      idempotent: everyChange('native'),
      memberships: 'account',
      conditionalWrite: everyChange('none'),
      nativeId: 'id',
    },
    ...{ concurrency: 50, deadlineMs: 10_000 },
  },
  connect: ({ url, timeoutMs }) => ({
    open: async ({ signal }) => createDriver(url, timeoutMs, signal),
    settlesWithinMs: timeoutMs,
    [Symbol.asyncDispose]: async () => {},
  }),
})

/** The same system, from which nothing that was made or changed can be taken back: a mailing, say. */
export const oneWay = defineConnector({
  ...web,
  id: 'one-way',
  title: { en: 'Web system without return', fr: 'Système web sans retour' },
  capabilities: { ...web.capabilities, undo: { ...everyChange('exact'), create: 'none', update: 'none' } },
})

/** The same system, whose kind is known for a quota. */
export const metered = defineConnector({
  ...web,
  id: 'metered',
  title: { en: 'Web system with a quota', fr: 'Système web à quota' },
  capabilities: { ...web.capabilities, rate: { max: 4, perMs: 500 } },
})

function createDriver(url: string, timeoutMs: number, signal: AbortSignal): Driver {
  const unsupported = () => {
    throw new GatewayError('unsupported', 'nobody needs this here')
  }
  async function call(method: string, login: string, body?: Account): Promise<Account | null> {
    const response = await fetch(`${url}/${encodeURIComponent(login)}`, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      if (method === 'GET') throw new GatewayError('transient', 'the system did not answer', { cause, sent: 'no' })
      throw new GatewayError('unknown_outcome', 'the system took the call and did not answer', { cause, sent: 'maybe' })
    })
    if (response.ok) return (await response.json()) as Account | null
    await response.body?.cancel()
    throw toError(response)
  }
  const find = (login: string) =>
    call('GET', login).catch((error: unknown) => {
      if (error instanceof GatewayError && error.code === 'not_found') return null
      throw error
    })
  return {
    find: ({ nativeId, correlate }) => find(nativeId ?? String(correlate['login']?.[0])),
    async create({ attributes, memberships, enabled }) {
      const login = String(attributes['login']?.[0])
      await call('POST', login, { nativeId: login, label: login, enabled, attributes, memberships })
      return { nativeId: login, label: login }
    },
    async modify(current, writes) {
      const attributes = { ...current.attributes }
      for (const { attribute, after } of writes.attributes) attributes[attribute] = after
      await call('PUT', current.nativeId, { ...current, attributes, enabled: writes.enabled?.after ?? current.enabled })
    },
    async remove(current) {
      await call('DELETE', current.nativeId)
    },
    async restore(account) {
      await call('POST', account.nativeId, account)
      return { nativeId: account.nativeId, label: account.label }
    },
    holdsSecret: async () => null,
    testConnection: unsupported,
    discoverSchema: unsupported,
    list: unsupported,
    [Symbol.asyncDispose]: async () => {},
  }
}

function toError({ status, headers }: Response): GatewayError {
  const vendorCode = `HTTP ${status}`
  if (status === 404) return new GatewayError('not_found', 'there is no such account', { sent: 'yes', vendorCode })
  if (status === 409) return new GatewayError('exists', 'the account exists already', { sent: 'yes', vendorCode })
  if (status === 422) return new GatewayError('invalid', 'the system refuses this data', { sent: 'yes', vendorCode })
  if (status !== 429) return new GatewayError('transient', 'the system is not available', { sent: 'yes', vendorCode })
  const asked = headers.get('Retry-After')
  return new GatewayError('throttled', 'the system has had enough of us', {
    sent: 'yes',
    vendorCode,
    ...(asked === null ? {} : { retryAfterMs: Number(asked) * 1000 }),
  })
}

/** Rules for so many targets of this kind: everybody has an account in the targets that their `targets` attribute names. */
export function webRules(names: readonly string[]): unknown {
  const attributes = Object.fromEntries(['login', 'title'].map((name) => [name, name]))
  return {
    name: 'default',
    identity: { displayName: 'login' },
    targets: Object.fromEntries(
      names.map((name) => [name, { when: `'${name}' in targets`, correlate: { login: 'login' }, attributes }]),
    ),
  }
}

/** The targets' configuration; `more` is what a test says of one of them besides, such as its breaker. */
export function webConfiguration(
  { url }: WebTargets,
  names: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, { connector: web.id, config: { url: `${url}/${name}` }, ...more }]))
}
