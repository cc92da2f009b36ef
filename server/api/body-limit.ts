/**
 * How large a body may be. A body that says its length is judged by what it says, as Node holds it to that; only others are counted
 * while they are read. Counting makes a whole web Request of each call, which was a tenth of the server's time (docs/scaling.md).
 */
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { GatewayError } from '#core/errors.ts'

/** @param largest bytes. Throws `too_large`. */
export function limitBodies(largest: number) {
  const refuse = (): never => {
    throw new GatewayError('too_large', `a body may have ${largest / 1024} KiB`)
  }
  const counted = bodyLimit({ maxSize: largest, onError: refuse })
  return createMiddleware(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const told = toldLength(c)
    if (told === null) return counted(c, next)
    if (told > largest) refuse()
    return next()
  })
}

function toldLength(c: Context): number | null {
  const length = c.req.header('Content-Length')
  return length === undefined || c.req.header('Transfer-Encoding') !== undefined ? null : Number(length)
}
