/**
 * Opening the connections of `egress.ts`: a name is resolved once, its addresses are judged, and the connection goes to an address that was
 * judged, not to the name again. Nothing was sent to anybody who fails here.
 */
import { once } from 'node:events'
import { lookup } from 'node:dns/promises'
import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { AddressRules } from './egress-address.ts'
import { egressPhrases } from './egress-phrases.ts'
import { GatewayError } from './errors.ts'

/** All addresses of a name, best first. */
export type Resolve = (host: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address)

export interface Origin {
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

export interface ConnectionOptions {
  readonly rules: AddressRules
  readonly resolve: Resolve
  /** PEM; null: the public authorities. */
  readonly ca: string | null
  readonly connectTimeoutMs: number
  /** Whether requests and passwords may cross the network readable; to this machine they always may. */
  readonly allowClearText: boolean
}

/** The addresses of the origin's host that may be called. Throws `transient` for an unknown name, `config` when none may be called. */
export async function resolveAllowed(
  { host }: Pick<Origin, 'host'>,
  { rules, resolve }: Pick<ConnectionOptions, 'rules' | 'resolve'>,
): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await named(host, resolve) : [host]
  const allowed = addresses.filter((address) => rules.refusal(address) === null)
  if (allowed.length > 0) return allowed
  const what = rules.refusal(addresses[0] ?? '') ?? 'no address'
  throw new GatewayError('config', `${host} is at an address that is not called: ${what}`, {
    sent: 'no',
    hint: egressPhrases.network,
  })
}

async function named(host: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    return await resolve(host)
  } catch (cause) {
    throw new GatewayError('transient', `the name ${host} is not known`, {
      cause,
      sent: 'no',
      hint: egressPhrases.name,
      ...vendorCodeOf(cause),
    })
  }
}

/** Connects to the first address that answers; the whole takes `connectTimeoutMs` at most. Throws `transient`. */
export async function openTcp(origin: Origin, options: ConnectionOptions): Promise<Socket> {
  const addresses = await resolveAllowed(origin, options)
  const until = performance.now() + options.connectTimeoutMs
  let failure: unknown
  for (const [index, address] of addresses.entries()) {
    refuseClearText(origin, address, options)
    const share = (until - performance.now()) / (addresses.length - index)
    try {
      return await connectedTo(address, origin.port, share)
    } catch (error) {
      failure = error
    }
  }
  const silent = (failure as { name?: unknown } | null)?.name === 'AbortError'
  throw new GatewayError(
    'transient',
    silent ? `no answer from ${origin.host}, port ${origin.port}` : `nothing listens on ${origin.host}, port ${origin.port}`,
    {
      cause: failure,
      sent: 'no',
      hint: silent ? egressPhrases.firewall : egressPhrases.port,
      ...vendorCodeOf(failure),
    },
  )
}

function refuseClearText({ host, tls }: Origin, address: string, { allowClearText }: ConnectionOptions): void {
  const isHere = /^(127\.|::1$|::ffff:127\.)/.test(address)
  if (tls || allowClearText || isHere) return
  throw new GatewayError('config', `${host} would be called in clear text`, {
    sent: 'no',
    hint: egressPhrases.clearText,
  })
}

async function connectedTo(address: string, port: number, withinMs: number): Promise<Socket> {
  const socket = connectTcp({ host: address, port })
  socket.setNoDelay(true)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(Math.max(1, Math.round(withinMs))) })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Encrypts a connection and checks the certificate against the host's name. Throws `config` for a certificate, else `transient`. */
export async function secured(socket: Socket, { host }: Origin, options: ConnectionOptions): Promise<TLSSocket> {
  const tls = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(options.ca === null ? {} : { ca: options.ca }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  })
  try {
    await once(tls, 'secureConnect', { signal: AbortSignal.timeout(options.connectTimeoutMs) })
    return tls
  } catch (cause) {
    tls.destroy()
    throw toTlsError(cause, host)
  }
}

/** Node's codes for a certificate or a protocol that does not hold (node:tls), as opposed to a network that does not work. */
const tlsCodes = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH|ERR_SSL|EPROTO)/

function toTlsError(cause: unknown, host: string): GatewayError {
  const code = (cause as { code?: unknown } | null)?.code
  if (typeof code === 'string' && tlsCodes.test(code))
    return new GatewayError('config', `the certificate of ${host} is not accepted, or the port does not speak TLS (${code})`, {
      cause,
      sent: 'no',
      vendorCode: code,
      hint: egressPhrases.certificate,
    })
  return new GatewayError('transient', `${host} did not complete the TLS handshake`, {
    cause,
    sent: 'no',
    hint: egressPhrases.port,
    ...vendorCodeOf(cause),
  })
}

export function vendorCodeOf(error: unknown): { readonly vendorCode?: string } {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? { vendorCode: code } : {}
}
