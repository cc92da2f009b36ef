/**
 * The two protocols of Odoo's API, which call the same methods of the same models: JSON-2 since Odoo 19, JSON-RPC until Odoo 18 (and still in 19).
 * Everything above this file is the same for both.
 */
import type { TargetCache } from '#core/cache.ts'
import { GatewayError } from '#core/errors.ts'
import { path, type HttpAnswer, type HttpClient } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import type { OdooConfig } from './config.ts'
import { faultOf, toFaultError } from './errors.ts'
import { phrases } from './phrases.ts'

export interface OdooCall {
  /** For messages: "creating the user". */
  readonly doing: string
  readonly model: string
  readonly method: string
  /** The records that it is about. */
  readonly ids?: readonly number[]
  /** By the names of JSON-2, in the order in which the method takes them. */
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly effect: 'read' | 'write'
}

export interface Calls {
  /** Proves who the gateway is: the id of its user. Throws `auth`, `config`, or what reaching Odoo throws. */
  login(): Promise<number>
  /** What Odoo calls its version, such as `19.0`; null where it does not say. */
  version(): Promise<string | null>
  /** What the method returned; undefined when it succeeded and the answer was cut. */
  call(call: OdooCall): Promise<unknown>
}

export interface CallsOptions {
  readonly config: OdooConfig
  readonly cache: TargetCache
  readonly client: HttpClient
  readonly signal: AbortSignal
}

/** Archived users are seen, names are the English ones, and no mail leaves because a user is made. */
const context = { active_test: false, lang: 'en_US', tz: 'UTC', no_reset_password: true }

export function createCalls(options: CallsOptions): Calls {
  return options.config.protocol === 'json-2' ? json2(options) : jsonRpc(options)
}

function json2({ client, signal }: CallsOptions): Calls {
  async function call({ doing, model, method, ids, parameters, effect }: OdooCall): Promise<unknown> {
    const json = { ...(ids === undefined ? {} : { ids }), ...parameters, context }
    return (await client.call({ doing, method: 'POST', path: path`/json/2/${model}/${method}`, json, effect, signal })).json
  }
  const whoami = { doing: 'logging in', model: 'res.users', method: 'context_get', effect: 'read' } as const
  return {
    call,
    async login() {
      const user = v.safeParse(User, await call(whoami))
      if (user.success) return user.output.uid
      throw new GatewayError('config', 'logging in: the answer is not what Odoo answers', { sent: 'yes', hint: phrases.version })
    },
    async version() {
      const call = {
        doing: 'asking for the version',
        method: 'GET',
        path: '/web/version',
        also: [404],
        effect: 'read',
        signal,
      } as const
      const answer = v.safeParse(Version, (await client.call(call)).json)
      return answer.success ? answer.output.version : null
    },
  }
}

const User = v.object({ uid: v.number() })
const Version = v.object({ version: v.string() })

/** A user's id does not change as long as its login leads to it. */
const uidMs = 3_600_000

function jsonRpc({ config, cache, client, signal }: CallsOptions): Calls {
  const { database, login, apiKey } = config

  async function execute(doing: string, service: string, method: string, args: readonly unknown[], effect: OdooCall['effect']) {
    const json = { jsonrpc: '2.0', id: 1, method: 'call', params: { service, method, args } }
    return resultOf(await client.call({ doing, method: 'POST', path: '/jsonrpc', json, effect, signal }), doing, effect)
  }

  async function authenticate(): Promise<number> {
    const uid = await execute('logging in', 'common', 'authenticate', [database, login, apiKey, {}], 'read')
    if (typeof uid === 'number') return uid
    throw toFaultError('logging in', 'odoo.exceptions.AccessDenied')
  }

  return {
    login: authenticate,
    async version() {
      const answer = v.safeParse(Served, await execute('asking for the version', 'common', 'version', [], 'read'))
      return answer.success ? answer.output.server_version : null
    },
    async call({ doing, model, method, ids, parameters = {}, effect }) {
      const uid = await cache.get({ kind: 'lookup', key: `uid of ${login}`, ttlMs: uidMs, load: authenticate })
      const args = [...(ids === undefined ? [] : [ids]), ...Object.values(parameters)]
      return execute(doing, 'object', 'execute_kw', [database, uid, apiKey, model, method, args, { context }], effect)
    },
  }
}

const Served = v.object({ server_version: v.string() })
const Failure = v.object({ error: v.object({ data: v.optional(v.unknown()) }) })
const Success = v.object({ result: v.unknown() })

function resultOf({ json }: HttpAnswer, doing: string, effect: OdooCall['effect']): unknown {
  const failure = v.safeParse(Failure, json)
  if (failure.success) throw toFaultError(doing, faultOf(failure.output.error.data))
  const success = v.safeParse(Success, json)
  if (success.success) return success.output.result
  // Success and failure have the same status: an answer that was cut says nothing.
  if (effect === 'write' && json === undefined)
    throw new GatewayError('unknown_outcome', `${doing}: the answer was cut`, { sent: 'yes' })
  throw new GatewayError('config', `${doing}: the answer is not what Odoo answers`, {
    sent: 'yes',
    hint: phrases.url,
  })
}
