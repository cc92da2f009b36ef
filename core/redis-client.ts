/** Connections to Redis, in whatever way it is set up. */
import { Cluster, Redis } from 'ioredis'
import { gatherWrites } from './gather-writes.ts'
import { parseRedisUrl } from './redis-url.ts'

/**
 * A client for the URL's kind of Redis: standalone, Sentinel or Cluster. With `failsFast`, a command that Redis does not answer at once is
 * an error; otherwise it waits for as long as Redis is away.
 */
export function connectRedis(url: string, { failsFast = false }: { readonly failsFast?: boolean } = {}): Redis | Cluster {
  const { nodes, sentinel, cluster, ...login } = parseRedisUrl(url)
  const patience = failsFast
    ? { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: fastMs, autoResendUnfulfilledCommands: false }
    : { maxRetriesPerRequest: null }
  const common = {
    ...login,
    ...patience,
    enableReadyCheck: true,
    retryStrategy: (times: number) => Math.min(100 * 2 ** times, 2_000),
  }
  if (cluster) {
    const client = new Cluster([...nodes], {
      redisOptions: common,
      enableOfflineQueue: !failsFast,
      clusterRetryStrategy: (times) => Math.min(100 * 2 ** times, 2_000),
    })
    return client.on('+node', gathering)
  }
  if (sentinel !== undefined) return gathering(new Redis({ ...common, sentinels: [...nodes], name: sentinel }))
  return gathering(new Redis({ ...common, ...nodes[0] }))
}

/** Each connection that the client makes, the ones after a loss included. */
function gathering(client: Redis): Redis {
  return client.on('connect', () => gatherWrites(client.stream))
}

/** Milliseconds; a Redis that is well answers in one. */
const fastMs = 250
