/**
 * Keeps one SSE stream to the gateway open and says when it is not. It runs in the SharedWorker, or in the one tab that holds
 * the lock where there is none: with a stream per tab, the seventh tab of a browser would hang on HTTP/1.1.
 */
import type { LiveEvent } from '../api.ts'

export type LiveMessage =
  | { readonly type: 'event'; readonly event: LiveEvent }
  /** `since`: milliseconds of the epoch at which the stream opened or was lost. */
  | { readonly type: 'status'; readonly open: boolean; readonly since: number }

const firstDelay = 1000
const longestDelay = 30_000
/** The server sends `ping` every 15 s; three missing ones mean a connection that died without saying so. */
const silence = 45_000

/** Opens the stream and reopens it for ever; returns what closes it. */
export function openStream(url: string, post: (message: LiveMessage) => void): () => void {
  let source: EventSource
  let delay = firstDelay
  let retry: ReturnType<typeof setTimeout> | undefined
  let watchdog: ReturnType<typeof setTimeout> | undefined
  let lost = false

  const reopen = () => {
    source.close()
    clearTimeout(retry)
    retry = setTimeout(open, delay)
    delay = Math.min(delay * 2, longestDelay)
  }
  const lose = () => {
    clearTimeout(watchdog)
    if (!lost) post({ type: 'status', open: false, since: Date.now() })
    lost = true
  }
  const heard = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => (lose(), reopen()), silence)
  }
  function open() {
    source = new EventSource(url)
    source.addEventListener('open', () => {
      lost = false
      delay = firstDelay
      post({ type: 'status', open: true, since: Date.now() })
    })
    source.addEventListener('error', () => {
      lose()
      // the browser retries by itself, with Last-Event-ID, unless the answer was not a stream at all
      if (source.readyState === EventSource.CLOSED) reopen()
    })
    source.addEventListener('ping', heard)
    const tell = (message: MessageEvent<string>) => post({ type: 'event', event: JSON.parse(message.data) as LiveEvent })
    for (const name of ['request', 'target']) source.addEventListener(name, tell)
  }

  open()
  return () => {
    clearTimeout(retry)
    clearTimeout(watchdog)
    source.close()
  }
}
