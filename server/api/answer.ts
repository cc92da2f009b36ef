/** How the gateway answers for a request that it accepted: what came of it when it ended in time, where to look when it did not. */
import type { Context } from 'hono'
import { GatewayError } from '#core/errors.ts'
import { isFinal } from '#core/states.ts'
import type { Live } from '../requests/live.ts'
import type { Presenter } from '../requests/present.ts'
import type { Submitted } from '../requests/submit.ts'
import type { Env } from './context.ts'
import { problemResponse, statusOf } from './problem.ts'
import type { RequestDetail } from './types.ts'

/** IAMs give up after half a minute; this leaves them time to read the answer. */
const defaultWaitSeconds = 20
const longestWaitSeconds = 60

/** `Prefer: wait=N` and `Prefer: respond-async` (RFC 7240 §4.1, §4.3), in seconds. */
export function preferredWait(header: string | undefined): number {
  if (header === undefined) return defaultWaitSeconds
  const preferences = header.split(/[,;]/).map((preference) => preference.trim().toLowerCase())
  const wait = preferences
    .map((preference) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1])
    .find((seconds) => seconds !== undefined)
  if (wait !== undefined) return Math.min(Number(wait), longestWaitSeconds)
  return preferences.includes('respond-async') ? 0 : defaultWaitSeconds
}

export async function respondWhenReady(
  c: Context<Env>,
  { live, presenter }: { live: Live; presenter: Presenter },
  submitted: Submitted,
): Promise<Response> {
  const header = c.req.header('Prefer')
  const wait = preferredWait(header)
  if (wait > 0) await live.untilFinal(submitted.requestId, wait * 1000, c.req.raw.signal)
  const detail = await presenter.detail(submitted.requestId)
  if (detail === null) throw new GatewayError('internal', 'an accepted request cannot be read')
  c.header('Location', `/api/v1/requests/${detail.id}`)
  if (header !== undefined) c.header('Preference-Applied', wait === 0 ? 'respond-async' : `wait=${wait}`)
  return answer(c, detail, submitted.isNew)
}

function answer(c: Context<Env>, detail: RequestDetail, isNew: boolean): Response {
  if (!isFinal(detail.state) || detail.state === 'needs_attention') {
    c.header('Retry-After', '1')
    return c.json(detail, 202)
  }
  if (detail.state === 'succeeded' || detail.state === 'succeeded_partly')
    return c.json(detail, isNew && detail.kind === 'create' ? 201 : 200)
  const { code, message, target, hint } = detail.problem ?? { code: 'internal', message: 'the request did not succeed' }
  const response = problemResponse({
    ...detail,
    type: `urn:passerelle:problem:${code}`,
    title: 'The request was not carried out',
    status: statusOf(code),
    detail: target === undefined ? message : `${target}: ${message}`,
    code,
    ...(hint === undefined ? {} : { hint }),
  })
  response.headers.set('Location', `/api/v1/requests/${detail.id}`)
  return response
}
