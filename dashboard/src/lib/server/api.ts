/**
 * Speaks to the gateway's API for pages and actions. Every failure becomes either a redirect to the login, or an error page that
 * carries the API's stable code and a reference, so that components only ever translate codes.
 */
import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import type { Phrase, ProblemDetails } from '#lib/api.ts'

type Asking = Pick<RequestEvent, 'fetch' | 'url'>

/** An answer, or the problem that the API said; network failures are the problem `unavailable` with status 503. */
export type Answer<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false; readonly status: number } & Told)

/** `phrase` and `advice`: the detail in both languages, where the API has sentences for it. */
interface Told {
  readonly code: string
  readonly detail: string | null
  readonly phrase?: Phrase | undefined
  readonly advice?: Phrase | undefined
}

export async function tell<T>(
  event: Asking,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET',
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  try {
    const response = await event.fetch(`/api/v1${path}`, {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) return { ok: false, status: response.status, ...(await problemOf(response)) }
    return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as T }
  } catch {
    return { ok: false, status: 503, code: 'unavailable', detail: null }
  }
}

/** Reads for a page. Throws kit's redirect (nobody is logged in) or error (anything else). */
export async function read<T>(event: Asking, path: string): Promise<T> {
  const answer = await tell<T>(event, 'GET', path)
  if (answer.ok) return answer.value
  if (answer.status === 401) redirect(303, loginPath(event.url))
  error(answer.status, answer.code, { code: answer.code })
}

export function loginPath(url: URL): string {
  const back = url.pathname + url.search
  return back === '/' || back === '/requests' ? '/login' : `/login?next=${encodeURIComponent(back)}`
}

async function problemOf(response: Response): Promise<Told> {
  try {
    const { code, detail, hint, phrase, advice } = (await response.json()) as Partial<ProblemDetails>
    if (typeof code === 'string')
      return { code, detail: [detail, hint].filter((text) => typeof text === 'string').join(' — ') || null, phrase, advice }
  } catch {
    // not a problem document: the status says enough
  }
  return { code: codeOfStatus[response.status] ?? (response.status >= 500 ? 'unavailable' : 'bad_request'), detail: null }
}

const codeOfStatus: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  429: 'throttled',
}
