/** A real Redis of its own for a test file, in a temporary folder, on a free loopback port. */
import { findBinary, freeLoopbackPort, removeFolder, startDaemon, temporaryFolder, type Daemon } from './daemon.ts'
import { connect } from 'node:net'
import { Redis } from 'ioredis'

export interface TestRedisOptions {
  /** everysec is what Redis itself defaults to; always loses nothing. Only with `appendonly`. */
  readonly appendfsync?: 'always' | 'everysec'
  /** Keep what was written across `kill` and `start`. */
  readonly appendonly?: boolean
  /** `noeviction` unless a test wants to see a wrong one refused. */
  readonly maxmemoryPolicy?: string
}

export interface TestRedis extends AsyncDisposable {
  /** The server's process; undefined while it is stopped. */
  readonly pid: number | undefined
  readonly host: string
  readonly port: number
  readonly url: string
  /** One command on a connection of its own, such as `FLUSHALL`, `REPLICAOF` or `CONFIG SET maxmemory`; throws the server's error. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>
  /** Ends it in good order. */
  stop(): Promise<void>
  /** SIGKILL, as if the machine died. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what the append-only file kept. */
  start(): Promise<void>
}

const host = '127.0.0.1'

/** Opens a Redis; ready in a few tens of milliseconds. Throws, naming the package, when the program is missing. */
export async function openRedis({
  appendonly = false,
  appendfsync = 'always',
  maxmemoryPolicy = 'noeviction',
}: TestRedisOptions = {}): Promise<TestRedis> {
  const program = findBinary('redis-server', 'redis-server')
  const folder = temporaryFolder('redis', null)
  const port = await freeLoopbackPort()
  const settings = {
    port: String(port),
    bind: host,
    dir: folder,
    save: '',
    appendonly: appendonly ? 'yes' : 'no',
    appendfsync,
    'maxmemory-policy': maxmemoryPolicy,
    daemonize: 'no',
  }
  const command = [program, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])]
  const start = () => startDaemon({ command, deathSignal: 'KILL', ready: () => answersPing(port) })
  let daemon: Daemon | null = await start()
  const end = async (signal: NodeJS.Signals) => {
    await daemon?.stop(signal)
    daemon = null
  }
  return {
    get pid() {
      return daemon?.pid
    },
    host,
    port,
    url: `redis://${host}:${port}`,
    async command(name, ...args) {
      const client = new Redis({ host, port, maxRetriesPerRequest: 1, retryStrategy: null })
      client.on('error', () => undefined)
      try {
        return await client.call(name, ...args)
      } finally {
        client.disconnect()
      }
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start: async () => {
      daemon ??= await start()
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL')
      removeFolder(folder)
    },
  }
}

/** An accepted connection is not enough: a Redis that still loads its append-only file answers LOADING. */
function answersPing(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write('PING\r\n'))
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer to PING')))
    socket.once('error', reject)
    socket.once('data', (answer) => {
      socket.destroy()
      if (answer.toString().startsWith('+PONG')) resolve()
      else reject(new Error(answer.toString()))
    })
  })
}
