/** A client of the gateway's API, as tests use it: calls, waits, and says what did not happen in time. */
import { setTimeout as delay } from 'node:timers/promises'
import { isFinal } from '#core/states.ts'
import type { RequestDetail, RequestEvent } from '#server/api/types.ts'

export interface Answer<Body = RequestDetail> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** What a client of the API does, against one server. */
export interface WorldClient {
  readonly url: string
  call<Body = RequestDetail>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>
  /** Posts a native request and returns the answer. */
  submit(body: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Waits until the request is final. */
  settled(id: string, withinMs?: number): Promise<RequestDetail>
  events(id: string): Promise<readonly RequestEvent[]>
  /** Logs a person in, and gives the headers that browsers send from then on. */
  login(name?: string, password?: string): Promise<Record<string, string>>
}

export const adminPassword = 'correct horse battery staple'

/** @param apiKey what calls without a cookie are authenticated with */
export function createClient(url: string, apiKey: string): WorldClient {
  const call: WorldClient['call'] = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    // Whoever comes with a cookie of their own comes without the key.
    const isPerson = 'Cookie' in headers
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(isPerson ? {} : { Authorization: `Bearer ${apiKey}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : isJson ? JSON.parse(text) : text) as Body,
    }
  }
  return {
    url,
    call,
    submit: (body, headers) => call('POST', '/api/v1/requests', body, headers),
    async settled(id, withinMs = 30_000) {
      for (const end = Date.now() + withinMs; ; await delay(50)) {
        const { body } = await call('GET', `/api/v1/requests/${id}`)
        if (isFinal(body.state)) return body
        if (Date.now() > end)
          throw new Error(`request ${id} is still ${body.state} after ${withinMs} ms: ${JSON.stringify(body.steps)}`)
      }
    },
    async login(name = 'admin', password = adminPassword) {
      const response = await fetch(`${url}/api/v1/session`, { method: 'POST', body: JSON.stringify({ name, password }) })
      if (!response.ok) throw new Error(`the login was answered with ${response.status}`)
      return { Cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '', 'Sec-Fetch-Site': 'same-origin' }
    },
    events: async (id) => (await call<{ items: readonly RequestEvent[] }>('GET', `/api/v1/requests/${id}/events`)).body.items,
  }
}
