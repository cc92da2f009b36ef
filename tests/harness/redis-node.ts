/** One Redis process for the harnesses that need several: its folder, its port, and a client that speaks just enough of the protocol. */
import { connect } from 'node:net'
import { findBinary, removeFolder, startDaemon, temporaryFolder, type Daemon } from './daemon.ts'

export interface RedisNode extends AsyncDisposable {
  readonly port: number
  /** False once it was killed. */
  readonly isUp: boolean
  /** Sends one command; resolves with the raw reply, which is enough to look for a word in it. */
  ask(...words: readonly string[]): Promise<string>
  kill(): Promise<void>
  start(): Promise<void>
}

const host = '127.0.0.1'

export interface RedisNodeOptions {
  readonly port: number
  /** More settings of redis.conf, by name. */
  readonly settings?: Readonly<Record<string, string>>
  /** Lines of a configuration file that the process may write to, as Sentinel must. */
  readonly configuration?: (folder: string) => string
}

export async function openRedisNode({ port, settings = {}, configuration }: RedisNodeOptions): Promise<RedisNode> {
  const program = findBinary('redis-server', 'redis-server')
  const folder = temporaryFolder('redis-node', null)
  const all = { port: String(port), bind: host, dir: folder, save: '', daemonize: 'no', ...settings }
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
  const command = configuration === undefined ? [program, ...flags] : [program, configuration(folder), ...flags, '--sentinel']
  const ask = (...words: readonly string[]) => askRedis(port, words)
  const start = () =>
    startDaemon({
      command,
      deathSignal: 'KILL',
      ready: async () => {
        const answer = await ask('PING')
        if (!answer.startsWith('+PONG')) throw new Error(answer)
      },
    })
  let daemon: Daemon | null = await start()
  const kill = async () => {
    await daemon?.stop('SIGKILL')
    daemon = null
  }
  return {
    port,
    get isUp() {
      return daemon !== null
    },
    ask,
    kill,
    start: async () => {
      daemon ??= await start()
    },
    async [Symbol.asyncDispose]() {
      await kill()
      removeFolder(folder)
    },
  }
}

/** The reply as it comes over the wire; a reply in several chunks is complete when nothing more comes for a moment. */
function askRedis(port: number, words: readonly string[]): Promise<string> {
  const request = `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(request))
    let reply = ''
    let quiet: NodeJS.Timeout | undefined
    const end = () => {
      socket.destroy()
      resolve(reply)
    }
    socket.setTimeout(5_000, () => socket.destroy(new Error('Redis does not answer')))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      reply += chunk.toString()
      clearTimeout(quiet)
      quiet = setTimeout(end, 20)
    })
  })
}
