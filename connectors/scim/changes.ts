/** The changes of a user. User and groups are separate resources, so what was done is put back when a later call is refused. */
import type { Account, Writes } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { allOrNothing, type Part } from '#connectors/kit/all-or-nothing.ts'
import { accountDifferences } from '#connectors/kit/compare.ts'
import type { Draft } from '#connectors/kit/connector.ts'
import { path } from '#connectors/kit/http.ts'
import { thoseThere } from '#connectors/kit/is-there.ts'
import { refuseChanged } from '#connectors/kit/unchanged.ts'
import { writtenValues } from '#connectors/kit/written.ts'
import * as v from 'valibot'
import { coreUrn } from './core-schema.ts'
import { groupId, membershipParts, patchOf } from './groups.ts'
import { createSpelling, Resource, valuesAt, withValues } from './mapping.ts'
import type { Place } from './schema.ts'
import type { ScimServer } from './server.ts'
import { complete, findAccount, userById } from './users.ts'

type NewPlace = { readonly nativeId: string; readonly label: string }
type Json = Readonly<Record<string, unknown>>
type Secrets = Readonly<Record<string, string>>

export async function createUser(server: ScimServer, draft: Draft): Promise<NewPlace> {
  const { tell } = server
  const userName = String(draft.attributes['userName']?.[0] ?? '')
  if (userName === '') throw new GatewayError('invalid', 'a user of SCIM needs a userName', { sent: 'no', at: 'userName' })
  const body = toResource(server, draft)
  let nativeId = ''
  const groups = await membershipParts(server, () => nativeId, { add: draft.memberships, remove: [] })
  const make: Part = {
    async run() {
      const { json, headers } = await tell({ doing: 'creating the user', method: 'POST', path: '/Users', json: body })
      nativeId = createdId(json, headers['location'])
    },
    undo: async () => void (await tell({ doing: 'removing the new user', method: 'DELETE', path: path`/Users/${nativeId}` })),
  }
  try {
    await allOrNothing([make, ...groups])
  } catch (error) {
    throw nativeId === '' ? await raced(server, draft, error) : error
  }
  return { nativeId, label: userName }
}

/** The id stands in the answer and in its head, so that it is known even where the answer was cut. */
function createdId(json: unknown, location: string | undefined): string {
  const user = v.safeParse(Resource, json)
  const id = user.success ? user.output.id : /\/Users\/([^/?]+)$/.exec(location ?? '')?.[1]
  if (id !== undefined) return user.success ? id : decodeURIComponent(id)
  throw new GatewayError('unknown_outcome', 'creating the user: the server did not say which it made', { sent: 'yes' })
}

/**
 * Some servers that meet a user of the same name fail instead of saying so. What stands there tells: somebody else's user means that ours was not
 * made. Nobody there, or one just like ours, leaves the outcome unknown.
 */
async function raced(server: ScimServer, { attributes }: Draft, error: unknown): Promise<unknown> {
  if (!isGatewayError(error) || error.code !== 'unknown_outcome' || error.sent !== 'yes') return error
  const standing = await findAccount(server, { nativeId: null, correlate: { userName: attributes['userName'] ?? [] } }).catch(
    () => null,
  )
  if (standing === null) return error
  const spelling = createSpelling(server.schema)
  const ours = { ...standing, attributes, memberships: standing.memberships, enabled: standing.enabled }
  if (accountDifferences(ours, standing, spelling).length === 0) return error
  return new GatewayError('exists', 'creating the user: another user has the userName', { cause: error, sent: 'yes' })
}

function toResource(server: ScimServer, { attributes, enabled, secrets }: Draft): Json {
  const { schema, config } = server
  let resource: Json = { active: config.activeAsText ? (enabled ? 'True' : 'False') : enabled }
  for (const [name, values] of Object.entries(attributes)) resource = withValues(resource, schema.writable(name), values)
  const extensions = schema.schemas.map(({ id }) => id).filter((id) => id in resource)
  return { schemas: [coreUrn, ...extensions], ...resource, ...passwordOf(secrets) }
}

function passwordOf(secrets: Secrets): Json {
  const [name, password] = Object.entries(secrets)[0] ?? []
  if (name === undefined) return {}
  if (name === 'password' && Object.keys(secrets).length === 1) return { password }
  throw new GatewayError('config', 'SCIM has one secret of users, and it is called password', { sent: 'no', at: name })
}

