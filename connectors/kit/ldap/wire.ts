/**
 * One bound connection to a directory. The client library reconnects by itself, in clear and anonymous where TLS came from StartTLS;
 * here every socket is made exactly once, so a connection that broke stays broken, and any error condemns it.
 */
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { Client, ResultCodeError } from 'ldapts'
import { GatewayError } from '#core/errors.ts'
import { endpointOf, tlsOptions, type Endpoint } from './endpoint.ts'
import type { Attempt, ToGatewayError } from './network-error.ts'

/** What asks a directory. */
export interface Wire {
  /** Runs one operation; its error is ours. A connection that saw an error still serves to put things back, but no other job. */
  run<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result>
}

export interface BoundWire extends Wire {
  /** Whether it is connected, bound, and never failed. */
  readonly usable: boolean
  /** Whether it ended: by the directory, the network, or `destroy`. */
  readonly over: boolean
  /** When an operation last ended well, by the clock of `performance.now()`. */
  readonly answeredAt: number
  /** Ends at once, whatever is under way; what was under way fails. */
  destroy(): void
  close(): Promise<void>
}

export interface WireOptions {
  readonly config: Endpoint
  /** How the connector understands what its directory answers. */
  readonly toError: ToGatewayError
  /** Who to be; null stays anonymous. */
  readonly login: { readonly dn: string; readonly password: string } | null
  /** Aborting it destroys the connection. */
  readonly signal: AbortSignal
}

/** Connects, encrypts and binds. Throws `transient` (network), `config` (certificate) or `auth`. */
export async function openWire({ config, toError, login, signal }: WireOptions): Promise<BoundWire> {
  const wire = new ClientWire(config, toError)
  const stop = () => wire.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) throw new GatewayError('transient', 'the job ended before the directory was reached', { sent: 'no' })
    await wire.connect()
    if (login !== null) await wire.bind(login)
    return wire
  } catch (error) {
    wire.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class ClientWire implements BoundWire {
  readonly #config: Endpoint
  readonly #toError: ToGatewayError
  readonly #client: Client
  readonly #sockets: Socket[] = []
  #failed = false
  #over = false
  #answeredAt = 0

  constructor(config: Endpoint, toError: ToGatewayError) {
    this.#config = config
    this.#toError = toError
    const { host, port, tls } = endpointOf(config)
    const once = <Made extends Socket>(make: () => Made): Made => {
      if (this.#sockets.length > 0) throw new GatewayError('transient', 'the connection to the directory is over', { sent: 'no' })
      return this.#keep(make())
    }
    this.#client = new Client({
      url: `${tls ? 'ldaps' : 'ldap'}://placeholder`,
      timeout: config.timeoutMs,
      connectTimeout: config.connectTimeoutMs,
      createConnection: () => once(() => connectPlain({ host, port, noDelay: true })),
      createSecureConnection: (...parameters: unknown[]) =>
        tls
          ? once(() => connectTls({ ...tlsOptions(config), host, port }))
          : this.#keep(connectTls(parameters[0] as ConnectionOptions)),
    })
  }

  #keep<Made extends Socket>(socket: Made): Made {
    this.#sockets.push(socket)
    socket.once('close', () => (this.#over = true))
    return socket
  }

  get usable(): boolean {
    return !this.#failed && !this.#over && this.#client.isBound
  }

  /** The library tells of an end before the socket's own `close` does. */
  get over(): boolean {
    return this.#over || this.#sockets.some(({ destroyed, readableEnded }) => destroyed || readableEnded)
  }

  get answeredAt(): number {
    return this.#answeredAt
  }

  /** The library connects with its first operation; reading the root entry is one that every server answers (RFC 4512 §5.1). */
  async connect(): Promise<void> {
    const late = setTimeout(() => this.destroy(), this.#config.connectTimeoutMs)
    try {
      await this.#attempt({ doing: 'connecting', kind: 'connect' }, async (client) => {
        if (this.#config.startTls) await client.startTLS(tlsOptions(this.#config))
        else await client.search('', { scope: 'base', attributes: ['1.1'] }).catch(unlessRefused)
      })
    } finally {
      clearTimeout(late)
    }
  }

  async bind({ dn, password }: { readonly dn: string; readonly password: string }): Promise<void> {
    await this.#attempt({ doing: 'logging in', kind: 'bind' }, (client) => client.bind(dn, password))
  }

  async run<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result> {
    if (this.#over || !this.#client.isConnected)
      throw new GatewayError('transient', `${attempt.doing}: the connection to the directory is over`, { sent: 'no' })
    return this.#attempt(attempt, operation)
  }

  async #attempt<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result> {
    try {
      const result = await operation(this.#client)
      this.#answeredAt = performance.now()
      return result
    } catch (error) {
      this.#failed = true
      throw this.#toError(error, attempt)
    }
  }

  destroy(): void {
    this.#over = true
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    // Saying goodbye is a courtesy; a server that does not listen any more is left.
    if (!this.#over) await this.#client.unbind().catch(() => undefined)
    this.destroy()
  }
}

/** Runs an operation that some result codes of the server end well, too; answers with that code, or null. */
export async function runUnless(
  wire: Wire,
  codes: readonly number[],
  attempt: Attempt,
  operation: (client: Client) => Promise<void>,
): Promise<number | null> {
  return wire.run(attempt, (client) =>
    operation(client).then(
      () => null,
      (error: unknown) => {
        if (error instanceof ResultCodeError && codes.includes(error.code)) return error.code
        throw error
      },
    ),
  )
}

/** A directory that hides its root entry from strangers has answered all the same. */
function unlessRefused(error: unknown): void {
  if (typeof (error as { code?: unknown }).code !== 'number') throw error
}
