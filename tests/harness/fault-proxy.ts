/**
 * A TCP proxy on a loopback port that fails on command, the way networks do. The one that matters most is the reply that is
 * lost after the server committed: the client cannot know, and must find out.
 */
import { createServer, connect, type Server, type Socket } from 'node:net'

type Mode = 'pass' | 'hang' | 'blackhole' | 'refuse'

/** Says whether these bytes, as a client sent them, are the request whose reply is to be lost. */
export type IsRequest = (request: Buffer) => boolean

export interface FaultProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The next request reaches the server; its reply is dropped and the client's connection reset. */
  cutNextReply(): void
  /** The same for the first request that the predicate accepts; requests before it pass. */
  cutReplyAfter(isRequest: IsRequest): void
  /** Keeps the first request that the predicate accepts from the server until it is released; what else is sent passes. */
  holdNext(isRequest: IsRequest): HeldRequest
  /** How many replies were cut so far. */
  readonly cuts: number
  /** New connections are accepted, and nothing is forwarded in either direction, on old ones neither. */
  hang(): void
  /** The server still receives everything, and nothing comes back. */
  blackhole(): void
  /** Every reply comes this many milliseconds late. */
  delay(milliseconds: number): void
  /** Resets all present connections; new ones work. */
  reset(): void
  /** Stops listening and resets all connections: new ones are refused. */
  refuse(): Promise<void>
  /** Everything works again, on the same port; connections that hung are reset. */
  heal(): Promise<void>
}

export interface HeldRequest {
  /** Once the request came. */
  readonly reached: Promise<void>
  release(): void
}

export interface FaultProxyOptions {
  readonly to: { readonly host: string; readonly port: number }
}

export async function openFaultProxy({ to }: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(to)
  await proxy.listen()
  return proxy
}

class TcpFaultProxy implements FaultProxy {
  readonly host = '127.0.0.1'
  port = 0
  cuts = 0
  readonly #to: FaultProxyOptions['to']
  readonly #pairs = new Set<{ readonly client: Socket; readonly server: Socket }>()
  #listener: Server | null = null
  #mode: Mode = 'pass'
  #delayMs = 0
  #cut: IsRequest | null = null
  #hold: { readonly isRequest: IsRequest; readonly reached: () => void; readonly released: Promise<void> } | null = null

  constructor(to: FaultProxyOptions['to']) {
    this.#to = to
  }

  async listen(): Promise<void> {
    const listener = createServer((client) => this.#accept(client))
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(this.port, this.host, resolve)
    })
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    this.port = address.port
    this.#listener = listener
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#to, noDelay: true })
    const pair = { client: client.setNoDelay(true), server }
    this.#pairs.add(pair)
    let cutting = false
    client.on('data', (chunk) => {
      const bytes = Buffer.from(chunk)
      if (this.#mode === 'hang') return
      if (!cutting && this.#cut?.(bytes) === true) {
        cutting = true
        this.#cut = null
      }
      const held = this.#hold?.isRequest(bytes) === true ? this.#hold : null
      if (held === null) return server.write(bytes)
      this.#hold = null
      held.reached()
      void held.released.then(() => server.write(bytes))
    })
    server.on('data', (chunk) => {
      if (cutting) {
        this.cuts++
        return this.#drop(pair)
      }
      if (this.#mode === 'pass') this.#answer(client, Buffer.from(chunk))
    })
    for (const socket of [client, server]) {
      socket.on('error', () => this.#drop(pair))
      socket.on('close', () => this.#drop(pair))
    }
  }

  #answer(client: Socket, bytes: Buffer): void {
    if (this.#delayMs === 0) client.write(bytes)
    else setTimeout(() => !client.destroyed && client.write(bytes), this.#delayMs)
  }

  #drop(pair: { readonly client: Socket; readonly server: Socket }): void {
    if (!this.#pairs.delete(pair)) return
    // One whose end is on its way cannot be reset: libuv refuses, its handle is never closed, and this process could never end.
    if (pair.client.writableEnded) pair.client.destroy()
    else pair.client.resetAndDestroy()
    pair.server.destroy()
  }

  cutNextReply(): void {
    this.#cut = () => true
  }

  cutReplyAfter(isRequest: IsRequest): void {
    this.#cut = isRequest
  }

  holdNext(isRequest: IsRequest): HeldRequest {
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    this.#hold = { isRequest, reached: reached.resolve, released: released.promise }
    return { reached: reached.promise, release: released.resolve }
  }

  hang(): void {
    this.#mode = 'hang'
  }

  blackhole(): void {
    this.#mode = 'blackhole'
  }

  delay(milliseconds: number): void {
    this.#delayMs = milliseconds
  }

  reset(): void {
    for (const pair of this.#pairs) this.#drop(pair)
  }

  async refuse(): Promise<void> {
    const listener = this.#listener
    this.#listener = null
    this.reset()
    if (listener !== null) await new Promise((resolve) => listener.close(resolve))
  }

  async heal(): Promise<void> {
    if (this.#mode !== 'pass') this.reset()
    this.#mode = 'pass'
    this.#delayMs = 0
    this.#cut = null
    this.#hold = null
    if (this.#listener === null) await this.listen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse()
  }
}
