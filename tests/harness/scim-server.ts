/**
 * A small SCIM 2.0 server that keeps to RFC 7643 and RFC 7644: users and groups with versions, filters, paging, PATCH and PUT, unique names, and
 * errors of the protocol; and, on command, what real servers do besides: no PATCH, no ETags, 429, tokens that expire, a failure instead of 409.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { coreSchemas, coreUrn, enterpriseUrn } from '#connectors/scim/core-schema.ts'
import { createFilter } from './scim-filter.ts'
import { patched } from './scim-patch.ts'
import { createThrottle, type Throttle } from './throttle.ts'

type Json = Record<string, unknown>
type Kind = 'Users' | 'Groups'

export interface ScimQuirks {
  readonly patch: boolean
  readonly etags: boolean
  /** Without ETags: resources show versions, and nobody looks at the one that a call names. */
  readonly idleVersions: boolean
  /** Whether a user shows its groups. */
  readonly groupsOnUsers: boolean
  /** Whether /Schemas and the like exist. */
  readonly describes: boolean
}

export interface TestScimServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** A token that never expires, and one that may read nothing. */
  readonly token: string
  readonly powerless: string
  readonly users: Map<string, Json>
  readonly groups: Map<string, Json>
  /** How many tokens were issued. */
  readonly issued: number
  /** Tokens that were issued so far are no longer accepted. */
  expireTokens(): void
  /** The next so many calls are answered 429. */
  readonly throttle: Throttle['start']
  /** The next creation of a user fails with 500; before it, `meanwhile` happens. */
  failNextCreation(meanwhile: () => void): void
  /** Lines such as `GET /Users?filter=…`, in order. */
  readonly calls: string[]
}

const standard: ScimQuirks = { patch: true, etags: true, idleVersions: false, groupsOnUsers: true, describes: true }

export async function openScimServer(quirks: Partial<ScimQuirks> = {}): Promise<TestScimServer> {
  const server = new ScimServer({ ...standard, ...quirks })
  await server.listen()
  return server
}

class Refusal extends Error {
  readonly status: number
  readonly scimType: string | undefined
  readonly retryAfter: string | null

  constructor(status: number, scimType?: string, retryAfter: string | null = null) {
    super(`${status} ${scimType ?? ''}`)
    this.status = status
    this.scimType = scimType
    this.retryAfter = retryAfter
  }
}

class ScimServer implements TestScimServer {
  readonly clientId = 'gateway'
  readonly clientSecret = randomUUID()
  readonly token = randomUUID()
  readonly powerless = randomUUID()
  readonly users = new Map<string, Json>()
  readonly groups = new Map<string, Json>()
  readonly calls: string[] = []
  issued = 0
  port = 0
  readonly throttle = (...asked: Parameters<Throttle['start']>) => this.#throttle.start(...asked)
  readonly #quirks: ScimQuirks
  readonly #tokens = new Set<string>()
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #throttle = createThrottle()
  #meanwhile: (() => void) | null = null

  constructor(quirks: ScimQuirks) {
    this.#quirks = quirks
    for (const displayName of ['staff', 'admins']) this.#keep(this.groups, { id: randomUUID(), displayName, members: [] })
  }

