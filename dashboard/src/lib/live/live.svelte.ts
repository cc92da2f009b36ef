/** What pages see of the live stream: its events, whether it is open, and since when. */
import type { LiveEvent } from '../api.ts'
import { openStream, type LiveMessage } from './stream.ts'

const channelName = 'passerelle-live'

class Live {
  /** `null` until the first connection: the server's page is fresh then. */
  open = $state<boolean | null>(null)
  /** When `open` last changed, in milliseconds of the epoch. */
  since = $state(0)
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  readonly #reopened = new Set<() => void>()
  #stop: (() => void) | null = null

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
    return () => {
      this.#listeners.delete(listener)
      this.#reopened.delete(reopened)
    }
  }

  #receive(message: LiveMessage): void {
    if (message.type === 'event') {
      for (const listener of this.#listeners) listener(message.event)
      return
    }
    const wasLost = this.open === false
    this.open = message.open
    this.since = message.since
    if (message.open && wasLost) for (const reopened of this.#reopened) reopened()
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
