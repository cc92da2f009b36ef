/**
 * What happens around every page: who is there, in which language and theme, and how a page's questions reach the API. In
 * production the API answers in the same process; with `vite dev` they go to PASSERELLE_API_URL.
 */
import { redirect } from '@sveltejs/kit'
import type { Handle, HandleFetch, HandleServerError } from '@sveltejs/kit/hooks'
import { dev } from '$app/env'
import type { Me } from '#lib/api.ts'
import { preferredLocale } from '#lib/i18n/locale.ts'
import { allowNonceForStyles } from '#lib/server/csp.ts'
import { loginPath, tell } from '#lib/server/api.ts'
import { readPreferences } from '#lib/server/preferences.ts'

type Api = (request: Request) => Promise<Response>

const sessionCookies = ['__Host-passerelle', 'passerelle'] as const
const openRoutes = new Set(['/login', '/preferences', '/logout'])

export const handle: Handle = async ({ event, resolve }) => {
  const { cookies, locals, request, route, url } = event
  const preferences = readPreferences(cookies)
  locals.apiCookies = []
  const session = sessionCookies.some((name) => cookies.get(name) !== undefined) ? await tell<Me>(event, 'GET', '/session') : null
  locals.me = session?.ok === true ? session.value : null
  locals.apiDown = session !== null && !session.ok && session.status >= 500
  locals.locale = locals.me?.locale ?? preferences.locale ?? preferredLocale(request.headers.get('accept-language')) ?? 'fr'
  locals.theme = preferences.theme
  locals.shortcuts = preferences.shortcuts
  locals.timeZone = preferences.timeZone
  if (locals.me === null && !locals.apiDown && !openRoutes.has(route.id ?? '')) redirect(303, loginPath(url))

  const response = await resolve(event, {
    transformPageChunk: ({ html }) =>
      html
        .replace('%passerelle.lang%', locals.locale)
        .replace('%passerelle.theme%', locals.theme)
        .replace('%passerelle.scheme%', locals.theme === 'system' ? 'light dark' : locals.theme),
    preload: (file) =>
      file.type === 'js' ||
      file.type === 'css' ||
      (file.type === 'font' && file.filename.endsWith('next-latin-wght-normal.woff2')),
  })
  return secured(response, locals.apiCookies)
}

function secured(response: Response, apiCookies: readonly string[]): Response {
  const policy = response.headers.get('content-security-policy')
  if (policy !== null) response.headers.set('content-security-policy', allowNonceForStyles(policy))
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('referrer-policy', 'same-origin')
  response.headers.set('cross-origin-opener-policy', 'same-origin')
  response.headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=()')
  response.headers.set('cache-control', 'private, no-cache')
  for (const cookie of apiCookies) response.headers.append('set-cookie', cookie)
  return response
}

export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const url = new URL(request.url)
  if (url.origin !== event.url.origin || !url.pathname.startsWith('/api/')) return fetch(request)
  const inProcess = (globalThis as { [key: symbol]: unknown })[Symbol.for('passerelle.api')] as Api | undefined
  const target = inProcess === undefined ? new URL(url.pathname + url.search, apiUrl()) : url
  const headers = new Headers(request.headers)
  const cookie = event.request.headers.get('cookie')
  if (cookie !== null) headers.set('cookie', cookie)
  headers.set('origin', event.url.origin)
  headers.set('x-forwarded-for', event.getClientAddress())
  const forwarded = new Request(target, {
    method: request.method,
    headers,
    ...(request.method === 'GET' ? {} : { body: await request.arrayBuffer() }),
    redirect: 'manual',
  })
  const response = await (inProcess ?? globalThis.fetch)(forwarded)
  event.locals.apiCookies.push(...response.headers.getSetCookie())
  return response
}

function apiUrl(): string {
  if (!dev && process.env['PASSERELLE_API_URL'] === undefined) throw new Error('the server did not give the dashboard its API')
  return process.env['PASSERELLE_API_URL'] ?? 'http://127.0.0.1:8080'
}

/** Gives each unexpected failure a reference that the page shows and the log holds; never a value, never a URL's query. */
export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind === 'framework' || (kind === 'app' && error.status < 500)) return
  const reference = crypto.randomUUID().slice(0, 8)
  const name = error instanceof Error ? error.name : kind
  const place =
    error instanceof Error
      ? (error.stack ?? '')
          .split('\n')
          .slice(1, 4)
          .map((line) => line.trim())
      : []
  console.error(JSON.stringify({ level: 'error', part: 'dashboard', reference, kind, name, route: event.route.id, place }))
  return { reference }
}
