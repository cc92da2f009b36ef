/** `/api/v1/events`: what happens, as it happens, for the dashboard: one stream per browser. */
import { Hono } from 'hono'
import type { Logger } from '#core/log.ts'
import { conditionOf } from '#core/target-state.ts'
import type { TargetWatch } from '#core/target-watch.ts'
import type { Live } from '../requests/live.ts'
import type { Presenter } from '../requests/present.ts'
import { actorOf, may, type Env } from './context.ts'
import { streamEvents } from './stream.ts'
import type { LiveEvent } from './types.ts'

/** Milliseconds in which changes of one request are gathered into one event. */
const gatherMs = 100
/** A sign of life, so that neither a proxy nor the page takes a quiet stream for a dead one, or a dead one for quiet. */
const heartbeatMs = 15_000

export interface EventRoutesDeps {
  readonly live: Live
  readonly presenter: Presenter
  readonly watch: Pick<TargetWatch, 'stateOf' | 'subscribe'>
  readonly log: Logger
}

export function eventRoutes({ live, presenter, watch, log }: EventRoutesDeps) {
  return new Hono<Env>().get('/', may('requests:read'), (c) => {
    const actor = actorOf(c)
    return streamEvents(c, { log, live }, async (stream) => {
      const changed = new Set<string>()
      let bell = Promise.withResolvers<void>()
      using _ = live.subscribe((changes) => {
        for (const { requestId } of changes) changed.add(requestId)
        bell.resolve()
      })
      const targets = new Set<string>()
      using __ = watch.subscribe((names) => {
        if (actor.kind === 'source' || names.length === 0) return
        for (const name of names) targets.add(name)
        bell.resolve()
      })
      stream.onAbort(() => bell.resolve())
      await stream.write(': open\n\n')
      while (!stream.aborted) {
        let isQuiet = false
        const timer = setTimeout(() => {
          isQuiet = true
          bell.resolve()
        }, heartbeatMs)
        await bell.promise
        clearTimeout(timer)
        bell = Promise.withResolvers()
        // A bell that rang for what was told with the last turn is no silence.
        if (isQuiet) await stream.writeSSE({ event: 'ping', data: '' })
        await stream.sleep(gatherMs)
        for (const name of targets) {
          const event: LiveEvent = { type: 'target', name, state: conditionOf(watch.stateOf(name)) }
          await stream.writeSSE({ event: 'target', data: JSON.stringify(event) })
        }
        targets.clear()
        const ids = [...changed].slice(0, 200)
        for (const id of ids) changed.delete(id)
        const requests = await Promise.all(ids.map((id) => presenter.summary(id)))
        for (const request of requests) {
          if (request === null || (actor.kind === 'source' && request.source !== actor.name)) continue
          await stream.writeSSE({
            event: 'request',
            id: `${Date.now()}`,
            data: JSON.stringify({ type: 'request', request } satisfies LiveEvent),
          })
        }
        if (changed.size > 0) bell.resolve()
      }
    })
  })
}
