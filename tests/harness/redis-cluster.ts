/** A Redis Cluster of six real nodes on loopback: three masters, each with a replica. A master may be killed, a slot may move. */
import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findBinary } from './daemon.ts'
import { openRedisNode, type RedisNode } from './redis-node.ts'
import { freePorts, isWritable } from './redis-sentinel.ts'

export interface TestCluster extends AsyncDisposable {
  /** As `REDIS_URL` has it. */
  readonly url: string
  /** The master that holds this key. */
  masterOf(key: string): Promise<RedisNode>
  /** Kills the master that holds the key; resolves when its replica has taken its place. */
  failOver(key: string): Promise<RedisNode>
  /** Moves the key's slot to another master, key by key, while it is used. */
  moveSlotOf(key: string): Promise<void>
}

const host = '127.0.0.1'
const run = promisify(execFile)

/** Ready in a few seconds: when all slots are served and every master has its replica. */
export async function openRedisCluster(): Promise<TestCluster> {
  const stack = new AsyncDisposableStack()
  try {
    const cli = findBinary('redis-cli', 'redis-tools')
    const settings = {
      'cluster-enabled': 'yes',
      'cluster-node-timeout': '1000',
      'repl-diskless-sync-delay': '0',
      appendonly: 'no',
    }
    const nodes: RedisNode[] = []
    // The nodes speak to each other on the port + 10,000.
    for (const port of (await freePorts(40)).filter((free) => free < 55_000).slice(0, 6))
      nodes.push(stack.use(await openRedisNode({ port, settings })))
    const addresses = nodes.map(({ port }) => `${host}:${port}`)
    await run(cli, ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'])
    await settled(nodes)

    const slotOf = async (key: string) => Number((await living(nodes).ask('CLUSTER', 'KEYSLOT', key)).slice(1))
    const masterOf = async (key: string) => {
      const slot = await slotOf(key)
      for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) {
        const owner = ownerOf(await living(nodes).ask('CLUSTER', 'NODES'), slot)
        const node = nodes.find(({ port }) => port === owner?.port)
        if (node?.isUp === true && (await isWritable(node))) return node
      }
      throw new Error(`nobody holds slot ${slot}`)
    }
    return {
      url: `redis+cluster://${addresses.join(',')}`,
      masterOf,
      async failOver(key) {
        await (await masterOf(key)).kill()
        const next = await masterOf(key)
        await served(nodes)
        return next
      },
      async moveSlotOf(key) {
        await moveSlot(nodes, await slotOf(key), await masterOf(key))
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function living(nodes: readonly RedisNode[]): RedisNode {
  const node = nodes.find(({ isUp }) => isUp)
  if (node === undefined) throw new Error('no node lives')
  return node
}

interface Listed {
  readonly id: string
  readonly port: number
  readonly isMaster: boolean
  readonly slots: readonly (readonly [from: number, to: number])[]
}

/** `<id> <ip:port@cport> <flags> <master> <ping> <pong> <epoch> <link> <slot> …` (Redis, CLUSTER NODES) */
function parseNodes(reply: string): readonly Listed[] {
  return reply
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((words) => words.length >= 8)
    .map(([id = '', address = '', flags = '', , , , , , ...slots]) => ({
      id,
      port: Number(/:(\d+)@/.exec(address)?.[1]),
      isMaster: flags.includes('master') && !flags.includes('fail'),
      slots: slots
        .filter((slot) => /^\d/.test(slot))
        .map((slot) => slot.split('-').map(Number))
        .map(([from = 0, to = from]) => [from, to] as const),
    }))
}

const ownerOf = (reply: string, slot: number): Listed | undefined =>
  parseNodes(reply).find(({ isMaster, slots }) => isMaster && slots.some(([from, to]) => from <= slot && slot <= to))

async function served(nodes: readonly RedisNode[]): Promise<void> {
  for (const end = Date.now() + 20_000; ; await delay(50)) {
    const replies = await Promise.all(nodes.filter(({ isUp }) => isUp).map((node) => node.ask('CLUSTER', 'INFO').catch(() => '')))
    if (replies.every((reply) => reply.includes('cluster_state:ok'))) return
    if (Date.now() > end) throw new Error(`the cluster does not serve all slots: ${replies.join('\n')}`)
  }
}

/** All slots are served, and every replica is in step with its master. */
async function settled(nodes: readonly RedisNode[]): Promise<void> {
  await served(nodes)
  for (const end = Date.now() + 20_000; ; await delay(100)) {
    const roles = await Promise.all(nodes.map((node) => node.ask('ROLE')))
    if (roles.filter((role) => role.includes('connected') && role.includes('slave')).length === nodes.length / 2) return
    if (Date.now() > end) throw new Error(`the replicas do not follow: ${roles.join('\n')}`)
  }
}

/** As `redis-cli --cluster reshard` does it (Redis Cluster specification, "Live resharding"). */
async function moveSlot(nodes: readonly RedisNode[], slot: number, from: RedisNode): Promise<void> {
  const listed = parseNodes(await from.ask('CLUSTER', 'NODES'))
  const idOf = (port: number) => listed.find((node) => node.port === port)?.id ?? ''
  const other = listed.find((node) => node.isMaster && node.port !== from.port)
  const to = nodes.find((node) => node.port === other?.port)
  if (to === undefined) throw new Error('there is no other master')
  await to.ask('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', idOf(from.port))
  await from.ask('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', idOf(to.port))
  for (;;) {
    const keys = (await from.ask('CLUSTER', 'GETKEYSINSLOT', String(slot), '20'))
      .split('\r\n')
      .filter((line) => /^[^*$]/.test(line))
    if (keys.length === 0) break
    await from.ask('MIGRATE', host, String(to.port), '', '0', '5000', 'KEYS', ...keys)
  }
  const masters = nodes.filter((node) => node.isUp && listed.some(({ port, isMaster }) => isMaster && port === node.port))
  for (const node of [to, from, ...masters]) await node.ask('CLUSTER', 'SETSLOT', String(slot), 'NODE', idOf(to.port))
}
