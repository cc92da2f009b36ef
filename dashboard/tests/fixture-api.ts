/**
 * A small API that speaks the gateway's shapes over real HTTP, for developing the dashboard and for its browser tests. It keeps its
 * requests in memory, so that tests can change them and see the screen follow.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LiveEvent, Me, RequestSummary, Target } from '../src/lib/api.ts'
import { json, problem } from './fixture-answers.ts'
import { createApprovals, type FixtureApprovals } from './fixture-approvals.ts'
import { buildRequests } from './fixture-data.ts'
import { explanationOf } from './fixture-explain.ts'
import { createLeavers, type FixtureLeavers } from './fixture-leavers.ts'
import { createLookups, type FixtureLookups } from './fixture-lookups.ts'
import { buildTargets, type FixtureRequest } from './fixture-people.ts'
import { createReconciliations, type FixtureReconciliations } from './fixture-reconciliations.ts'
import { createRules, type FixtureRules } from './fixture-rules.ts'
import { kindsOf, settingsOf } from './fixture-targets.ts'
import { createSimulations, type FixtureSimulations } from './fixture-simulations.ts'

export interface FixtureApi extends AsyncDisposable {
  readonly url: string
  /** Answers one request, as the gateway's API does in process. */
  answer(request: Request): Promise<Response>
  /** Serves one node request; the stream of events needs the socket. */
  serve(request: IncomingMessage, response: ServerResponse): void
  requests: readonly FixtureRequest[]
  /** Puts a request in front or in the place of the one with its id, and tells every open stream. */
  put(request: FixtureRequest): void
  emit(event: LiveEvent): void
  /** Cuts all streams; while `down`, new ones and all reads are refused with 503. */
  cutStreams(): void
  down: boolean
  /** How many streams are open now. */
  readonly streams: number
  targets: Target[]
  /** Reasons that were given for retries. */
  readonly retries: string[]
  /** What people asked for besides retries, such as `{ verb: 'attest', reason: …, target: …, outcome: … }`. */
  readonly resolved: Readonly<Record<string, string>>[]
  readonly rules: FixtureRules
  readonly simulations: FixtureSimulations
  readonly reconciliations: FixtureReconciliations
  readonly approvals: FixtureApprovals
  readonly lookups: FixtureLookups
  readonly leavers: FixtureLeavers
}

const accounts: Readonly<Record<string, Me>> = {
  admin: { name: 'admin', role: 'admin', locale: null },
  operatrice: { name: 'operatrice', role: 'operator', locale: null },
  redactrice: { name: 'redactrice', role: 'rule_editor', locale: null },
  approbatrice: { name: 'approbatrice', role: 'approver', locale: null },
  lectrice: { name: 'lectrice', role: 'reader', locale: null },
}
export const fixturePassword = 'correct horse battery staple'

