/** Recognising requests of HTTP/1.1 on the wire, for proxies that fail at a chosen one. */
import type { IsRequest } from './fault-proxy.ts'

/** Says whether the bytes begin a request of this method whose path, with its query, matches. */
export function isHttpRequest(method: string, path: RegExp): IsRequest {
  return (bytes) => {
    const [verb, target] = bytes.subarray(0, 2_000).toString('latin1').split('\r\n', 1)[0]?.split(' ') ?? []
    return verb === method && target !== undefined && path.test(target)
  }
}
