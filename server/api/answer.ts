/** How the gateway answers for a request that it accepted: what came of it when it ended in time, where to look when it did not. */
import type { Context } from 'hono'
import { GatewayError } from '#core/errors.ts'
import { isOutage } from '#core/outage.ts'
import { isFinal, type Problem } from '#core/states.ts'
import type { Live } from '../requests/live.ts'
import type { Presenter } from '../requests/present.ts'
import type { Submitted } from '../requests/submit.ts'
import type { Env } from './context.ts'
import { problemResponse, statusOf, toProblemDetails } from './problem.ts'
import type { RequestDetail, RequestSummary } from './types.ts'

/** IAMs give up after half a minute; this leaves them time to read the answer. */
const defaultWaitSeconds = 20
const longestWaitSeconds = 60

export interface Preferences {
  readonly seconds: number
  /** `return=minimal`: the state of the request and of its steps, without plan and images (RFC 7240 §4.2). */
  readonly minimal: boolean
  /** The preference that was followed (`Preference-Applied`, RFC 7240 §3); null when the header holds none that we know. */
  readonly applied: string | null
}

/** `Prefer: wait=N`, `respond-async` and `return=minimal` (RFC 7240 §4). */
export function readPreferences(header = ''): Preferences {
  const preferences = header.split(/[,;]/).map((preference) => preference.trim().toLowerCase())
  const wait = preferences
    .map((preference) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1])
    .find((seconds) => seconds !== undefined)
  const minimal = preferences.includes('return=minimal')
  const isAsync = wait === undefined && preferences.includes('respond-async')
  const seconds = isAsync ? 0 : wait === undefined ? defaultWaitSeconds : Math.min(Number(wait), longestWaitSeconds)
  const applied = [
    ...(isAsync ? ['respond-async'] : wait === undefined ? [] : [`wait=${seconds}`]),
    ...(minimal ? ['return=minimal'] : []),
  ]
  return { seconds, minimal, applied: applied.length === 0 ? null : applied.join(', ') }
}

export async function respondWhenReady(
  c: Context<Env>,
  { live, presenter }: { live: Live; presenter: Presenter },
  submitted: Submitted,
): Promise<Response> {
  const { seconds, minimal, applied } = readPreferences(c.req.header('Prefer'))
  if (seconds > 0) await live.untilFinal(submitted.requestId, seconds * 1000, c.req.raw.signal)
  const read = minimal ? presenter.summary : presenter.detail
  const detail = await read(submitted.requestId).catch((error: unknown) => {
    if (isOutage(error)) return 'unreadable' as const
    throw error
  })
  if (detail === 'unreadable') return acceptedUnseen(submitted)
  if (detail === null) throw new GatewayError('internal', 'an accepted request cannot be read')
  const response = answer(c, detail)
  response.headers.set('Location', `/api/v1/requests/${detail.id}`)
  if (applied !== null) response.headers.set('Preference-Applied', applied)
  return response
}

/** It is durable, and nothing can be said of it right now. */
function acceptedUnseen({ requestId }: Submitted): Response {
  const error = new GatewayError('unavailable', `request ${requestId} was accepted; how it stands cannot be read right now`, {
    hint: 'ask at Location, or send it again with the same Idempotency-Key',
  })
  const response = problemResponse(toProblemDetails(error), { id: requestId })
  response.headers.set('Location', `/api/v1/requests/${requestId}`)
  response.headers.set('Retry-After', '1')
  return response
}

/** The same for a repeated call with the same Idempotency-Key. */
function answer(c: Context<Env>, detail: RequestSummary | RequestDetail): Response {
  // What was asked will be done by the newer request: sending it again would only bring the older state back.
  if (detail.state === 'superseded') return c.json(detail, 202)
  if (!isFinal(detail.state) || detail.state === 'needs_attention') {
    c.header('Retry-After', '1')
    return c.json(detail, 202)
  }
  if (detail.state === 'succeeded' || detail.state === 'succeeded_partly')
    return c.json(detail, detail.kind === 'create' ? 201 : 200)
  const { code, message, target, hint, phrase, advice }: Problem = detail.problem ?? {
    code: 'internal',
    message: 'the request did not succeed',
  }
  return problemResponse({
    ...detail,
    type: `urn:passerelle:problem:${code}`,
    title: 'The request was not carried out',
    status: statusOf(code),
    detail: target === undefined ? message : `${target}: ${message}`,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(phrase === undefined ? {} : { phrase }),
    ...(advice === undefined ? {} : { advice }),
  })
}
