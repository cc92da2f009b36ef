/** `/api/v1/requests/:id/explain`: why a request's plan holds what it holds. For people who may read both requests and rules. */
import { Hono } from 'hono'
import type { Explain } from '../requests/explain.ts'
import type { Presenter } from '../requests/present.ts'
import { may, type Env } from './context.ts'
import { visible } from './visible.ts'

export interface ExplainRoutesDeps {
  readonly explain: Explain
  readonly presenter: Presenter
}

export function explainRoutes({ explain, presenter }: ExplainRoutesDeps) {
  return new Hono<Env>().get('/:id/explain', may('requests:read'), may('rules:read'), async (c) => {
    const { id } = await visible(c, presenter)
    const path = c.req.query('path')
    return c.json(await explain(id, path === undefined || path === '' ? undefined : path))
  })
}
