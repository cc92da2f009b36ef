/** Where a directory listens and how its connections are made, as the settings of every connector that speaks LDAP say it. */
import type { ConnectionOptions } from 'node:tls'

export interface Endpoint {
  readonly url: string
  readonly startTls: boolean
  readonly ca: string | null
  readonly connectTimeoutMs: number
  readonly timeoutMs: number
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Whether what is sent is encrypted before anything else. */
export function isEncrypted({ url, startTls }: Pick<Endpoint, 'url' | 'startTls'>): boolean {
  return startTls || /^ldaps:/i.test(url)
}

/** Host and port as sockets want them (no brackets around IPv6). */
export function endpointOf({ url }: Pick<Endpoint, 'url'>): {
  readonly host: string
  readonly port: number
  readonly tls: boolean
} {
  const { hostname, port, protocol } = new URL(url)
  const tls = protocol === 'ldaps:'
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (tls ? 636 : 389) : Number(port), tls }
}

/** TLS options for the host of the settings; servers named by address have no SNI. */
export function tlsOptions(endpoint: Pick<Endpoint, 'url' | 'ca'>): ConnectionOptions {
  return { host: endpointOf(endpoint).host, minVersion: 'TLSv1.2', ...(endpoint.ca === null ? {} : { ca: endpoint.ca }) }
}
