/**
 * The one place from which the gateway calls other systems over HTTP: connectors, webhooks, keys of token issuers, language models. It calls
 * judged addresses only (`egress-address.ts`), follows no redirect, uses no proxy of the environment, checks certificates, and every call
 * ends in time and within a size. It says of each failure whether anything was sent: what happens next depends on it.
 */
import {
  Agent as HttpAgent,
  request as requestHttp,
  type AgentOptions,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import axios, { type AxiosResponse } from 'axios'
import { createAddressRules } from './egress-address.ts'
import {
  openTcp,
  resolveAllowed,
  secured,
  systemResolve,
  vendorCodeOf,
  type ConnectionOptions,
  type Origin,
  type Resolve,
} from './egress-connection.ts'
import { egressPhrases } from './egress-phrases.ts'
import { GatewayError, isGatewayError } from './errors.ts'

export interface EgressOptions {
  /** Addresses and networks that may be called although they are this machine, link-local or the like. */
  readonly allow?: readonly string[]
  /** PEM, when the public authorities do not know the certificates. */
  readonly ca?: string | null
  /** Whether http:// is allowed to other machines. */
  readonly allowClearText?: boolean
  readonly connectTimeoutMs?: number
  /** For a whole call, its connection included. */
  readonly timeoutMs?: number
  readonly maxAnswerBytes?: number
  /** By default the system's resolver. */
  readonly resolve?: Resolve
}

export interface EgressCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether losing the answer leaves open what happened. A search by POST is a read. */
  readonly effect: 'read' | 'write'
  readonly signal?: AbortSignal
  /** Less than the egress allows. */
  readonly timeoutMs?: number
}

export interface EgressAnswer {
  /** Any status, redirects included. */
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** cut: the connection ended, or the time was over, within the body; too_large: the rest was not read. */
  readonly end: 'whole' | 'cut' | 'too_large'
}

export interface Egress extends AsyncDisposable {
  /**
   * Resolves with whatever was answered. Throws GatewayError with `sent`: `config` for what is not called, a certificate or a wrong URL;
   * `invalid` for a header that cannot be sent; `transient` when nothing was sent, or a read was lost; `unknown_outcome` when a write was.
   */
  send(call: EgressCall): Promise<EgressAnswer>
  /** A connection for libraries that speak HTTP themselves, to a judged address, encrypted for https; `config` or `transient`, nothing sent. */
  connect(url: string): Promise<Socket>
  /** Tries what comes before the first request, each up to its own end; the same errors. */
  readonly reach: {
    name(url: string): Promise<string>
    tcp(url: string): Promise<void>
    /** The protocol that was agreed on, such as TLSv1.3. */
    tls(url: string): Promise<string>
  }
}

const standard = { connectTimeoutMs: 5_000, timeoutMs: 15_000, maxAnswerBytes: 10_000_000 } as const
/** Servers close idle connections after five seconds or more: a write on one that is just being closed would be lost. */
const idleMs = 4_000

export function createEgress({ allow = [], ca = null, allowClearText = false, ...options }: EgressOptions = {}): Egress {
  const { connectTimeoutMs = standard.connectTimeoutMs, timeoutMs = standard.timeoutMs } = options
  const { maxAnswerBytes = standard.maxAnswerBytes, resolve = systemResolve } = options
  const connections = { rules: createAddressRules(allow), resolve, ca, connectTimeoutMs, allowClearText }
  const agents = createAgents(connections)

  async function attempt(call: EgressCall): Promise<EgressAnswer> {
    const signal = AbortSignal.any([AbortSignal.timeout(call.timeoutMs ?? timeoutMs), ...(call.signal ? [call.signal] : [])])
    const progress: Progress = { request: null, sent: false }
    try {
      const response = await axios.request<Readable>({
        ...fixed,
        ...agents,
        transport: watched(progress),
        url: call.url,
        method: call.method,
        headers: { 'User-Agent': 'passerelle', ...call.headers },
        ...(call.body === undefined ? {} : { data: call.body }),
        signal,
      })
      return await toAnswer(response, maxAnswerBytes)
    } catch (error) {
      // The server closed the connection while it rested. What only reads may simply be asked again, on a new connection at the latest.
      if (call.effect === 'read' && !signal.aborted && progress.request?.reusedSocket === true) return attempt(call)
      throw toError(error, call, progress.sent)
    }
  }

  return {
    async send(call) {
      originOf(call.url)
      refuseHeaders(call.headers ?? {})
      return attempt(call)
    },
    connect: async (url) => open(originOf(url), connections),
    reach: {
      name: async (url) => (await resolveAllowed(originOf(url), connections)).join(', '),
      tcp: async (url) => void (await openTcp(originOf(url), connections)).destroy(),
      async tls(url) {
        const origin = originOf(url)
        const socket = await secured(await openTcp(origin, connections), origin, connections)
        const protocol = socket.getProtocol() ?? 'TLS'
        socket.destroy()
        return protocol
      },
    },
    async [Symbol.asyncDispose]() {
      agents.close()
    },
  }
}