export async function openFixtureApi(port = 0): Promise<FixtureApi> {
  const api = createApi()
  const server = createServer((request, response) => api.serve(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const opened = {
    url,
    [Symbol.asyncDispose]: async () => {
      api.cutStreams()
      await api.rules[Symbol.asyncDispose]()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return Object.defineProperties(api, Object.getOwnPropertyDescriptors(opened)) as FixtureApi
}

type Api = Omit<FixtureApi, 'url' | typeof Symbol.asyncDispose>

function createApi(): Api {
  const streams = new Set<ServerResponse>()
  let locale: Me['locale'] = null
  let seq = 0

  const whoIs = (request: Request): Me | null => {
    const token = /(?:^|; )passerelle=([^;]+)/.exec(request.headers.get('cookie') ?? '')?.[1]
    const me = token === undefined ? undefined : accounts[token.replace(/^session-/, '')]
    return me === undefined ? null : { ...me, locale }
  }

  async function session(request: Request): Promise<Response> {
    const me = whoIs(request)
    if (request.method === 'POST') {
      const { name, password } = (await request.json()) as { name: string; password: string }
      if (name === 'blocked') return problem(429, 'throttled', { 'retry-after': '60' })
      const known = accounts[name]
      if (known === undefined || password !== fixturePassword) return problem(401, 'unauthenticated')
      return json(
        { ...known, locale },
        { headers: { 'set-cookie': `passerelle=session-${name}; Path=/; HttpOnly; SameSite=Lax` } },
      )
    }
    if (request.method === 'DELETE')
      return new Response(null, { status: 204, headers: { 'set-cookie': 'passerelle=; Path=/; Max-Age=0' } })
    if (me === null) return problem(401, 'unauthenticated')
    if (request.method === 'PATCH') locale = ((await request.json()) as { locale: Me['locale'] }).locale
    return json({ ...me, locale })
  }

  async function requests(request: Request, me: Me, path: readonly string[], url: URL): Promise<Response> {
    const [id, verb] = path
    if (id === undefined) return json(list(api.requests, url.searchParams))
    const found = api.requests.find(({ detail }) => detail.id === id)
    if (found === undefined) return problem(404, 'missing')
    if (verb === 'explain') return json(explanationOf(found))
    if (verb === 'events') return json({ items: found.events })
    if (verb === undefined || request.method !== 'POST') return json(found.detail)
    if (me.role !== 'admin' && me.role !== 'operator') return problem(403, 'forbidden')
    const { reason, ...more } = (await request.json()) as Record<string, string> & { reason: string }
    if (reason.includes('trop tard')) return problem(409, 'conflict')
    if (verb === 'attest') api.put(withStatement(found, me.name, { reason, ...more }))
    if (verb !== 'retry') {
      api.resolved.push({ verb, reason, ...more })
      return json(api.requests.find(({ detail }) => detail.id === id)?.detail, { status: 202 })
    }
    api.retries.push(reason)
    const detail = { ...found.detail, state: 'running' as const, settledAt: null, generation: found.detail.generation + 1 }
    api.put({ detail, events: found.events })
    return json(detail, { status: 202 })
  }

  async function switchable(request: Request, me: Me, path: readonly string[]): Promise<Response> {
    const [name] = path
    if (name === undefined) return json({ items: api.targets })
    const told = settingsOf(api.targets, me, path)
    if (told !== null) return told
    const { on, reason } = (await request.json()) as { on: boolean; reason: string }
    if (reason.includes('trop tard')) return problem(409, 'conflict')
    const index = api.targets.findIndex((target) => target.name === name)
    const found = api.targets[index]
    if (found === undefined) return problem(404, 'missing')
    const since = new Date().toISOString()
    const maintenance = on ? { reason, by: `person:${me.name}`, since } : null
    const target: Target = { ...found, state: on ? 'maintenance' : 'ok', since, until: null, maintenance }
    api.targets = api.targets.with(index, target)
    api.emit({ type: 'target', name, state: target.state })
    return json(target)
  }

  const requestsNow = buildRequests(Date.now())
  const api: Api = {
    requests: requestsNow,
    rules: createRules(Date.now()),
    simulations: createSimulations(Date.now()),
    reconciliations: createReconciliations(Date.now()),
    approvals: createApprovals(Date.now(), () => requestsNow),
    lookups: createLookups(Date.now()),
    leavers: createLeavers(Date.now()),
    targets: buildTargets(Date.now()),
    ...{ down: false, retries: [], resolved: [] },
    get streams() {
      return streams.size
    },
    async answer(request) {
      const url = new URL(request.url)
      const [, , , part, ...path] = url.pathname.split('/')
      if (api.down) return problem(503, 'unavailable')
      if (part === 'session') return session(request)
      const me = whoIs(request)
      if (me === null) return problem(401, 'unauthenticated')
      if (part === 'requests') return requests(request, me, path, url)
      if (part === 'targets') return switchable(request, me, path)
      if (part === 'connectors') return kindsOf(request)
      return (await partOf(api, part)?.(request, me, path, url)) ?? problem(404, 'missing')
    },
    serve(request, response) {
      if (request.url?.split('?')[0] === '/api/v1/events' && !api.down) {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        response.write('retry: 300\n\n')
        streams.add(response)
        response.on('close', () => streams.delete(response))
        return
      }
      void toRequest(request)
        .then(api.answer)
        .then((answer) => send(answer, response))
    },
    put(changed) {
      const rest = api.requests.filter(({ detail }) => detail.id !== changed.detail.id)
      api.requests = [...rest, changed].sort((left, right) => right.detail.receivedAt.localeCompare(left.detail.receivedAt))
      api.emit({ type: 'request', request: toSummary(changed) })
    },
    emit(event) {
      seq += 1
      const name = event.type === 'target' ? 'target' : 'request'
      for (const stream of streams) stream.write(`id: ${seq}\nevent: ${name}\ndata: ${JSON.stringify(event)}\n\n`)
    },
    cutStreams() {
      for (const stream of streams) stream.destroy()
    },
  }
  return api
}

type Part = (request: Request, me: Me, path: readonly string[], url: URL) => Promise<Response> | Response

/** Who answers what is asked below a path of its own. */
function partOf(
  { rules, simulations, reconciliations, approvals, lookups, leavers }: Api,
  name: string | undefined,
): Part | undefined {
  const parts: Readonly<Record<string, Part>> = {
    rules: (request, me, path, url) =>
      path[1] === 'simulations' ? simulations.ofRuleSet(request, me, path[0] ?? '') : rules.answer(request, me, path, url),
    simulations: (request, _me, path, url) => simulations.answer(request, path, url),
    reconciliations: (request, me, path, url) => reconciliations.answer(request, me, path, url),
    findings: (request, me, path, url) => reconciliations.findings(request, me, path, url),
    approvals: approvals.approvals,
    delegations: approvals.delegations,
    lookups: lookups.answer,
    departures: leavers.departures,
    notifications: leavers.notifications,
    safety: (request) => approvals.safety(request),
  }
  return parts[name ?? '']
}

function withStatement(found: FixtureRequest, name: string, { target, outcome, reason }: Record<string, string>): FixtureRequest {
  const statement = { person: `person:${name}`, outcome: outcome as 'undone', reason: reason ?? '', at: new Date().toISOString() }
  const details = found.detail.details.map((step) => (step.target === target ? { ...step, statements: [statement] } : step))
  return { ...found, detail: { ...found.detail, details } }
}

function toSummary({ detail }: FixtureRequest): RequestSummary {
  const { plan: _plan, details: _details, ...summary } = detail
  return summary
}

function list(all: readonly FixtureRequest[], query: URLSearchParams) {
  const text = (query.get('q') ?? '').toLowerCase()
  const states = query.get('state')?.split(',')
  const found = all
    .map(toSummary)
    .filter(
      (row) =>
        (states === undefined || states.includes(row.state)) &&
        (query.get('kind') ?? row.kind) === row.kind &&
        (query.get('source') ?? row.source) === row.source &&
        (!query.has('target') || row.steps.some(({ target }) => target === query.get('target'))) &&
        `${row.displayName ?? ''} ${row.externalId}`.toLowerCase().includes(text),
    )
  const start = Number(query.get('cursor') ?? 0)
  const end = start + Number(query.get('limit') ?? 50)
  return { items: found.slice(start, end), next: end < found.length ? String(end) : null }
}

async function toRequest(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  const { method = 'GET' } = request
  return new Request(`http://fixture.invalid${request.url ?? '/'}`, {
    method,
    headers,
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  })
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}

if (import.meta.main) {
  const api = await openFixtureApi(Number(process.env['PORT'] ?? 8080))
  console.log(`fixture API on ${api.url}, log in as ${Object.keys(accounts).join(', ')} with: ${fixturePassword}`)
}