  get url() {
    return `http://127.0.0.1:${this.port}/scim/v2`
  }
  get tokenUrl() {
    return `http://127.0.0.1:${this.port}/token`
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  expireTokens() {
    this.#tokens.clear()
  }

  failNextCreation(meanwhile: () => void) {
    this.#meanwhile = meanwhile
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    try {
      const { status, json, headers = {} } = this.#answer(request, body)
      response.writeHead(status, { 'Content-Type': 'application/scim+json', ...headers })
      response.end(json === undefined ? undefined : JSON.stringify(json))
    } catch (error) {
      const { status, scimType, retryAfter } = error instanceof Refusal ? error : new Refusal(500)
      const problem = {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: String(status),
        scimType,
        detail: `refused: ${body}`,
      }
      const headers = retryAfter === null ? {} : { 'Retry-After': retryAfter }
      response.writeHead(status, { 'Content-Type': 'application/scim+json', ...headers }).end(JSON.stringify(problem))
    }
  }

  #answer(request: IncomingMessage, body: string): { status: number; json?: unknown; headers?: Record<string, string> } {
    const url = new URL(request.url ?? '/', this.url)
    if (url.pathname === '/token') return this.#issue(request)
    const path = url.pathname.replace(/^\/scim\/v2/, '')
    this.calls.push(`${request.method} ${path}${decodeURIComponent(url.search)}`)
    const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    if (bearer !== this.token && bearer !== this.powerless && !this.#tokens.has(bearer)) throw new Refusal(401)
    if (bearer === this.powerless) throw new Refusal(403)
    const retryAfter = this.#throttle.next()
    if (retryAfter !== null) throw new Refusal(429, undefined, retryAfter)
    const [, kind = '', id] = path.split('/').map(decodeURIComponent)
    if (kind !== 'Users' && kind !== 'Groups') return { status: 200, json: this.#describe(kind) }
    const input = body === '' ? {} : (JSON.parse(body) as Json)
    const match = request.headers['if-match']
    switch (request.method) {
      case 'GET':
        return id === undefined ? { status: 200, json: this.#search(kind, url.searchParams) } : this.#show(kind, id)
      case 'POST':
        return this.#create(kind, input)
      case 'PUT':
        return this.#replace(kind, id, match, (old) => ({ ...input, id: old['id'] }))
      case 'PATCH':
        if (!this.#quirks.patch) throw new Refusal(501)
        return this.#replace(kind, id, match, (old) => patched(old, input, (type) => new Refusal(400, type)))
      case 'DELETE':
        return this.#delete(kind, id, match)
      default:
        throw new Refusal(405)
    }
  }

  #issue(request: IncomingMessage) {
    const login = Buffer.from((request.headers.authorization ?? '').slice('Basic '.length), 'base64').toString()
    if (login !== `${this.clientId}:${this.clientSecret}`) throw new Refusal(401)
    const token = `${randomUUID()}-${++this.issued}`
    this.#tokens.add(token)
    return { status: 200, json: { access_token: token, token_type: 'Bearer', expires_in: 300 } }
  }

  #describe(kind: string): unknown {
    if (!this.#quirks.describes) throw new Refusal(404)
    const list = (Resources: readonly unknown[]) => ({ totalResults: Resources.length, Resources })
    switch (kind) {
      case 'ServiceProviderConfig':
        return { patch: { supported: this.#quirks.patch }, etag: { supported: this.#quirks.etags }, bulk: { supported: false } }
      case 'ResourceTypes':
        return list([{ id: 'User', endpoint: '/Users', schema: coreUrn, schemaExtensions: [{ schema: enterpriseUrn }] }])
      case 'Schemas':
        return list(coreSchemas)
      default:
        throw new Refusal(404)
    }
  }

  #all = (kind: Kind) => (kind === 'Users' ? this.users : this.groups)

  /** What is sent: no password, the groups of a user, and the version. */
  #shown(kind: Kind, resource: Json): Json {
    const { password: _password, version, ...rest } = resource
    const meta = { resourceType: kind.slice(0, -1), ...(this.#quirks.etags || this.#quirks.idleVersions ? { version } : {}) }
    if (kind === 'Groups') return { ...rest, meta }
    const groups = [...this.groups.values()]
      .filter(({ members }) => (members as Json[]).some(({ value }) => value === resource['id']))
      .map(({ id, displayName }) => ({ value: id, display: displayName, type: 'direct' }))
    return { ...rest, meta, ...(this.#quirks.groupsOnUsers && groups.length > 0 ? { groups } : {}) }
  }

  #show(kind: Kind, id: string) {
    const json = this.#shown(kind, this.#known(kind, id))
    const version = this.#known(kind, id)['version']
    return { status: 200, json, headers: this.#quirks.etags ? { ETag: String(version) } : {} }
  }

  #known(kind: Kind, id: string | undefined): Json {
    const resource = this.#all(kind).get(id ?? '')
    if (resource === undefined) throw new Refusal(404)
    return resource
  }

  #search(kind: Kind, query: URLSearchParams) {
    const filter = query.get('filter')
    let matches = () => [...this.#all(kind).values()]
    try {
      const accepts = filter === null ? () => true : createFilter(filter)
      matches = () => [...this.#all(kind).values()].filter((resource) => accepts(resource))
    } catch {
      throw new Refusal(400, 'invalidFilter')
    }
    const found = matches()
    const start = Math.max(1, Number(query.get('startIndex') ?? 1))
    const count = Math.min(100, Number(query.get('count') ?? 100))
    const leaveOut = new Set((query.get('excludedAttributes') ?? '').split(','))
    const Resources = found.slice(start - 1, start - 1 + count).map((resource) => {
      const entries = Object.entries(this.#shown(kind, resource))
      return Object.fromEntries(entries.filter(([name]) => !leaveOut.has(name)))
    })
    return { totalResults: found.length, startIndex: start, itemsPerPage: Resources.length, Resources }
  }

  #create(kind: Kind, input: Json) {
    if (kind === 'Users' && this.#meanwhile !== null) {
      this.#meanwhile()
      this.#meanwhile = null
      throw new Refusal(500)
    }
    const resource = this.#checked(kind, { members: kind === 'Groups' ? [] : undefined, ...input, id: randomUUID() })
    this.#keep(this.#all(kind), resource)
    const { json } = this.#show(kind, String(resource['id']))
    return { status: 201, json, headers: { Location: `${this.url}/${kind}/${String(resource['id'])}` } }
  }

  #replace(kind: Kind, id: string | undefined, match: string | undefined, change: (old: Json) => Json) {
    const old = this.#known(kind, id)
    this.#refuseStale(old, match)
    const password = kind === 'Users' ? { password: old['password'] } : {}
    const {
      meta: _meta,
      groups: _groups,
      version: _version,
      ...changed
    } = { ...password, ...change(structuredClone(old)) } as Json
    this.#keep(this.#all(kind), this.#checked(kind, changed))
    return this.#show(kind, String(id))
  }

  #delete(kind: Kind, id: string | undefined, match: string | undefined) {
    this.#refuseStale(this.#known(kind, id), match)
    this.#all(kind).delete(id ?? '')
    for (const group of this.groups.values()) group['members'] = (group['members'] as Json[]).filter(({ value }) => value !== id)
    return { status: 204 }
  }

  #refuseStale({ version }: Json, match: string | undefined): void {
    if (this.#quirks.etags && match !== undefined && match !== '*' && match !== version) throw new Refusal(412)
  }

  #checked(kind: Kind, resource: Json): Json {
    if (kind === 'Groups') return resource
    const { userName, id } = resource
    if (typeof userName !== 'string' || userName === '') throw new Refusal(400, 'invalidValue')
    if (typeof resource['password'] === 'string' && resource['password'].length < 8) throw new Refusal(400, 'invalidValue')
    const taken = [...this.users.values()].some(
      (other) => other['id'] !== id && String(other['userName']).toLowerCase() === userName.toLowerCase(),
    )
    if (taken) throw new Refusal(409, 'uniqueness')
    return resource
  }

  /** As JSON would keep it, under a new version. */
  #keep(where: Map<string, Json>, resource: Json): void {
    const kept = JSON.parse(JSON.stringify(resource)) as Json
    where.set(String(resource['id']), { ...kept, version: `W/"${randomUUID()}"` })
  }
}
