/** Redis addresses as one setting: `redis[s]://[user:password@]host:port[/db]`, and lists of nodes for Sentinel and Cluster. */
import { GatewayError } from './errors.ts'

export interface RedisAddress {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** The name of the master that the sentinels watch. */
  readonly sentinel: string | undefined
  readonly cluster: boolean
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: Record<string, never>
}

const shape = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)(?:\/([^?]*))?$/

/** Throws `config` with an example when the URL cannot be understood. */
export function parseRedisUrl(url: string): RedisAddress {
  const match = shape.exec(url)
  if (match === null)
    throw wrong(
      'it must look like redis://host:6379, redis+sentinel://h1:26379,h2:26379/mymaster or redis+cluster://h1:7000,h2:7001',
    )
  const [, scheme, kind, username, password, hosts = '', path = ''] = match
  const nodes = hosts.split(',').map((host) => toNode(host, kind === '+sentinel' ? 26_379 : 6_379))
  if (kind === '+sentinel' && path === '') throw wrong('the name of the master is missing: redis+sentinel://h1:26379/mymaster')
  if (kind === undefined && path !== '' && !/^\d+$/.test(path)) throw wrong('the database must be a number: redis://host:6379/0')
  return {
    nodes,
    sentinel: kind === '+sentinel' ? path : undefined,
    cluster: kind === '+cluster',
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password === undefined ? {} : { password: decodeURIComponent(password) }),
    ...(kind === undefined && path !== '' ? { db: Number(path) } : {}),
    ...(scheme === 'rediss' ? { tls: {} } : {}),
  }
}

function toNode(host: string, defaultPort: number): { host: string; port: number } {
  const [, name, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) ?? []
  if (name === undefined) throw wrong(`"${host}" is no host:port`)
  return { host: name.replaceAll(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) }
}

function wrong(message: string): GatewayError {
  return new GatewayError('config', `REDIS_URL is wrong: ${message}`)
}
