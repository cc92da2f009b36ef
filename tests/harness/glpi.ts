/**
 * A server that speaks GLPI's REST API as it is documented (apirest.md) and as its source behaves: sessions, application tokens, errors as a code and
 * a sentence in French, the trash, logins that stay unique in it, changes and passwords that are left out with success, 207. The real GLPI cannot be
 * had for tests. It knows users, their e-mail addresses, groups and profiles.
 */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createThrottle, type Throttle } from './throttle.ts'

export type GlpiRow = Record<string, unknown> & { id: number }
export type GlpiTable = 'User' | 'UserEmail' | 'Group' | 'Group_User' | 'Profile' | 'Profile_User'

export interface TestGlpi extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly userToken: string
  readonly appToken: string
  /** A token of a user without rights. */
  readonly readersToken: string
  readonly tables: Readonly<Record<GlpiTable, Map<number, GlpiRow>>>
  readonly sessions: Map<string, { readonly mayRead: boolean }>
  readonly calls: string[]
  /** Each hears of a call before it is answered. */
  readonly watchers: ((call: string) => void)[]
  /** The next so many calls are answered 429. */
  readonly throttle: Throttle['start']
  signsIn(id: number, password: string): boolean
}

class Refusal extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, code: string, sentence: string) {
    super(code)
    this.status = status
    this.body = [code, sentence]
  }
}

type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>]
interface Call {
  readonly method: string
  readonly segments: readonly string[]
  readonly query: URLSearchParams
  readonly input: Record<string, unknown>
}

const hash = (password: unknown) => createHash('sha256').update(String(password)).digest('hex')
const same = (left: unknown, right: unknown) => String(left).toLowerCase() === String(right).toLowerCase()
const notFound = () => new Refusal(404, 'ERROR_ITEM_NOT_FOUND', 'Élément introuvable')

