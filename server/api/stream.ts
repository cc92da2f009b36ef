/** Streams of server-sent events. What goes wrong in one is logged as everything is: hono would print the error, values and all. */
import type { Context } from 'hono'
import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import type { Logger } from '#core/log.ts'
import type { Live } from '../requests/live.ts'
import type { Env } from './context.ts'

export interface StreamDeps {
  readonly log: Logger
  readonly live: Pick<Live, 'released'>
}

/** The stream ends when `write` returns, or throws, and when this server stops; a client that was cut off comes back with `Last-Event-ID`. */
export function streamEvents(
  c: Context<Env>,
  { log, live: { released } }: StreamDeps,
  write: (stream: SSEStreamingApi) => Promise<void>,
): Response {
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (stream) => {
    const end = () => stream.abort()
    released.addEventListener('abort', end)
    try {
      await write(stream)
    } catch (err) {
      log.warn({ err, path: c.req.path }, 'a stream of events ended early')
    } finally {
      released.removeEventListener('abort', end)
    }
  })
}
