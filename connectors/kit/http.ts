/**
 * HTTP for connectors, on top of the gateway's one way out. It turns every answer that is no success into an error of the closed list with what
 * is known of its effect, so that a connector only adds what its vendor says differently. Each call has a deadline and ends with its job.
 */
import type { Egress, EgressAnswer, EgressCall } from '#core/egress.ts'
import { GatewayError, type ConnectorCode } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { Authorization } from './http-authorization.ts'
import { kitPhrases } from './phrases.ts'

export interface HttpCall {
  /** For messages: "creating the user". */
  readonly doing: string
  readonly method: EgressCall['method']
  /** Below the base URL, made with `path`. */
  readonly path: string
  /** What has no value is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>
  /** By default GET reads, and everything else writes. */
  readonly effect?: EgressCall['effect']
  /** Statuses that are answers to the caller, although they are no success. */
  readonly also?: readonly number[]
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Undefined when there was none, or when it could not be read to its end. */
  readonly json: unknown
}

/** What an answer means; the rest of the error is the same for all. */
export interface Meaning {
  readonly code: ConnectorCode
  readonly text: string
  readonly hint?: Phrase
  /** Beside the status; never a text of the vendor, which may quote values. */
  readonly vendorCode?: string
}

export interface HttpClient {
  /**
   * Resolves with a 2xx (or one of `also`). Otherwise throws: what `meaningOf` says, else what the status means; `auth` when a 401 stays after the
   * credentials were renewed once. A 2xx to a write is a success although its body was cut.
   */
  call(call: HttpCall): Promise<HttpAnswer>
}

export interface HttpClientOptions {
  readonly baseUrl: string
  readonly egress: Pick<Egress, 'send'>
  readonly authorization: Authorization
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>
  /** What JSON is sent as; application/json by default. */
  readonly contentType?: string
  /** What the vendor says differently from HTTP; null: what the status says. Lives in the connector's `errors.ts`. */
  readonly meaningOf?: (answer: HttpAnswer, call: HttpCall) => Meaning | null
  readonly timeoutMs?: number
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { egress, authorization } = options

  async function once(call: HttpCall, credentials: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const answer = await egress.send(toEgressCall(call, options, credentials))
    return readAnswer(answer, call)
  }

  return {
    async call(call) {
      const credentials = await authorization.headers(call.signal)
      let answer = await once(call, credentials)
      // Who is not let in has changed nothing: the call may be made again.
      if (answer.status === 401 && (await authorization.renew(credentials, call.signal)))
        answer = await once(call, await authorization.headers(call.signal))
      if (isSuccess(answer) || call.also?.includes(answer.status) === true) return answer
      throw toError(answer, call, options.meaningOf?.(answer, call) ?? null)
    },
  }
}

/**
 * A path in which each value is one segment, encoded: `` path`/users/${id}/groups` ``. Throws `invalid` for what would leave its place (`..`, nothing).
 */
export function path(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return texts.map((text, index) => text + (index < values.length ? segment(String(values[index])) : '')).join('')
}

/** One value as one segment of a path. */
export function segment(value: string): string {
  if (value !== '' && value !== '.' && value !== '..' && value.isWellFormed()) return encodeURIComponent(value)
  throw new GatewayError('invalid', 'a value that is to stand in an address is empty, or not one step of a path', {
    sent: 'no',
    hint: kitPhrases.cleanValue,
  })
}

export const effectOf = ({ effect, method }: Pick<HttpCall, 'effect' | 'method'>): EgressCall['effect'] =>
  effect ?? (method === 'GET' ? 'read' : 'write')

function toEgressCall(call: HttpCall, options: HttpClientOptions, credentials: Readonly<Record<string, string>>): EgressCall {
  const url = new URL(options.baseUrl.replace(/\/+$/, '') + call.path)
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) url.searchParams.append(name, String(value))
  const body = bodyOf(call, options.contentType ?? 'application/json')
  return {
    method: call.method,
    url: url.href,
    effect: effectOf(call),
    signal: call.signal,
    headers: { Accept: 'application/json', ...options.headers, ...body.headers, ...call.headers, ...credentials },
    ...(body.text === undefined ? {} : { body: body.text }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  }
}

function bodyOf(
  { json, form }: HttpCall,
  contentType: string,
): { readonly text?: string; readonly headers: Readonly<Record<string, string>> } {
  if (json !== undefined) return { text: JSON.stringify(json), headers: { 'Content-Type': contentType } }
  if (form === undefined) return { headers: {} }
  return { text: new URLSearchParams(form).toString(), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }
}

