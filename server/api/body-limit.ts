/**
 * How large a body may be. A body that says its length is judged by what it says, as Node holds it to that; only others are counted
 * while they are read. Counting makes a whole web Request of each call, which was a tenth of the server's time (docs/scaling.md).
 */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '#core/errors.ts'

/** @param largest bytes. Throws `too_large`. */
export function limitBodies(largest: number) {
  const refuse = (): never => {
    throw new GatewayError('too_large', `a body may have ${largest / 1024} KiB`)
  }
  return createMiddleware(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const told = toldLength(c)
    if (told === null) c.req.raw = await countedRequest(c.req.raw, largest, refuse)
    else if (told > largest) refuse()
    return next()
  })
}

function toldLength(c: Context): number | null {
  const length = c.req.header('Content-Length')
  return length === undefined || c.req.header('Transfer-Encoding') !== undefined ? null : Number(length)
}

/** The same request with its body in memory. Hono's own middleware for this takes no request of its Node server. */
async function countedRequest(request: Request, largest: number, refuse: () => never): Promise<Request> {
  const { url, method, headers, signal, body } = request
  if (body === null) return request
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > largest) refuse()
    chunks.push(chunk)
  }
  return new Request(url, { method, headers, signal, ...(bytes === 0 ? {} : { body: Buffer.concat(chunks) }) })
}
