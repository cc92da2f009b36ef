/**
 * LISTEN that comes back. One connection of its own hears all channels of the process; when it is lost, or its server no longer answers,
 * another one takes its place, and whoever listens is told, because what was announced meanwhile was not heard.
 */
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import type { Sql } from './database.ts'
import type { SqlOptions } from './lasting-sql.ts'

export interface Notifications {
  /** Like `sql.listen` of postgres.js: `onListen` is called each time the channel is heard from then on. Throws when PostgreSQL cannot be reached the first time. */
  listen(channel: string, onNotify: (payload: string) => void, onListen?: () => void): Promise<{ unlisten(): Promise<void> }>
  end(): Promise<void>
}

interface Listener {
  readonly channel: string
  readonly onNotify: (payload: string) => void
  readonly onListen: (() => void) | undefined
}

const againMs = 100
const heartbeatMs = 2_000
/** So many heartbeats without an answer mean that the server is gone without a word. A process that was frozen counts one. */
const patience = 3

/** @param onSilence told when the server no longer answers: other connections to it wait in vain too */
export function openNotifications(url: string, options: SqlOptions, onSilence: () => void): Notifications {
  return new Listening(url, options, onSilence)
}

class Listening implements Notifications {
  readonly #url: string
  readonly #options: SqlOptions
  readonly #onSilence: () => void
  readonly #listeners = new Set<Listener>()
  readonly #heartbeat: NodeJS.Timeout
  #opening: Promise<Sql> | null = null
  #current: Sql | null = null
  #ended = false
  #unanswered = 0

  constructor(url: string, options: SqlOptions, onSilence: () => void) {
    this.#url = url
    this.#options = options
    this.#onSilence = onSilence
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    this.#heartbeat.unref()
  }

  listen: Notifications['listen'] = async (channel, onNotify, onListen) => {
    const listener: Listener = { channel, onNotify, onListen }
    this.#listeners.add(listener)
    try {
      this.#opening ??= this.#open()
      await hear(await this.#opening, channel)
    } catch (error) {
      this.#listeners.delete(listener)
      if (this.#current === null && this.#listeners.size === 0) this.#opening = null
      throw error
    }
    onListen?.()
    return { unlisten: async () => void this.#listeners.delete(listener) }
  }

  async end(): Promise<void> {
    this.#ended = true
    clearInterval(this.#heartbeat)
    await this.#current?.end({ timeout: 1 })
  }

  async #open(): Promise<Sql> {
    const client = postgres(this.#url, {
      ...this.#options,
      max: 1,
      max_lifetime: null,
      fetch_types: false,
      onclose: () => this.#lose(client),
      onnotify: (channel: string, payload: string) => {
        for (const listener of this.#listeners) if (listener.channel === channel) listener.onNotify(payload)
      },
    } as never) as unknown as Sql
    try {
      await client`select 1`
      for (const channel of new Set([...this.#listeners].map((listener) => listener.channel))) await hear(client, channel)
    } catch (error) {
      void client.end({ timeout: 0 })
      throw error
    }
    this.#unanswered = 0
    this.#current = client
    return client
  }

  #lose(client: Sql): void {
    if (client !== this.#current || this.#ended) return
    this.#current = null
    void client.end({ timeout: 0 })
    this.#opening = this.#reopen()
    this.#opening.catch(() => {})
  }

  async #reopen(): Promise<Sql> {
    for (;;) {
      await delay(againMs)
      if (this.#ended) throw new Error('nobody listens any more')
      const client = await this.#open().catch(() => null)
      if (client === null) continue
      for (const listener of this.#listeners) listener.onListen?.()
      return client
    }
  }

  #beat(): void {
    const client = this.#current
    if (client === null) return
    if (++this.#unanswered > patience) {
      this.#lose(client)
      this.#onSilence()
    } else if (this.#unanswered === 1)
      client`select 1`.then(
        () => (this.#unanswered = 0),
        () => {},
      )
  }
}

const hear = (client: Sql, channel: string) => client.unsafe(`listen "${channel.replaceAll('"', '""')}"`)
