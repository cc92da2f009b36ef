/**
 * What stands before real systems that are spoken to over HTTP: it has enough of its callers on command (429), as quotas and reverse proxies do, and
 * otherwise passes everything on unchanged.
 */
import { once } from 'node:events'
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createThrottle, type Throttle } from './throttle.ts'

export interface ThrottlingFront extends AsyncDisposable {
  readonly url: string
  readonly throttle: Throttle['start']
}

export interface ThrottlingFrontOptions {
  /** The port of the system, on this machine. */
  readonly port: number
  /** What the vendor says beside the status. */
  readonly refusal?: unknown
}

export async function openThrottlingFront({ port, refusal = {} }: ThrottlingFrontOptions): Promise<ThrottlingFront> {
  const { start, next } = createThrottle()
  const server = createServer((call, response) => {
    const retryAfter = next()
    if (retryAfter === null) return passOn(call, response, port)
    call.resume()
    response.writeHead(429, { 'Content-Type': 'application/json', 'Retry-After': retryAfter }).end(JSON.stringify(refusal))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    throttle: start,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function passOn(call: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = call
  const onward = send({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  call.pipe(onward)
}
