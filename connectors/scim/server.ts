/** One SCIM server as a job works with it: the calls, and what it said of itself, which holds for a while. */
import type { TargetCache } from '#core/cache.ts'
import { GatewayError } from '#core/errors.ts'
import type { HttpAnswer, HttpCall, HttpClient } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import type { ScimConfig } from './config.ts'
import { coreSchemas, coreUrn, enterpriseUrn } from './core-schema.ts'
import { overridden } from './overrides.ts'
import { phrases } from './phrases.ts'
import { createUserSchema, Schema, type UserSchema } from './schema.ts'

type Call = Omit<HttpCall, 'signal'>

export interface ScimServer {
  readonly target: string
  readonly config: ScimConfig
  readonly cache: TargetCache
  readonly patches: boolean
  /** It refuses a write that names another version than the resource has. */
  readonly etags: boolean
  readonly features: Features | null
  readonly schema: UserSchema
  ask<Wanted extends v.GenericSchema>(wanted: Wanted, call: Call): Promise<v.InferOutput<Wanted>>
  tell(call: Call): Promise<HttpAnswer>
}

export interface ServerOptions extends Pick<ScimServer, 'target' | 'config' | 'cache'> {
  readonly client: HttpClient
  readonly signal: AbortSignal
}

/** Asks the server for what is not known of it yet: its schema, and whether it patches. */
export async function openServer({ client, signal, ...own }: ServerOptions): Promise<ScimServer> {
  const tell = (call: Call) => client.call({ ...call, signal })
  const ask: ScimServer['ask'] = async (wanted, call) => parsed(wanted, await tell(call), call)
  const { schemas, features } = await own.cache.get({
    kind: 'schema',
    key: `server ${own.config.discover}`,
    ttlMs: describedMs,
    load: () => describeServer({ config: own.config, ask, tell }),
  })
  const { update, attributes } = own.config
  return {
    ...{ ...own, tell, ask, features },
    // Servers that do not say what they can are taken to do what nearly all do.
    patches: update === 'auto' ? (features?.patch ?? true) : update === 'patch',
    etags: features?.etag ?? false,
    schema: createUserSchema(overridden(schemas, attributes)),
  }
}

const describedMs = 300_000

export const listOf = <Wanted extends v.GenericSchema>(wanted: Wanted) =>
  v.object({ totalResults: v.optional(v.number(), 0), Resources: v.optional(v.array(wanted), []) })

/** What the server says that it can (RFC 7643 §5); null of what it does not speak of. */
const Feature = v.pipe(
  v.optional(v.object({ supported: v.optional(v.nullable(v.boolean()), null) }), {}),
  v.transform(({ supported }) => supported),
)
const Features = v.object({ patch: Feature, etag: Feature, filter: Feature, bulk: Feature, changePassword: Feature })
export type Features = v.InferOutput<typeof Features>

const ResourceTypes = listOf(
  v.object({
    endpoint: v.optional(v.string(), ''),
    schema: v.string(),
    schemaExtensions: v.optional(v.array(v.object({ schema: v.string() })), []),
  }),
)

async function describeServer({ config, ask, tell }: Pick<ScimServer, 'config' | 'ask' | 'tell'>) {
  const features = await featuresOf(tell)
  if (!config.discover) return { schemas: coreSchemas, features }
  const types = await ask(ResourceTypes, { doing: 'reading the types of resources', method: 'GET', path: '/ResourceTypes' })
  const user = types.Resources.find(({ endpoint }) => /\/?users$/i.test(endpoint))
  const wanted =
    user === undefined ? [coreUrn, enterpriseUrn] : [user.schema, ...user.schemaExtensions.map(({ schema }) => schema)]
  const all = await ask(listOf(Schema), { doing: 'reading the schemas', method: 'GET', path: '/Schemas' })
  const schemas = all.Resources.filter(({ id }) => wanted.includes(id))
  return { schemas: schemas.some(({ id }) => id === coreUrn) ? schemas : coreSchemas, features }
}

/** Null where the server does not say. */
async function featuresOf(tell: ScimServer['tell']): Promise<Features | null> {
  const call = {
    doing: 'reading what the server can',
    method: 'GET',
    path: '/ServiceProviderConfig',
    also: [400, 403, 404, 405, 501],
  } as const
  const features = v.safeParse(Features, (await tell(call)).json)
  return features.success ? features.output : null
}

function parsed<Wanted extends v.GenericSchema>(wanted: Wanted, { json }: HttpAnswer, { doing }: Call): v.InferOutput<Wanted> {
  const result = v.safeParse(wanted, json)
  if (result.success) return result.output
  throw new GatewayError('config', `${doing}: the answer is not what a SCIM server answers`, {
    sent: 'yes',
    hint: phrases.url,
  })
}

/** A value of a filter as JSON, which is how RFC 7644 §3.4.2.2 writes it: no value can become a part of the filter. */
export const literal = (value: string | number | boolean) => JSON.stringify(value)
