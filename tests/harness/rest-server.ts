/**
 * An API of people as applications have them, spoken to in ways of its own: `POST /people`, `PATCH /people/7`, `PUT /people/7/state`, its errors a
 * code in a 400. Real HTTP, in this process; it keeps what it was called for.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createThrottle, type Throttle } from './throttle.ts'

export interface ApiPerson {
  readonly number: number
  readonly login: string
  readonly profile: Readonly<Record<string, unknown>>
  readonly state: string
  readonly teams: readonly { readonly team: string }[]
  readonly password?: string
}

export interface TestRestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly key: string
  /** Who may have tokens instead, which hold until they are told not to. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  expireTokens(): void
  /** The next so many calls are answered 429. */
  readonly throttle: Throttle['start']
  readonly people: Map<string, ApiPerson>
  readonly calls: string[]
}

/** What a call brings; the other fields are the person's profile. */
type Fields = Readonly<Record<string, unknown>> & { readonly login?: string; readonly password?: string }

const teams = new Set(['staff', 'admins'])

class Refusal extends Error {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, reason: string, headers: Refusal['headers'] = {}) {
    super(reason)
    this.status = status
    this.reason = reason
    this.headers = headers
  }
}

export async function openRestServer(): Promise<TestRestServer> {
  const people = new Map<string, ApiPerson>()
  const calls: string[] = []
  const client = { clientId: 'gateway', clientSecret: randomUUID() }
  const key = randomUUID()
  const tokens = new Set<string>()
  const throttle = createThrottle()
  let count = 0

  function answer(request: IncomingMessage, body: Fields): readonly [number, unknown] {
    const url = new URL(request.url ?? '/', 'http://here')
    const [, , id = '', part, name] = url.pathname.split('/').map(decodeURIComponent)
    calls.push(`${request.method} ${request.url}`)
    if (url.pathname === '/token') return [200, issue(request)]
    if (!isLetIn(request)) throw new Refusal(401, 'KEY')
    const retryAfter = throttle.next()
    if (retryAfter !== null) throw new Refusal(429, 'ENOUGH', { 'Retry-After': retryAfter })
    if (id === '') return request.method === 'POST' ? [201, { data: make(body) }] : [200, search(url.searchParams)]
    const person = people.get(id)
    if (person === undefined) throw new Refusal(404, 'NO_PERSON')
    if (part === 'state') return [200, { data: keep({ ...person, state: String(body['state']) }) }]
    if (part === 'password') return [204, keep(withPassword(person, String(body['password'])))]
    if (part === 'teams') return [204, keep(member(person, name ?? '', request.method === 'PUT'))]
    if (request.method === 'GET') return [200, { data: shown(person) }]
    if (request.method === 'DELETE') return [204, people.delete(id)]
    return [200, { data: shown(keep(changed(person, body))) }]
  }

  const isLetIn = ({ headers }: IncomingMessage) =>
    headers['x-api-key'] === key || tokens.has((headers.authorization ?? '').slice('Bearer '.length))

  function issue({ headers }: IncomingMessage) {
    const login = Buffer.from((headers.authorization ?? '').slice('Basic '.length), 'base64').toString()
    if (login !== `${client.clientId}:${client.clientSecret}`) throw new Refusal(401, 'CLIENT')
    const token = randomUUID()
    tokens.add(token)
    return { access_token: token, token_type: 'Bearer', expires_in: 300 }
  }

  function search(query: URLSearchParams) {
    const login = query.get('login')
    const found = [...people.values()].filter((person) => login === null || person.login === login)
    const size = Number(query.get('size') ?? 1_000)
    const start = Number(query.get('page') ?? 0) * size
    return { items: found.slice(start, start + size).map(shown) }
  }

  function make(body: Fields) {
    const { login, password, ...profile } = body
    const person = { number: ++count, login: unique(login ?? '', null), profile, state: 'active', teams: [] }
    return shown(keep(password === undefined ? person : withPassword(person, password)))
  }

  function changed(person: ApiPerson, { login, ...profile }: Fields): ApiPerson {
    const merged = Object.entries({ ...person.profile, ...profile }).filter(([, value]) => value !== null)
    const name = login === undefined ? person.login : unique(login, person.number)
    return { ...person, login: name, profile: Object.fromEntries(merged) }
  }

  function unique(login: string, own: number | null): string {
    const taken = [...people.values()].some((other) => other.login === login && other.number !== own)
    if (taken) throw new Refusal(400, 'DUPLICATE')
    return login
  }

  function keep(person: ApiPerson): ApiPerson {
    people.set(String(person.number), person)
    return person
  }

  const server = createServer((request, response) => void serve(request, response))
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    try {
      const [status, json] = answer(request, body.startsWith('{') ? (JSON.parse(body) as Fields) : {})
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(status === 204 ? undefined : JSON.stringify(json))
    } catch (error) {
      const { status, reason, headers } = error instanceof Refusal ? error : new Refusal(500, 'BUG')
      response.writeHead(status, headers).end(JSON.stringify({ error: { code: reason, message: `refused: ${body}` } }))
    }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    ...{ port, key, people, calls, url, tokenUrl: `${url}/token`, ...client, throttle: throttle.start },
    expireTokens: () => tokens.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function withPassword(person: ApiPerson, password: string): ApiPerson {
  if (password.length < 8) throw new Refusal(400, 'WEAK')
  return { ...person, password }
}

function member(person: ApiPerson, team: string, joins: boolean): ApiPerson {
  if (!teams.has(team)) throw new Refusal(404, 'NO_TEAM')
  const others = person.teams.filter((one) => one.team !== team)
  return { ...person, teams: joins ? [...others, { team }] : others }
}

const shown = ({ password: _password, ...person }: ApiPerson) => person
