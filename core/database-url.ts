/**
 * The address of a PostgreSQL as libpq reads it from a URL (PostgreSQL, "Connection URIs"): also a Unix socket's folder, which postgres.js
 * (3.4.9) finds in its options alone.
 */

export interface DatabaseAddress {
  /** Without what only `options` say. */
  readonly url: string
  readonly options: { readonly host?: string }
}

/** @param url such as `postgres:///passerelle?host=/run/postgresql`, or with the folder as its host: `postgres://%2Frun%2Fpostgresql/passerelle` */
export function toDatabaseAddress(url: string): DatabaseAddress {
  // libpq takes credentials without a host; a URL of the web does not.
  const parsed = URL.parse(url.replace(/^([a-z]+:\/\/[^/?#]*@)(?=[/?#]|$)/, '$1localhost'))
  // Several hosts are no URL of the web either; postgres.js reads them itself.
  if (parsed === null) return { url, options: {} }
  const host = parsed.searchParams.get('host') ?? parsed.hostname.replace(/%2f/gi, '/')
  if (!host.startsWith('/')) return { url, options: {} }
  parsed.searchParams.delete('host')
  return { url: parsed.href, options: { host } }
}
