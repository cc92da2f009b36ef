/** Errors as RFC 9457 problem details: the one place where our codes become HTTP statuses. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { GatewayError, isGatewayError, type ErrorCode } from '#core/errors.ts'
import type { Logger } from '#core/log.ts'
import { isOutage } from '#core/outage.ts'
import type { ProblemDetails } from './types.ts'

export const statuses: Partial<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  exists: 409,
  too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  unprocessable: 422,
  rule_failed: 422,
  rule_timeout: 422,
  not_understood: 422,
  throttled: 429,
  unavailable: 503,
}

export const titles: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The request cannot be read',
  unauthenticated: 'Who are you?',
  forbidden: 'This is not allowed to you',
  missing: 'There is no such thing',
  conflict: 'This contradicts the present state',
  exists: 'It exists already',
  too_large: 'The request is too large',
  unsupported_media_type: 'This media type is not understood',
  idempotency_mismatch: 'The Idempotency-Key was used for another request',
  unprocessable: 'The request has errors',
  rule_failed: 'A rule failed',
  rule_timeout: 'A rule took too long',
  not_understood: 'The payload is not understood',
  throttled: 'Too many requests',
  unavailable: 'Not available right now',
}

export function toProblemDetails(error: GatewayError): ProblemDetails {
  const status = statuses[error.code] ?? 500
  return {
    type: `urn:passerelle:problem:${error.code}`,
    title: titles[error.code] ?? 'Something went wrong',
    status,
    detail: error.message,
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.phrase === undefined ? {} : { phrase: error.phrase }),
    ...(error.advice === undefined ? {} : { advice: error.advice }),
    ...(error.at === undefined ? {} : { errors: [{ pointer: error.at, message: error.message }] }),
  }
}

/** The status of a problem of a request that ended without success. */
export function statusOf(code: string): number {
  return code === 'exists' ? 409 : 422
}

export function problemResponse(problem: ProblemDetails, extra: object = {}): Response {
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  if (problem.status === 401) headers['WWW-Authenticate'] = 'Bearer realm="passerelle", Basic realm="passerelle", charset="UTF-8"'
  return Response.json({ ...problem, ...extra }, { status: problem.status, headers })
}

/** The app's one `onError`: our errors keep their words, others are logged and become a plain 500. */
export function createErrorHandler(log: Logger) {
  return async (error: Error, c: Context): Promise<Response> => {
    const known = toGatewayError(error)
    if (known.code === 'internal')
      log.error({ err: error, method: c.req.method, path: c.req.path }, 'a request failed unexpectedly')
    const response = problemResponse(toProblemDetails(known))
    if (known.retryAfterMs !== undefined) response.headers.set('Retry-After', String(Math.ceil(known.retryAfterMs / 1000)))
    if (!(await discardBody(c.req.raw))) response.headers.set('Connection', 'close')
    return response
  }
}

/** What is still read of a body that is refused; beyond it the connection is closed instead. */
const discardAtMost = 4 * 1024 * 1024

/**
 * Reads a refused body to its end: one that nobody reads makes the HTTP server cut the connection half a second later, in the
 * middle of whatever its client then does on it. False when the end was not reached.
 */
async function discardBody({ body, bodyUsed }: Request): Promise<boolean> {
  if (body === null) return true
  if (bodyUsed || body.locked) return bodyUsed
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > discardAtMost) return false
    }
    return true
  } catch {
    // The client is gone, or sent something that is no body: nobody needs this connection any more.
    return false
  }
}

function toGatewayError(error: Error): GatewayError {
  if (isGatewayError(error)) return error
  if (error instanceof HTTPException && error.status === 404)
    return new GatewayError('missing', 'there is nothing at this address', { cause: error })
  if (error instanceof HTTPException && error.status < 500)
    return new GatewayError('bad_request', error.message, { cause: error })
  if (isOutage(error))
    return new GatewayError('unavailable', 'the database cannot be used right now; whether the call took effect is not known', {
      cause: error,
      retryAfterMs: 1_000,
      hint: 'send it again with the same Idempotency-Key: what was accepted is found then, and is not done twice',
    })
  return new GatewayError('internal', 'the gateway met an unexpected error; it is logged', { cause: error })
}
