/** `/api/v1/openapi.json` for programs and `/api/v1/docs` for people: the same description, for anybody who asks. */
import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import type { Env } from '../context.ts'
import { openApiDocument } from './document.ts'
import { descriptionPage } from './page.ts'
import { css } from './page-style.ts'

const styleHash = createHash('sha256').update(css).digest('base64')
/** Nothing but the page's own style; it runs no script and loads nothing. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

export function descriptionRoutes() {
  const document = openApiDocument()
  return new Hono<Env>()
    .get('/openapi.json', (c) => c.json(document, 200, { 'Cache-Control': 'no-cache' }))
    .get('/docs', (c) =>
      c.html(descriptionPage(document), 200, { 'Cache-Control': 'no-cache', 'Content-Security-Policy': policy }),
    )
}