export async function openGlpi(): Promise<TestGlpi> {
  const store = createStore()
  const tokens = { userToken: randomUUID(), appToken: randomUUID(), readersToken: randomUUID() }
  const sessions: TestGlpi['sessions'] = new Map()
  const calls: string[] = []
  const watchers: TestGlpi['watchers'] = []
  const throttle = createThrottle()

  function answer(request: IncomingMessage, call: Call): Answer {
    const [endpoint = ''] = call.segments
    if (request.headers['app-token'] !== tokens.appToken)
      throw new Refusal(400, 'ERROR_WRONG_APP_TOKEN_PARAMETER', 'le paramètre app_token semble incorrect')
    if (endpoint === 'initSession') return [200, { session_token: start(String(request.headers['authorization'])) }]
    const token = String(request.headers['session-token'])
    const session = sessions.get(token)
    if (session === undefined) throw new Refusal(401, 'ERROR_SESSION_TOKEN_INVALID', 'session_token semble invalide')
    if (endpoint === 'killSession') return [200, sessions.delete(token)]
    if (endpoint === 'getGlpiConfig') return [200, { cfg_glpi: { version: '10.0.18', language: 'fr_FR' } }]
    if (!session.mayRead) throw new Refusal(403, 'ERROR_RIGHT_MISSING', 'Vous n’avez pas les droits requis.')
    return store.answer(call)
  }

  function start(authorization: string): string {
    const mayRead = authorization === `user_token ${tokens.userToken}`
    if (!mayRead && authorization !== `user_token ${tokens.readersToken}`)
      throw new Refusal(401, 'ERROR_GLPI_LOGIN_USER_TOKEN', 'Le paramètre user_token semble invalide')
    const token = randomUUID()
    sessions.set(token, { mayRead })
    return token
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://here')
    const body = await text(request)
    const { input = {} } = (body === '' ? {} : JSON.parse(body)) as { input?: Record<string, unknown> }
    const segments = url.pathname.split('/').slice(2).map(decodeURIComponent)
    const called = `${request.method} /${segments.join('/')}`
    calls.push(called)
    for (const watch of watchers) watch(called)
    const send = (status: number, json: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(json))
    const retryAfter = throttle.next()
    if (retryAfter !== null) return void send(429, ['ERROR', 'Trop de requêtes'], { 'Retry-After': retryAfter })
    try {
      send(...answer(request, { method: request.method ?? 'GET', segments, query: url.searchParams, input }))
    } catch (error) {
      if (error instanceof Refusal) send(error.status, error.body)
      else send(500, ['ERROR', String(error)])
    }
  }

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...{ url: `http://127.0.0.1:${port}/apirest.php`, port, ...tokens, tables: store.tables, sessions, calls, watchers },
    throttle: throttle.start,
    signsIn: (id, password) => store.tables.User.get(id)?.['password'] === hash(password),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function createStore() {
  let count = 0
  const tables: TestGlpi['tables'] = {
    ...{
      User: new Map(),
      UserEmail: new Map(),
      Group: new Map(),
      Group_User: new Map(),
      Profile: new Map(),
      Profile_User: new Map(),
    },
  }
  const isTable = (name: string): name is GlpiTable => name in tables
  const insert = (table: GlpiTable, row: Record<string, unknown>): number => {
    const id = ++count
    tables[table].set(id, { ...row, id })
    return id
  }
  for (const name of ['staff', 'admins', 'head office > IT'])
    insert('Group', { name: name.split(' > ').at(-1), completename: name })
  for (const name of ['Self-Service', 'Technician']) insert('Profile', { name })
  const users = createUsers(tables, insert)

  function answer({ method, segments, query, input }: Call): Answer {
    const [table = '', id, sub] = segments
    if (!isTable(table)) throw new Refusal(400, 'ERROR_ITEMTYPE_NOT_FOUND_NOR_COMMONDBTM', 'type d’objet inconnu')
    if (method === 'POST') return add(table, input)
    const row = tables[table].get(Number(id ?? input['id']))
    if (method === 'GET' && id === undefined) return page(table, [...tables[table].values()], query)
    if (method === 'GET' && row === undefined) throw notFound()
    if (method === 'GET' && sub !== undefined && isTable(sub))
      return page(
        sub,
        [...tables[sub].values()].filter((one) => one['users_id'] === row?.id),
        query,
      )
    if (method === 'GET') return [200, shown(row)]
    if (row === undefined) return failed(method, [{ [String(id)]: false, message: 'Élément introuvable' }])
    return method === 'PUT' ? change(table, row, input) : remove(table, row, query.get('force_purge') === 'true')
  }

  function add(table: GlpiTable, input: Record<string, unknown>): Answer {
    if (table === 'User') return users.add(input)
    const twin = [...tables[table].values()].some((row) => Object.entries(input).every(([name, value]) => row[name] === value))
    if (twin) throw new Refusal(400, 'ERROR_GLPI_ADD', 'Cet élément existe déjà')
    const id = insert(table, { is_dynamic: 0, ...input })
    return [201, { id, message: '' }]
  }

  function change(table: GlpiTable, row: GlpiRow, input: Record<string, unknown>): Answer {
    if (table === 'User') return users.change(row, input)
    tables[table].set(row.id, { ...row, ...input, id: row.id })
    return [200, [{ [String(row.id)]: true, message: '' }]]
  }

  /** Only users have a trash; what is in it already is not put there again. */
  function remove(table: GlpiTable, row: GlpiRow, purge: boolean): Answer {
    if (table === 'User' && !purge) tables.User.set(row.id, { ...row, is_deleted: 1 })
    else tables[table].delete(row.id)
    return [200, [{ [String(row.id)]: true, message: '' }]]
  }
  return { tables, answer }
}

const failed = (method: string, lines: unknown): Answer => [
  400,
  [method === 'PUT' ? 'ERROR_GLPI_UPDATE' : 'ERROR_GLPI_DELETE', lines],
]

const shown = (row: GlpiRow | undefined) => Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => name !== 'password'))

const textOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

/** `range`, `searchText[field]` and, for what has a trash, `is_deleted`. */
function page(table: GlpiTable, rows: readonly GlpiRow[], query: URLSearchParams): Answer {
  const searched = [...query].flatMap(([name, value]) => {
    const field = /^searchText\[(\w+)\]$/.exec(name)?.[1]
    return field === undefined ? [] : [[field, likeOf(value)] as const]
  })
  const trash = query.get('is_deleted') === '1' ? 1 : 0
  const found = rows
    .filter((row) => table !== 'User' || row['is_deleted'] === trash)
    .filter((row) => searched.every(([field, pattern]) => pattern.test(textOf(row[field]))))
  const [start = 0, end = 50] = (query.get('range') ?? '0-49').split('-').map(Number)
  if (found.length > 0 && start >= found.length)
    throw new Refusal(400, 'ERROR_RANGE_EXCEED_TOTAL', 'La plage demandée dépasse le total')
  const status = end + 1 < found.length || start > 0 ? 206 : 200
  return [status, found.slice(start, end + 1).map(shown), { 'Content-Range': `${start}-${end}/${found.length}` }]
}