export async function modifyUser(server: ScimServer, current: Account, writes: Writes, secrets: Secrets): Promise<void> {
  const { nativeId } = current
  const places = writes.attributes.map(({ attribute }) => server.schema.writable(attribute))
  const groups = await membershipParts(server, () => nativeId, writes.memberships)
  const user = await userById(server, nativeId)
  refuseChanged(current, user === null ? null : await complete(server, user), createSpelling(server.schema))
  if (user === null) return
  const password = passwordOf(Object.fromEntries(writes.secrets.map((name) => [name, secrets[name] ?? ''])))
  const writesUser = places.length > 0 || writes.enabled !== null
  const after = changed(server, user, writes)
  const change: Part = {
    run: () => writeUser(server, user, after, { places, version: user.meta?.version }),
    // What the server made of the change has another version.
    undo: () => writeUser(server, after, user, { places, version: undefined }),
  }
  // What was written before it, to the user or to groups that a server counts as the user's, has made another version.
  const only = writesUser || groups.length > 0 ? undefined : user.meta?.version
  const setPassword: Part = {
    run: () => writeUser(server, after, { ...after, ...password }, { places: [], version: only }),
    undo: async () => undefined,
  }
  await allOrNothing([...(writesUser ? [change] : []), ...groups, ...('password' in password ? [setPassword] : [])])
}

function changed(server: ScimServer, user: Resource, { attributes, enabled }: Writes): Resource {
  const { schema, config } = server
  const spelling = createSpelling(schema)
  let result: Json = user
  for (const write of attributes) {
    const place = schema.place(write.attribute)
    result = withValues(result, place, writtenValues(spelling, valuesAt(result, place), write))
  }
  if (enabled === null) return result as Resource
  return { ...(result as Resource), active: config.activeAsText ? (enabled.after ? 'True' : 'False') : enabled.after }
}

interface How {
  readonly places: readonly Place[]
  /** Only if the resource still has this version. */
  readonly version: string | undefined
}

/** Writes what differs between two states of a user. */
async function writeUser({ tell, patches }: ScimServer, from: Resource, to: Resource, { places, version }: How): Promise<void> {
  const where = { doing: 'changing the user', path: path`/Users/${from.id}` }
  const headers = version === undefined ? {} : { 'If-Match': version }
  if (patches) {
    const operations = [...placesOf(places).map((place) => operationAt(place, to)), ...plain(from, to)]
    await tell({ ...where, headers, method: 'PATCH', json: patchOf(operations) })
    return
  }
  const { meta: _meta, groups: _groups, ...body } = to
  const extensions = Object.keys(body).filter((name) => name.startsWith('urn:'))
  await tell({ ...where, headers, method: 'PUT', json: { ...body, schemas: [coreUrn, ...extensions] } })
}

/** Several names may be parts of one attribute with several values, which is written once. */
function placesOf(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((place) => [pathOf(place), place])).values()]
}

function pathOf({ extension, attribute, multiValued, sub }: Place): string {
  const base = extension === null ? attribute : `${extension}:${attribute}`
  return multiValued || sub === null ? base : `${base}.${sub}`
}

function operationAt(place: Place, resource: Resource): object {
  const holder = (place.extension === null ? resource : resource[place.extension]) as Json | undefined
  const value = place.multiValued ? holder?.[place.attribute] : valuesAt(resource, place)[0]
  return value === undefined ? { op: 'remove', path: pathOf(place) } : { op: 'replace', path: pathOf(place), value }
}

const plain = (from: Json, to: Json) =>
  ['active', 'password'].filter((name) => to[name] !== from[name]).map((name) => ({ op: 'replace', path: name, value: to[name] }))

export async function removeUser(server: ScimServer, current: Account): Promise<void> {
  const { nativeId, version } = current
  // A server without ETags may show versions and never look at the one it is told.
  if (version === undefined || !server.etags) {
    const user = await userById(server, nativeId)
    refuseChanged(current, user === null ? null : await complete(server, user), createSpelling(server.schema))
  }
  const headers = version === undefined ? {} : { 'If-Match': version }
  await server.tell({ doing: 'deleting the user', method: 'DELETE', path: path`/Users/${nativeId}`, headers })
}

/** The user comes back under a new id, without a password, and without groups that are gone. */
export async function restoreUser(server: ScimServer, account: Account): Promise<NewPlace> {
  const { nativeId, attributes, enabled } = account
  const correlate = { userName: attributes['userName'] ?? [] }
  const standing =
    (await findAccount(server, { nativeId, correlate: {} })) ?? (await findAccount(server, { nativeId: null, correlate }))
  if (standing !== null) {
    if (accountDifferences(account, standing, createSpelling(server.schema)).length === 0) return standing
    throw new GatewayError('exists', 'another user has the name of the removed one', { sent: 'yes' })
  }
  const memberships = await thoseThere(account.memberships, (group) => groupId(server, group))
  return createUser(server, { attributes, enabled, memberships, secrets: {} })
}
