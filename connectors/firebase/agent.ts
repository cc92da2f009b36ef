/**
 * The way out of Firebase's SDK, which has neither deadlines of ours nor a way to be interrupted, and repeats calls by itself for up to 132 s even
 * where the first one had its effect. Its connections are opened by the target's egress, and each of its requests belongs to a call of ours that
 * ends it: a write whose answer is lost is never sent again.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Egress, EgressCall } from '#core/egress.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { meaningOfStatus, retryAfter } from '#connectors/kit/http.ts'
import { google } from './config.ts'

/** One call of ours, and what is known of the requests that the SDK makes for it. */
export interface Watch {
  readonly doing: string
  readonly effect: EgressCall['effect']
  readonly signal: AbortSignal
  /** Rejects as soon as the outcome is known to be a failure, or can no longer be known. */
  readonly failed: Promise<never>
  /** From here on the other side may have received something. */
  sent: boolean
  /** A change was answered with success; the SDK then reads the user, for which we have no use. */
  isWritten: boolean
  /** Of the last answer. */
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null
  /** What is asked after this belongs to nobody. */
  isOver: boolean
  fail(error: unknown): void
}

export type WatchOptions = Pick<Watch, 'doing' | 'effect' | 'signal'>

export function createWatch({ doing, effect, signal }: WatchOptions): Watch {
  const { promise, reject } = Promise.withResolvers<never>()
  // Whoever waits for the call hears of it; after the call nobody waits.
  promise.catch(() => undefined)
  return {
    ...{ doing, effect, signal, failed: promise, sent: false, isWritten: false, answer: null, isOver: false },
    fail(error) {
      if (this.isOver) return
      this.isOver = true
      reject(toLoss(error, this))
    },
  }
}

function toLoss(error: unknown, { doing, effect, sent }: Watch): GatewayError {
  if (isGatewayError(error)) return error
  const { code } = (error ?? {}) as { code?: unknown }
  const details = typeof code === 'string' ? { vendorCode: code } : {}
  if (!sent) return new GatewayError('transient', `${doing}: Firebase could not be reached in time`, { sent: 'no', ...details })
  if (effect === 'read') return new GatewayError('transient', `${doing}: Firebase did not answer`, { sent: 'no', ...details })
  return new GatewayError('unknown_outcome', `${doing}: Firebase took the call and did not answer`, { sent: 'maybe', ...details })
}

export interface SdkAgent {
  /** What the SDK is given as its `httpAgent`. */
  readonly agent: Agent
  /** Runs what calls the SDK; its requests are the watch's. */
  run<Result>(watch: Watch, call: () => Promise<Result>): Promise<Result>
  close(): void
}

/** @param url where the calls go that the SDK addresses to Google: Google itself, or an emulator */
export function createSdkAgent(egress: Pick<Egress, 'connect'>, url: string): SdkAgent {
  const watches = new AsyncLocalStorage<Watch>()
  const agent = new WatchedAgent(egress, url, () => watches.getStore())
  return {
    agent,
    async run(watch, call) {
      const end = () => watch.fail(watch.signal.reason)
      watch.signal.addEventListener('abort', end, { once: true })
      if (watch.signal.aborted) end()
      try {
        return await watches.run(watch, () => Promise.race([call(), watch.failed]))
      } finally {
        watch.signal.removeEventListener('abort', end)
        watch.isOver = true
      }
    },
    close: () => agent.destroy(),
  }
}

type Opened = (error: Error | null, stream: Duplex) => void

/** Servers close idle connections after five seconds or more: a write on one that is just being closed would be lost. */
const idleMs = 4_000

class WatchedAgent extends Agent {
  readonly #egress: Pick<Egress, 'connect'>
  readonly #url: string
  readonly #current: () => Watch | undefined

  constructor(egress: Pick<Egress, 'connect'>, url: string, current: () => Watch | undefined) {
    super({ keepAlive: true, maxFreeSockets: 16, timeout: idleMs })
    this.#egress = egress
    this.#url = url
    this.#current = current
  }

  /** Node calls it with each new request, before anything of it is written. */
  addRequest(request: ClientRequest, options: unknown): void {
    const watch = this.#current()
    if (watch === undefined || watch.isOver) {
      request.destroy(new Error('nobody waits for this call any more'))
      return
    }
    // An emulator serves all of Google's services, each below its name.
    if (this.#url !== google) {
      request.path = `/${new URL(google).host}${request.path}`
      request.setHeader('Host', new URL(this.#url).host)
    }
    follow(request, watch)
    ;(Agent.prototype as unknown as Pick<WatchedAgent, 'addRequest'>).addRequest.call(this, request, options)
  }

  override createConnection(_options: unknown, opened?: Opened): undefined {
    void this.#open(opened)
    return undefined
  }

  async #open(opened?: Opened): Promise<void> {
    let socket: Socket
    try {
      socket = await this.#egress.connect(this.#url)
    } catch (error) {
      // With an error there is no connection, whatever the type says.
      return (opened as ((error: unknown) => void) | undefined)?.(error)
    }
    opened?.(null, socket)
  }
}

function follow(request: ClientRequest, watch: Watch): void {
  void watch.failed.catch(() => request.destroy())
  request.once('socket', () => (watch.sent = true))
  request.once('error', (error: Error & { readonly code?: string }) => {
    // The server closed the connection while it rested. What only reads is asked again, by the SDK itself.
    if (watch.effect === 'read' && request.reusedSocket && error.code === 'ECONNRESET') return
    watch.fail(error)
  })
  request.once('response', (response) => followAnswer(response, watch))
}

function followAnswer(response: IncomingMessage, watch: Watch): void {
  const { statusCode: status = 0 } = response
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  watch.answer = { status, headers }
  if (watch.effect === 'write' && status >= 200 && status < 300) watch.isWritten = true
  // The SDK would wait for so long and try again: it tries at once instead, and is refused.
  if (status === 503) {
    delete response.headers['retry-after']
    watch.fail(unavailable(watch, headers))
  }
  // The SDK says nothing of an answer that ends too early, and waits for ever.
  response.once('close', () => {
    if (!response.complete) watch.fail(null)
  })
}

function unavailable({ doing, effect }: Watch, headers: Readonly<Record<string, string>>): GatewayError {
  const { code, text } = meaningOfStatus({ status: 503, headers }, effect)
  const retryAfterMs = retryAfter(headers['retry-after'])
  const details = { sent: 'yes', vendorCode: 'HTTP 503' } as const
  return new GatewayError(code, `${doing}: ${text}`, retryAfterMs === null ? details : { ...details, retryAfterMs })
}
