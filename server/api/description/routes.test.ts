import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openApiDocument } from './document.ts'
import { descriptionPage } from './page.ts'
import { descriptionRoutes } from './routes.ts'

test('the page speaks of every operation and of every schema, and every link in it leads somewhere', async () => {
  const { paths, components } = openApiDocument()
  const text = await (await descriptionRoutes().request('/docs')).text()

  const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)

  const wanted = [
    ...Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId)),
    ...Object.keys(components.schemas).map((name) => `schema-${name}`),
  ]
  assert.deepEqual(
    [...wanted, ...links].filter((id) => !ids.has(id)),
    [],
  )
})

test('the page’s policy allows its own style and nothing else', async () => {
  const response = await descriptionRoutes().request('/docs')
  const text = await response.text()

  const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')

  assert.match(response.headers.get('Content-Type') ?? '', /^text\/html/)
  assert.ok(response.headers.get('Content-Security-Policy')?.startsWith(`default-src 'none'; style-src 'sha256-${hash}';`))
  assert.doesNotMatch(text, /<script|<link|<img|style=|\son\w+=/)
})

test('what the description says is text to the page, never markup', async () => {
  const document = openApiDocument()
  const evil = '"><script>alert(1)</script>'
  const schemas = { [evil]: { description: evil, properties: { [evil]: { const: evil } } } } as const

  const text = String(
    await descriptionPage({
      ...document,
      info: { ...document.info, title: evil, description: evil },
      paths: { [evil]: { get: { ...document.paths['/healthz']!.get!, summary: evil, description: evil } } },
      components: { ...document.components, schemas },
    }),
  )

  assert.doesNotMatch(text, /<script/)
  assert.ok(text.includes('&lt;script&gt;'))
})
