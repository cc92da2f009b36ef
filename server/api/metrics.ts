/** `/metrics` for Prometheus: with the token of `METRICS_TOKEN`, or for people who may see the targets. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { readSnapshot, type SnapshotDeps } from '../metrics/snapshot.ts'
import { toText } from '../metrics/text.ts'
import type { Credentials } from '../auth/credentials.ts'
import type { Sessions } from '../auth/sessions.ts'
import { authenticate, may, type Env } from './context.ts'
import { remembered } from './remembered.ts'

export interface MetricsDeps extends SnapshotDeps {
  readonly credentials: Credentials
  readonly sessions: Sessions
  /** Absent: people only. */
  readonly metricsToken: string | undefined
}

const digest = (text: string) => createHash('sha256').update(text).digest()

export function metricsRoutes(deps: MetricsDeps) {
  const { metricsToken } = deps
  const expected = metricsToken === undefined ? null : digest(`Bearer ${metricsToken}`)
  const asPerson = [authenticate(deps), may('targets:read')] as const
  const holdsToken = (header: string | undefined) =>
    expected !== null && header !== undefined && timingSafeEqual(digest(header), expected)
  const snapshot = remembered(() => readSnapshot(deps))
  const guarded = createMiddleware<Env>(async (c, next) => {
    if (holdsToken(c.req.header('Authorization'))) return next()
    const [known, allowed] = asPerson
    return known(c, async () => void (await allowed(c, next)))
  })
  return new Hono<Env>().get('/metrics', guarded, async (c) =>
    c.text(await toText(await snapshot()), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
}
