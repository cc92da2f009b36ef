/** Memberships live in the groups (RFC 7643 §4.2): a group is called by its displayName, its members are added and removed one by one. */
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Part } from '#connectors/kit/all-or-nothing.ts'
import { path } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { Resource } from './mapping.ts'
import { phrases } from './phrases.ts'
import { listOf, literal, type ScimServer } from './server.ts'

const Named = v.object({ id: v.string(), displayName: v.optional(v.string(), '') })
const Mention = v.object({ value: v.string(), display: v.optional(v.string()), type: v.optional(v.string()) })
const lookupMs = 300_000

/** The names of the groups a user is in directly. */
export async function membershipsOf(server: ScimServer, user: Resource): Promise<readonly string[]> {
  switch (server.config.memberships) {
    case 'none':
      return []
    case 'groups':
      return (await groupsHolding(server, user.id)).map(({ displayName }) => displayName)
    case 'user':
      return namesOf(server, user['groups'])
  }
}

async function namesOf(server: ScimServer, mentions: unknown): Promise<readonly string[]> {
  const groups = v.parse(v.fallback(v.array(Mention), []), mentions)
  const direct = groups.filter(({ type }) => type?.toLowerCase() !== 'indirect')
  return Promise.all(direct.map(async ({ value, display }) => display ?? groupName(server, value)))
}

/** Asked page by page; members are not read, of which there may be many. */
async function groupsHolding({ ask }: ScimServer, userId: string): Promise<readonly v.InferOutput<typeof Named>[]> {
  const found: v.InferOutput<typeof Named>[] = []
  for (;;) {
    const query = {
      filter: `members.value eq ${literal(userId)}`,
      startIndex: found.length + 1,
      count: 100,
      excludedAttributes: 'members',
    }
    const page = await ask(listOf(Named), { doing: 'searching the groups of the user', method: 'GET', path: '/Groups', query })
    found.push(...page.Resources)
    if (page.Resources.length === 0 || found.length >= page.totalResults) return found
  }
}

function groupName({ ask, cache }: ScimServer, id: string): Promise<string> {
  const call = {
    doing: 'reading a group',
    method: 'GET',
    path: path`/Groups/${id}`,
    query: { excludedAttributes: 'members' },
  } as const
  const load = async () => (await ask(Named, call)).displayName
  return cache.get({ kind: 'lookup', key: `name ${id}`, ttlMs: lookupMs, load })
}

/** Throws `not_found`, and `ambiguous` for a name that several groups have. */
export function groupId({ ask, cache, target }: ScimServer, name: string): Promise<string> {
  const load = async () => {
    const query = { filter: `displayName eq ${literal(name)}`, count: 10, excludedAttributes: 'members' }
    const { Resources } = await ask(listOf(Named), { doing: 'searching a group', method: 'GET', path: '/Groups', query })
    const [found, ...others] = Resources.filter(({ displayName }) => displayName.toLowerCase() === name.toLowerCase())
    if (others.length > 0) throw new GatewayError('ambiguous', `${target}: several groups have the same name`, { sent: 'no' })
    if (found === undefined)
      throw new GatewayError('not_found', 'a group of the change does not exist on the server', {
        sent: 'no',
        hint: phrases.groupNames,
      })
    return found.id
  }
  return cache.get({ kind: 'lookup', key: `group ${name.toLowerCase()}`, ttlMs: lookupMs, load })
}

const forgetGroup = ({ cache }: ScimServer, name: string) => cache.forget('lookup', `group ${name.toLowerCase()}`)

export interface Memberships {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** The groups are looked up before anything is written: one that does not exist refuses the whole change. */
export async function membershipParts(server: ScimServer, user: () => string, { add, remove }: Memberships): Promise<Part[]> {
  if (server.config.memberships === 'none' && add.length + remove.length > 0)
    throw new GatewayError('unsupported', 'this target has no memberships', {
      sent: 'no',
      hint: phrases.memberships,
    })
  const part = async (name: string, joins: boolean): Promise<Part> => {
    const id = await groupId(server, name)
    return {
      run: () => setMember(server, { id, name }, user(), joins),
      undo: () => setMember(server, { id, name }, user(), !joins),
    }
  }
  return Promise.all([...add.map((name) => part(name, true)), ...remove.map((name) => part(name, false))])
}

interface Group {
  readonly id: string
  readonly name: string
}

async function setMember(server: ScimServer, group: Group, user: string, joins: boolean): Promise<void> {
  try {
    await (server.patches ? patchMember(server, group, user, joins) : putMember(server, group, user, joins))
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'not_found') throw error
    await forgetGroup(server, group.name)
    if (joins) throw error
  }
}

export const patchOf = (operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

async function patchMember({ tell }: ScimServer, { id }: Group, user: string, joins: boolean): Promise<void> {
  const operation = joins
    ? { op: 'add', path: 'members', value: [{ value: user }] }
    : { op: 'remove', path: `members[value eq ${literal(user)}]` }
  await tell({
    doing: joins ? 'joining a group' : 'leaving a group',
    method: 'PATCH',
    path: path`/Groups/${id}`,
    json: patchOf([operation]),
  })
}

const putTries = 5

/** Reads the group, changes the one member, and writes it back unless it changed meanwhile. */
async function putMember({ tell, ask }: ScimServer, { id }: Group, user: string, joins: boolean): Promise<void> {
  const where = { method: 'GET', path: path`/Groups/${id}` } as const
  for (let tries = 1; ; tries++) {
    const group = await ask(Resource, { ...where, doing: 'reading a group' })
    const present = v.parse(v.fallback(v.array(v.looseObject({ value: v.string() })), []), group['members'])
    const others = present.filter(({ value }) => value !== user)
    if (present.length > others.length === joins) return
    const members = joins ? [...others, { value: user }] : others
    try {
      const headers = group.meta?.version === undefined ? {} : { 'If-Match': group.meta.version }
      const doing = joins ? 'joining a group' : 'leaving a group'
      await tell({ ...where, doing, method: 'PUT', headers, json: { ...group, members } })
      return
    } catch (error) {
      if (tries === putTries || !isGatewayError(error) || error.code !== 'stale') throw error
    }
  }
}
