/** One GLPI as a job works with it: its session, its calls, and the ids behind the names of groups and profiles. */
import { createLocalCache, type TargetCache } from '#core/cache.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Egress } from '#core/egress.ts'
import { session, type Authorization } from '#connectors/kit/http-authorization.ts'
import { createHttpClient, type HttpAnswer, type HttpCall, type HttpClient } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import type { GlpiConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { profilePrefix, type Link } from './mapping.ts'
import { phrases } from './phrases.ts'

type Call = Omit<HttpCall, 'signal'>

export interface Glpi {
  readonly target: string
  readonly config: GlpiConfig
  readonly cache: TargetCache
  tell(call: Call): Promise<HttpAnswer>
  ask<Schema extends v.GenericSchema>(schema: Schema, call: Call): Promise<v.InferOutput<Schema>>
}

export function openGlpi({
  client,
  signal,
  ...own
}: Pick<Glpi, 'target' | 'config' | 'cache'> & { client: HttpClient; signal: AbortSignal }): Glpi {
  const tell = (call: Call) => client.call({ ...call, signal })
  return {
    ...own,
    tell,
    async ask(schema, call) {
      const { json } = await tell(call)
      const result = v.safeParse(schema, json)
      if (result.success) return result.output
      throw new GatewayError('config', `${call.doing}: the answer is not what GLPI answers`, {
        ...{ sent: 'yes', hint: phrases.url },
      })
    },
  }
}

/** Well under the quarter of an hour and more after which PHP forgets a session that rests. */
const sessionMs = 600_000
const Started = v.object({ session_token: v.pipe(v.string(), v.nonEmpty()) })

export interface GlpiSession extends AsyncDisposable {
  readonly authorization: Authorization
  /** For as long as a job lasts; dispose it in any case. */
  hold(): Disposable
}

/**
 * One session for all jobs of this process that are under way: GLPI keeps every session for hours, so it is ended when no job came for `restMs`, and
 * with the connection. Each job its own would be two calls more, of which the first makes GLPI read all the rights of the gateway's user.
 */
export function createSession(config: GlpiConfig, egress: Pick<Egress, 'send'>, restMs = 5_000): GlpiSession {
  const app: Readonly<Record<string, string>> = config.appToken === null ? {} : { 'App-Token': config.appToken }
  const headersOf = (token: string) => ({ ...app, 'Session-Token': token })
  const bare = (headers: Readonly<Record<string, string>>) =>
    createHttpClient({
      ...{ egress, meaningOf, baseUrl: config.url },
      authorization: { headers: async () => headers, renew: async () => false },
    })
  let current: string | null = null

  async function end(token: string | null): Promise<void> {
    if (token === null) return
    const call = { doing: 'ending the session', method: 'GET', path: '/killSession', effect: 'read' } as const
    try {
      await bare(headersOf(token)).call({ ...call, signal: AbortSignal.timeout(2_000) })
    } catch (error) {
      // A session that cannot be ended ends by itself.
      if (!isGatewayError(error)) throw error
    }
  }

  const cache = createLocalCache().forTarget('session', 0)
  const key = 'session'
  const authorization = session({
    cache,
    key,
    toHeaders: headersOf,
    async login(signal) {
      const before = current
      current = null
      await end(before)
      const credentials = { ...app, Authorization: `user_token ${config.userToken}` }
      const call = { doing: 'opening a session', method: 'GET', path: '/initSession', signal } as const
      const started = v.safeParse(Started, (await bare(credentials).call(call)).json)
      if (!started.success)
        throw new GatewayError('config', 'opening a session: the answer is not what GLPI answers', {
          ...{ sent: 'no', hint: phrases.shortUrl },
        })
      current = started.output.session_token
      return { token: current, ttlMs: sessionMs }
    },
  })
  async function leave(): Promise<void> {
    const last = current
    current = null
    await cache.forget('token', key)
    await end(last)
  }

  return { authorization, ...leftBy(leave, restMs) }
}

/** Leaves when nobody held it for so long, and when it is disposed. */
function leftBy(leave: () => Promise<void>, restMs: number): Omit<GlpiSession, 'authorization'> {
  let held = 0
  let resting: NodeJS.Timeout | undefined
  return {
    hold() {
      held++
      clearTimeout(resting)
      return {
        [Symbol.dispose]() {
          if (--held === 0) resting = setTimeout(() => void leave(), restMs).unref()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(resting)
      await leave()
    },
  }
}

const Named = v.array(v.looseObject({ id: v.number(), name: v.string(), completename: v.optional(v.nullable(v.string()), null) }))
const lookupMs = 300_000
const pageSize = 500

interface Directory {
  readonly ids: Readonly<Record<string, number>>
  readonly names: Readonly<Record<string, string>>
}

/** All groups or profiles, by one call for 500: a user's rows hold ids alone. */
function directory({ cache, ask }: Glpi, itemtype: 'Group' | 'Profile', fresh: boolean): Promise<Directory> {
  const load = async (): Promise<Directory> => {
    const found: [string, number][] = []
    for (let start = 0; ; start += pageSize) {
      const query = { range: `${start}-${start + pageSize - 1}` }
      const page = await askPage({ ask }, Named, { doing: 'reading the groups', method: 'GET', path: `/${itemtype}`, query })
      found.push(...page.map(({ id, name, completename }) => [completename ?? name, id] as [string, number]))
      if (page.length < pageSize) break
    }
    return { ids: Object.fromEntries(found), names: Object.fromEntries(found.map(([name, id]) => [String(id), name])) }
  }
  const entry = { kind: 'lookup', key: itemtype, ttlMs: lookupMs, load } as const
  return fresh ? cache.forget('lookup', itemtype).then(() => cache.get(entry)) : cache.get(entry)
}

/** A page of a list; one that begins behind the end is refused by GLPI, and is empty to us. */
export async function askPage<Schema extends v.GenericSchema<unknown, readonly unknown[]>>(
  { ask }: Pick<Glpi, 'ask'>,
  schema: Schema,
  call: Call,
): Promise<v.InferOutput<Schema> | []> {
  try {
    return await ask(schema, call)
  } catch (error) {
    if (isGatewayError(error) && error.vendorCode?.endsWith('ERROR_RANGE_EXCEED_TOTAL') === true) return []
    throw error
  }
}

/** The id of a group or profile by its name. Throws `not_found`. */
export async function idOf(glpi: Glpi, membership: string): Promise<{ readonly table: Link['table']; readonly id: number }> {
  const isProfile = membership.startsWith(profilePrefix)
  if (isProfile && !glpi.config.profiles)
    throw new GatewayError('config', 'this target has no profiles as memberships', {
      ...{ sent: 'no', hint: phrases.profiles },
    })
  const name = isProfile ? membership.slice(profilePrefix.length) : membership
  const itemtype = isProfile ? 'Profile' : 'Group'
  const known = (await directory(glpi, itemtype, false)).ids[name] ?? (await directory(glpi, itemtype, true)).ids[name]
  if (known !== undefined) return { table: isProfile ? 'Profile_User' : 'Group_User', id: known }
  throw new GatewayError('not_found', 'a group or profile of the change does not exist in GLPI', {
    ...{ sent: 'no', hint: phrases.groupNames },
  })
}

/** The name of a group or profile by its id; null when it went away meanwhile. */
export async function nameOf(glpi: Glpi, itemtype: 'Group' | 'Profile', id: number): Promise<string | null> {
  const key = String(id)
  const name = (await directory(glpi, itemtype, false)).names[key] ?? (await directory(glpi, itemtype, true)).names[key]
  if (name === undefined) return null
  return itemtype === 'Profile' ? profilePrefix + name : name
}
