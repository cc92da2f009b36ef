/** One realm as a job works with it: the calls, and what was asked of the realm once and holds for a while. */
import type { TargetCache } from '#core/cache.ts'
import { GatewayError } from '#core/errors.ts'
import { path, type HttpAnswer, type HttpCall, type HttpClient } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import type { KeycloakConfig } from './config.ts'
import { phrases } from './phrases.ts'

export interface Realm {
  readonly target: string
  readonly config: KeycloakConfig
  readonly cache: TargetCache
  /** A call below the realm's administration; its answer parsed. */
  ask<Schema extends v.GenericSchema>(schema: Schema, call: Omit<HttpCall, 'signal'>): Promise<v.InferOutput<Schema>>
  /** The same where "there is none" is an answer. */
  askMaybe<Schema extends v.GenericSchema>(schema: Schema, call: Omit<HttpCall, 'signal'>): Promise<v.InferOutput<Schema> | null>
  tell(call: Omit<HttpCall, 'signal'>): Promise<HttpAnswer>
}

export interface RealmOptions extends Pick<Realm, 'target' | 'config' | 'cache'> {
  readonly client: HttpClient
  readonly signal: AbortSignal
}

export function openRealm({ client, signal, ...own }: RealmOptions): Realm {
  const tell = (call: Omit<HttpCall, 'signal'>) => client.call({ ...call, signal })
  return {
    ...own,
    tell,
    ask: async (schema, call) => parsed(schema, await tell(call), call),
    async askMaybe(schema, call) {
      const answer = await tell({ ...call, also: [404] })
      return answer.status === 404 ? null : parsed(schema, answer, call)
    },
  }
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  { json }: HttpAnswer,
  { doing }: Pick<HttpCall, 'doing'>,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, json)
  if (result.success) return result.output
  throw new GatewayError('config', `${doing}: the answer is not what Keycloak answers`, {
    sent: 'yes',
    hint: phrases.url,
  })
}

/** What a user may hold, as the realm's administrator defined it. */
const Profile = v.object({
  attributes: v.array(
    v.object({
      name: v.string(),
      multivalued: v.optional(v.boolean(), false),
      required: v.optional(v.unknown()),
      permissions: v.optional(v.object({ edit: v.optional(v.array(v.string()), []) })),
      validations: v.optional(
        v.object({
          length: v.optional(v.object({ max: v.optional(v.union([v.number(), v.pipe(v.string(), v.transform(Number))])) })),
          options: v.optional(v.object({ options: v.optional(v.array(v.string())) })),
        }),
        {},
      ),
    }),
  ),
  unmanagedAttributePolicy: v.optional(v.string()),
})
export type Profile = v.InferOutput<typeof Profile>

const profileMs = 300_000

export function readProfile({ cache, ask }: Realm): Promise<Profile> {
  const call = { doing: 'reading the user profile', method: 'GET', path: '/users/profile' } as const
  return cache.get({ kind: 'schema', key: 'profile', ttlMs: profileMs, load: () => ask(Profile, call) })
}

/** Whether a custom attribute that an administrator writes stays, instead of being dropped without a word. */
export function isKept({ attributes, unmanagedAttributePolicy }: Profile, name: string): boolean {
  return attributes.some((attribute) => attribute.name === name) || keepsAll({ unmanagedAttributePolicy })
}

/** Whether it keeps attributes that it does not describe, too. */
export function keepsAll({ unmanagedAttributePolicy }: Pick<Profile, 'unmanagedAttributePolicy'>): boolean {
  return unmanagedAttributePolicy === 'ENABLED' || unmanagedAttributePolicy === 'ADMIN_EDIT'
}

const Found = v.object({ id: v.string(), name: v.string() })
const lookupMs = 300_000

/** A role as its assignment wants it, and where it is assigned. */
export interface Role {
  readonly at: string
  readonly role: { readonly id: string; readonly name: string }
}

/** The id of a group by its path. Throws `not_found`. */
export async function groupId({ cache, askMaybe }: Realm, group: string): Promise<string> {
  const segments = group
    .slice(1)
    .split('/')
    .map((name) => path`/${name}`)
  const load = async () => {
    const found = await askMaybe(Found, { doing: 'finding a group', method: 'GET', path: `/group-by-path${segments.join('')}` })
    if (found === null) throw missing('group')
    return found.id
  }
  return cache.get({ kind: 'lookup', key: `group ${group}`, ttlMs: lookupMs, load })
}

/** Forgets ids that no longer lead anywhere: a group that was deleted and made again has another one. */
export const forgetGroup = ({ cache }: Realm, group: string) => cache.forget('lookup', `group ${group}`)

/** A role by `role:name` or `role:client/name`. Throws `not_found`. */
export async function roleOf({ cache, ask, askMaybe }: Realm, membership: string): Promise<Role> {
  const [first = '', second] = membership.slice('role:'.length).split('/')
  const load = async () => {
    const owner = second === undefined ? null : await clientUuid(ask, first)
    const where = owner === null ? path`/roles/${first}` : path`/clients/${owner}/roles/${second ?? ''}`
    const role = await askMaybe(Found, { doing: 'finding a role', method: 'GET', path: where })
    if (role === null) throw missing('role')
    return { at: owner === null ? 'realm' : path`clients/${owner}`, role }
  }
  return cache.get({ kind: 'lookup', key: membership, ttlMs: lookupMs, load })
}

async function clientUuid(ask: Realm['ask'], clientId: string): Promise<string> {
  const call = { doing: 'finding a client', method: 'GET', path: '/clients', query: { clientId } } as const
  const [client] = await ask(v.array(v.object({ id: v.string() })), call)
  if (client === undefined) throw missing('client of a role')
  return client.id
}

function missing(what: string): GatewayError {
  return new GatewayError('not_found', `a ${what} of the change does not exist in the realm`, {
    sent: 'no',
    hint: phrases.groupNames,
  })
}
