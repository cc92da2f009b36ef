/** What pages see of the live stream: its events, whether it is open, and since when. */
import type { LiveEvent } from '../api.ts'
import { openStream, type LiveMessage } from './stream.ts'

const channelName = 'passerelle-live'
/** Milliseconds in which a page is read and shown. */
const gap = 2000

class Live {
  /** `null` until the first connection: the server's page is fresh then. */
  open = $state<boolean | null>(null)
  /** When `open` last changed, in milliseconds of the epoch. */
  since = $state(0)
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  readonly #reopened = new Set<() => void>()
  #stop: (() => void) | null = null
  #heardAt = -Infinity

  /** Connects this tab; returns what disconnects it. */
  connect(): () => void {
    this.#stop ??= connect((message) => this.#receive(message))
    return () => {
      this.#stop?.()
      this.#stop = null
      this.open = null
    }
  }

  /** Calls `listener` for each event, and `reopened` when events may have been missed; returns what ends it. */
  listen(listener: (event: LiveEvent) => void, reopened: () => void): () => void {
    this.#listeners.add(listener)
    this.#reopened.add(reopened)
    // What came between the page's data and this moment reached nobody.
    if (Date.now() - this.#heardAt < gap) queueMicrotask(reopened)
    return () => {
      this.#listeners.delete(listener)
      this.#reopened.delete(reopened)
    }
  }

  #receive(message: LiveMessage): void {
    if (message.type === 'event') {
      this.#heardAt = Date.now()
      for (const listener of this.#listeners) listener(message.event)
      return
    }
    // A stream that opened after this document was asked for may have missed what the document does not show yet.
    const missed = this.open === false || message.since > performance.timeOrigin
    this.open = message.open
    this.since = message.since
    if (message.open && missed) for (const reopened of this.#reopened) reopened()
  }
}

export const live = new Live()

function connect(receive: (message: LiveMessage) => void): () => void {
  if (typeof SharedWorker === 'undefined') return connectWithLock(receive)
  const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), { type: 'module', name: channelName })
  worker.port.addEventListener('message', ({ data }) => receive(data as LiveMessage))
  worker.port.start()
  const leave = () => worker.port.postMessage('bye')
  addEventListener('pagehide', leave)
  return () => {
    removeEventListener('pagehide', leave)
    leave()
    worker.port.close()
  }
}

/** Without SharedWorker (Chrome on Android), the tab that holds the lock streams and tells the others, late ones included. */
function connectWithLock(receive: (message: LiveMessage) => void): () => void {
  const channel = new BroadcastChannel(channelName)
  const release = new AbortController()
  let status: LiveMessage | null = null
  const tell = (message: LiveMessage) => {
    if (message.type === 'status') status = message
    receive(message)
    channel.postMessage(message)
  }
  channel.addEventListener('message', ({ data }: MessageEvent<LiveMessage | 'hello'>) => {
    if (data !== 'hello') receive(data)
    else if (status !== null) channel.postMessage(status)
  })
  channel.postMessage('hello')
  const lead = () =>
    new Promise<void>((resolve) => {
      const close = openStream('/api/v1/events', tell)
      release.signal.addEventListener('abort', () => (close(), resolve()))
    })
  navigator.locks.request(channelName, { signal: release.signal }, lead).catch(() => undefined)
  return () => {
    release.abort()
    channel.close()
  }
}
