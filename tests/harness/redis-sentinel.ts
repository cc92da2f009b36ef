/** Redis behind Sentinel: a master, two replicas and three sentinels, all real, on loopback. The master may be killed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freeLoopbackPort } from './daemon.ts'
import { openRedisNode, type RedisNode } from './redis-node.ts'

export interface TestSentinel extends AsyncDisposable {
  /** As `REDIS_URL` has it. */
  readonly url: string
  /** The node that the sentinels take for the master now. */
  master(): Promise<RedisNode>
  /** Kills the master; resolves when another node is the master and can be written to. */
  failOver(): Promise<RedisNode>
}

const name = 'passerelle'
const host = '127.0.0.1'
const downAfterMs = 500

/** Ready in a few seconds: when the sentinels know the replicas and each other. */
export async function openRedisSentinel(): Promise<TestSentinel> {
  const stack = new AsyncDisposableStack()
  try {
    const ports = await freePorts(6)
    const [first = 0, ...others] = ports.slice(0, 3)
    const common = { appendonly: 'no', 'repl-diskless-sync-delay': '0', 'repl-timeout': '5' }
    const nodes = [stack.use(await openRedisNode({ port: first, settings: common }))]
    for (const port of others)
      nodes.push(stack.use(await openRedisNode({ port, settings: { ...common, replicaof: `${host} ${first}` } })))
    const sentinels: RedisNode[] = []
    for (const port of ports.slice(3))
      sentinels.push(stack.use(await openRedisNode({ port, configuration: (folder) => writeConfiguration(folder, first) })))

    const master = async () => {
      for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) {
        const reply = await sentinels[0]?.ask('SENTINEL', 'get-master-addr-by-name', name)
        const node = nodes.find(({ port }) => reply?.includes(`\r\n${port}\r\n`))
        if (node?.isUp === true && (await isWritable(node))) return node
      }
      throw new Error('there is no master')
    }
    await watching(sentinels)
    return {
      url: `redis+sentinel://${sentinels.map(({ port }) => `${host}:${port}`).join(',')}/${name}`,
      master,
      async failOver() {
        await (await master()).kill()
        return master()
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Sentinel writes what it learns into its configuration file. */
function writeConfiguration(folder: string, master: number): string {
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `sentinel monitor ${name} ${host} ${master} 2`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 3000`,
    `sentinel parallel-syncs ${name} 2`,
  ]
  writeFileSync(file, lines.join('\n'))
  return file
}

async function watching(sentinels: readonly RedisNode[]): Promise<void> {
  for (const end = Date.now() + 20_000; ; await delay(100)) {
    const replies = await Promise.all(sentinels.map((sentinel) => sentinel.ask('INFO', 'sentinel')))
    if (replies.every((reply) => reply.includes('slaves=2,sentinels=3'))) return
    if (Date.now() > end) throw new Error(`the sentinels do not know each other: ${replies.join('\n')}`)
  }
}

export async function isWritable(node: RedisNode): Promise<boolean> {
  const role = await node.ask('ROLE').catch(() => '')
  return role.includes('master')
}

/** Different ones, although each is free again as soon as it is known. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freeLoopbackPort())
  return [...ports]
}