const isSuccess = ({ status }: Pick<HttpAnswer, 'status'>) => status >= 200 && status < 300

function readAnswer({ status, headers, text, end }: EgressAnswer, call: HttpCall): HttpAnswer {
  const json = end === 'whole' ? parsed(text) : undefined
  const isRead = isSuccess({ status }) && effectOf(call) === 'read'
  if (isRead && end === 'cut')
    throw new GatewayError('transient', `${call.doing}: the answer ended too early`, { sent: 'no', vendorCode: `HTTP ${status}` })
  if (isRead && end === 'too_large')
    throw new GatewayError('config', `${call.doing}: the answer is larger than the gateway reads`, {
      sent: 'yes',
      vendorCode: `HTTP ${status}`,
      hint: kitPhrases.askLess,
    })
  if (isRead && json === undefined && text.trim() !== '')
    throw new GatewayError('config', `${call.doing}: the answer is no JSON`, {
      sent: 'yes',
      vendorCode: `HTTP ${status}`,
      hint: kitPhrases.urlOfPage,
    })
  return { status, headers, json }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toError(answer: HttpAnswer, call: HttpCall, vendor: Meaning | null): GatewayError {
  const { code, text, hint, vendorCode } = vendor ?? meaningOfStatus(answer, effectOf(call))
  const retryAfterMs = retryAfter(answer.headers['retry-after'])
  return new GatewayError(code, `${call.doing}: ${text}`, {
    sent: 'yes',
    vendorCode: vendorCode === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status} ${vendorCode}`,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  })
}

/** What a status says by itself (RFC 9110 §15, RFC 6585), for a call that reads or writes. */
export function meaningOfStatus(
  { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
  effect: EgressCall['effect'],
): Meaning {
  const lost = effect === 'write'
  if (status >= 300 && status < 400) return redirected(status, lost)
  if (status === 503 && headers['retry-after'] === undefined) return { code: 'transient', text: 'the system is not available' }
  const known = meanings[status]
  if (known !== undefined) return known
  if (status < 500) return { code: 'invalid', text: 'the system refuses the call' }
  // A server that fails may have done its work before, or a part of it; one behind a gateway may still be at it.
  return lost
    ? { code: 'unknown_outcome', text: 'the system failed, and may have made the change before' }
    : { code: 'transient', text: 'the system failed' }
}

/** "See other" is how some systems answer a change that they made; the other redirects ask for the call to be made elsewhere. */
function redirected(status: number, lost: boolean): Meaning {
  if (lost && (status === 302 || status === 303))
    return { code: 'unknown_outcome', text: 'the system answered with another address, which is not followed' }
  return {
    code: 'config',
    text: 'the system redirects to another address, which is not followed',
    hint: kitPhrases.finalAddress,
  }
}

const meanings: Readonly<Record<number, Meaning>> = {
  400: { code: 'invalid', text: 'the system refuses the data' },
  401: { code: 'auth', text: 'the system refuses the credentials', hint: kitPhrases.credentials },
  403: {
    code: 'denied',
    text: 'the credentials lack the right',
    hint: kitPhrases.rightsOfReadme,
  },
  404: { code: 'not_found', text: 'there is nothing of that kind at the address' },
  405: { code: 'unsupported', text: 'the system does not offer this operation' },
  406: { code: 'unsupported', text: 'the system cannot answer in a form that the gateway reads' },
  408: { code: 'transient', text: 'the system waited in vain for the rest of the call' },
  409: { code: 'exists', text: 'something in the system holds the place or a unique value already' },
  410: { code: 'not_found', text: 'it is gone' },
  412: { code: 'stale', text: 'it changed since it was read' },
  413: { code: 'invalid', text: 'the data is too large for the system' },
  414: { code: 'invalid', text: 'a value is too long for the system' },
  415: { code: 'unsupported', text: 'the system does not read the form in which the gateway writes' },
  422: { code: 'invalid', text: 'the system refuses the data' },
  423: { code: 'transient', text: 'it is locked by somebody else' },
  425: { code: 'transient', text: 'the system asks for the call again' },
  428: { code: 'stale', text: 'the system wants to know the state that the change is based on' },
  429: { code: 'throttled', text: 'the system has had enough calls for now' },
  431: { code: 'invalid', text: 'a value is too long for the system' },
  501: { code: 'unsupported', text: 'the system does not offer this operation' },
  503: { code: 'throttled', text: 'the system is not available, and said for how long' },
}

/** Milliseconds; seconds or a date (RFC 9110 §10.2.3). Null when it says nothing. */
export function retryAfter(header: string | undefined, now = Date.now()): number | null {
  if (header === undefined) return null
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
