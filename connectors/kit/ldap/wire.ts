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

export interface Wire {
  /** Whether it is connected, bound, and never failed. */
  readonly usable: boolean
  /** Runs one operation; its error is ours. A wire that saw an error still serves to put things back, but no other job. */
  run<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result>
  /** The same for an operation that some result codes of the server end well, too; answers with that code, or null. */
  runUnless(codes: readonly number[], attempt: Attempt, operation: (client: Client) => Promise<void>): Promise<number | null>
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
export async function openWire({ config, toError, login, signal }: WireOptions): Promise<Wire> {
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

class ClientWire implements Wire {
  readonly #config: Endpoint
  readonly #toError: ToGatewayError
  readonly #client: Client
  readonly #sockets: Socket[] = []
  #failed = false
  #over = false

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

  async runUnless(
    codes: readonly number[],
    attempt: Attempt,
    operation: (client: Client) => Promise<void>,
  ): Promise<number | null> {
    return this.run(attempt, (client) =>
      operation(client).then(
        () => null,
        (error: unknown) => {
          if (error instanceof ResultCodeError && codes.includes(error.code)) return error.code
          throw error
        },
      ),
    )
  }

  async run<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result> {
    if (this.#over || !this.#client.isConnected)
      throw new GatewayError('transient', `${attempt.doing}: the connection to the directory is over`, { sent: 'no' })
    return this.#attempt(attempt, operation)
  }

  async #attempt<Result>(attempt: Attempt, operation: (client: Client) => Promise<Result>): Promise<Result> {
    try {
      return await operation(this.#client)
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

/** A directory that hides its root entry from strangers has answered all the same. */
function unlessRefused(error: unknown): void {
  if (typeof (error as { code?: unknown }).code !== 'number') throw error
}