/** As GLPI makes a LIKE of what is searched: `^` and `$` fasten it, `%` stands for anything, `_` for itself. */
function likeOf(value: string): RegExp {
  const wanted = value.trim()
  const inner = wanted.replace(/^\^/, '').replace(/\$$/, '')
  const pattern = inner.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*')
  return new RegExp(`${wanted.startsWith('^') ? '^' : ''}${pattern}${wanted.endsWith('$') ? '$' : ''}`, 'iu')
}

/** What src/User.php does to what it is given. */
function createUsers(tables: TestGlpi['tables'], insert: (table: GlpiTable, row: Record<string, unknown>) => number) {
  const isValidLogin = (name: unknown) => /^[\p{L}\p{N}'@_\-. ]+$/u.test(textOf(name))
  const holder = (name: unknown) => [...tables.User.values()].find((user) => same(user['name'], name))
  const isWeak = (password: unknown) => String(password).length < 8
  const now = () => new Date().toISOString().slice(0, 19).replace('T', ' ')

  /** A password that is refused is left out, and the user is made all the same. */
  function add(input: Record<string, unknown>): Answer {
    const { password, password2, ...fields } = input
    if (!isValidLogin(input['name']))
      throw new Refusal(400, 'ERROR_GLPI_ADD', 'L’identifiant n’est pas valide. Ajout impossible.')
    if (holder(input['name']) !== undefined)
      throw new Refusal(400, 'ERROR_GLPI_ADD', 'Ajout impossible. L’utilisateur existe déjà.')
    if (password2 !== undefined && password !== password2)
      throw new Refusal(400, 'ERROR_GLPI_ADD', 'Erreur : les deux mots de passe ne sont pas identiques')
    const sets = password2 !== undefined && password !== '' && !isWeak(password)
    const message = password2 !== undefined && !sets ? 'Longueur minimale du mot de passe : 8' : ''
    const secret = sets ? { password: hash(password), password_last_update: now() } : { password_last_update: null }
    const id = insert('User', { is_active: 1, is_deleted: 0, ...withoutVirtual(fields), ...secret })
    updateEmails(id, input)
    insert('Profile_User', {
      users_id: id,
      profiles_id: profileId('Self-Service'),
      entities_id: 0,
      is_recursive: 0,
      is_dynamic: 1,
    })
    return [201, { id, message }]
  }

  const profileId = (name: string) => [...tables.Profile.values()].find((profile) => profile['name'] === name)?.id

  /** A login that is taken, or none, is left out, and the rest is changed all the same; a password that is refused stops everything. */
  function change(row: GlpiRow, input: Record<string, unknown>): Answer {
    const { id: _id, password, password2, ...given } = input
    const fields = withoutVirtual(given)
    let message = ''
    if (password2 !== undefined && password !== '') {
      if (password !== password2 || isWeak(password))
        return failed('PUT', [{ [String(row.id)]: false, message: 'Longueur minimale du mot de passe : 8' }])
      Object.assign(fields, { password: hash(password), password_last_update: now() })
    }
    const other = 'name' in fields ? holder(fields['name']) : undefined
    if ('name' in fields && (!isValidLogin(fields['name']) || (other !== undefined && other.id !== row.id))) {
      message = 'Impossible de mettre à jour l’identifiant. Un utilisateur existe déjà.'
      delete fields['name']
    }
    tables.User.set(row.id, { ...row, ...fields, id: row.id })
    updateEmails(row.id, input)
    return [200, [{ [String(row.id)]: true, message }]]
  }

  const withoutVirtual = (input: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(input).filter(([name]) => !name.startsWith('_')))

  function updateEmails(user: number, { _useremails: emails = {}, _default_email: standard }: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(emails as Record<string, string>)) {
      const email = value.trim().toLowerCase()
      const row = { users_id: user, email, is_default: same(key, standard) ? 1 : 0, is_dynamic: 0 }
      if (Number(key) <= 0) insert('UserEmail', row)
      else if (email === '') tables.UserEmail.delete(Number(key))
      else tables.UserEmail.set(Number(key), { ...row, id: Number(key) })
    }
  }
  return { add, change }
}
