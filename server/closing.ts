/** How a server leaves without cutting anybody off: who waits is answered with what is known, and whoever comes is sent elsewhere. */
import type { Server, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Live } from './requests/live.ts'

const lookAgainMs = 50

/**
 * Makes what closes the server; it resolves when the last answer is out. Callers who wait get 202, streams end, and every answer asks for
 * the connection's end.
 * @param drainMs how long new calls are still taken, until a load balancer has read from `/readyz` that no more should come
 */
export function createClosing(server: Server, live: Pick<Live, 'release'>, drainMs: number): () => Promise<void> {
  const unanswered = new Set<ServerResponse>()
  let closing = false
  server.prependListener('request', (_request, response) => {
    if (closing) return void response.setHeader('Connection', 'close')
    unanswered.add(response)
    response.once('close', () => unanswered.delete(response))
  })
  return async () => {
    closing = true
    for (const response of unanswered) if (!response.headersSent) response.setHeader('Connection', 'close')
    live.release()
    await delay(drainMs)
    const closed = new Promise((resolve) => server.close(resolve))
    // A connection whose answer went out is idle, and would be kept alive.
    const timer = setInterval(() => server.closeIdleConnections(), lookAgainMs)
    await closed
    clearInterval(timer)
  }
}