/** Everything that a library could do unasked is switched off here. */
const fixed = {
  maxRedirects: 0,
  proxy: false,
  responseType: 'stream',
  decompress: true,
  maxBodyLength: Infinity,
  validateStatus: () => true,
  transformResponse: [] as never[],
} as const

interface Progress {
  request: ClientRequest | null
  /** From here on the other side may have received something. */
  sent: boolean
}

type RequestOptions = Parameters<typeof requestHttp>[0] & { readonly protocol?: string | null }

/** Node's own requests, watched: a request has a socket only once its connection stands. */
function watched(progress: Progress) {
  return {
    request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
      const request = (options.protocol === 'https:' ? requestHttps : requestHttp)(options, onResponse)
      progress.request = request
      request.once('socket', () => (progress.sent = true))
      return request
    },
  }
}

/** Agents whose connections are all opened here; what comes when nobody wants it any more is closed. */
function createAgents(options: ConnectionOptions) {
  let closed = false
  const opening = (tls: boolean) => (wanted: { host?: string; port?: number | string }, done: Done) => {
    const socket = open({ host: wanted.host ?? '', port: Number(wanted.port), tls }, options)
    void settle(socket, (error, opened) => {
      if (closed) opened?.destroy()
      done(error, opened)
    })
    return undefined
  }
  const kept: AgentOptions = { keepAlive: true, maxFreeSockets: 16, timeout: idleMs }
  const httpAgent = Object.assign(new HttpAgent(kept), { createConnection: opening(false) })
  const httpsAgent = Object.assign(new HttpsAgent(kept), { createConnection: opening(true) })
  return {
    httpAgent,
    httpsAgent,
    close() {
      closed = true
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

type Done = (error: Error | null, socket?: Socket) => void

async function settle(opening: Promise<Socket>, done: Done): Promise<void> {
  let socket: Socket
  try {
    socket = await opening
  } catch (error) {
    return done(error as Error)
  }
  done(null, socket)
}

async function open(origin: Origin, options: ConnectionOptions): Promise<Socket> {
  const socket = await openTcp(origin, options)
  return origin.tls ? secured(socket, origin, options) : socket
}

/** Throws `config` for anything but an http(s) URL without a user in it. */
function originOf(text: string): Origin {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new GatewayError('config', 'an address that is to be called is no http:// or https:// URL, or has a user in it', {
      sent: 'no',
      hint: egressPhrases.bareUrl,
    })
  const tls = url.protocol === 'https:'
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? (tls ? 443 : 80) : Number(url.port), tls }
}

/** A line break in a header would be another header. */
function refuseHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue
    throw new GatewayError('invalid', `the header ${name.replace(/[^\w-]/g, '?')} holds characters that no header can hold`, {
      sent: 'no',
      hint: egressPhrases.header,
    })
  }
}

async function toAnswer({ status, headers, data }: AxiosResponse<Readable>, maxBytes: number): Promise<EgressAnswer> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  return { status, headers: Object.fromEntries(entries), ...(await readBody(data, maxBytes)) }
}

async function readBody(stream: Readable, maxBytes: number): Promise<Pick<EgressAnswer, 'text' | 'end'>> {
  const chunks: Buffer[] = []
  let size = 0
  let end: EgressAnswer['end'] = 'whole'
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) {
        end = 'too_large'
        break
      }
      chunks.push(chunk)
    }
  } catch {
    end = 'cut'
  }
  return { text: Buffer.concat(chunks).toString('utf8'), end }
}

function toError(error: unknown, { url, effect }: EgressCall, sent: boolean): GatewayError {
  const ours = gatewayErrorIn(error)
  if (ours !== null) return ours
  const { host } = new URL(url)
  const details = vendorCodeOf((error as { cause?: unknown }).cause ?? error)
  if (!sent) return new GatewayError('transient', `${host} could not be reached in time`, { sent: 'no', ...details })
  if (effect === 'read') return new GatewayError('transient', `${host} did not answer`, { sent: 'no', ...details })
  return new GatewayError('unknown_outcome', `${host} took the call and did not answer`, { sent: 'maybe', ...details })
}

function gatewayErrorIn(error: unknown): GatewayError | null {
  if (isGatewayError(error)) return error
  return error instanceof Error && error.cause !== undefined ? gatewayErrorIn(error.cause) : null
}
