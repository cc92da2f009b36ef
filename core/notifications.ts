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
  const listeners = new Set<Listener>()
  let opening: Promise<Sql> | null = null
  let current: Sql | null = null
  let ended = false
  let unanswered = 0

  async function open(): Promise<Sql> {
    const client = postgres(url, {
      ...options,
      max: 1,
      max_lifetime: null,
      fetch_types: false,
      onclose: () => lose(client),
      onnotify: (channel: string, payload: string) => {
        for (const listener of listeners) if (listener.channel === channel) listener.onNotify(payload)
      },
    } as never) as unknown as Sql
    try {
      await client`select 1`
      for (const channel of new Set([...listeners].map((listener) => listener.channel))) await hear(client, channel)
    } catch (error) {
      void client.end({ timeout: 0 })
      throw error
    }
    unanswered = 0
    current = client
    return client
  }

  const hear = (client: Sql, channel: string) => client.unsafe(`listen "${channel.replaceAll('"', '""')}"`)

  function lose(client: Sql): void {
    if (client !== current || ended) return
    current = null
    void client.end({ timeout: 0 })
    opening = reopen()
    opening.catch(() => {})
  }

  async function reopen(): Promise<Sql> {
    for (;;) {
      await delay(againMs)
      if (ended) throw new Error('nobody listens any more')
      const client = await open().catch(() => null)
      if (client === null) continue
      for (const listener of listeners) listener.onListen?.()
      return client
    }
  }

  const heartbeat = setInterval(() => {
    if (current === null) return
    if (++unanswered > patience) {
      lose(current)
      onSilence()
    } else if (unanswered === 1)
      current`select 1`.then(
        () => (unanswered = 0),
        () => {},
      )
  }, heartbeatMs)
  heartbeat.unref()

  return {
    async listen(channel, onNotify, onListen) {
      const listener: Listener = { channel, onNotify, onListen }
      listeners.add(listener)
      try {
        opening ??= open()
        await hear(await opening, channel)
      } catch (error) {
        listeners.delete(listener)
        if (current === null && listeners.size === 0) opening = null
        throw error
      }
      onListen?.()
      return {
        unlisten: async () => {
          listeners.delete(listener)
        },
      }
    },
    async end() {
      ended = true
      clearInterval(heartbeat)
      await current?.end({ timeout: 1 })
    },
  }
}
