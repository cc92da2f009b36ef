/** How the fixture's API answers: JSON, and problems with the gateway's codes. */
import type { ProblemDetails } from '../src/lib/api.ts'

export const problem = (status: number, code: string, extra: Record<string, string> = {}) =>
  new Response(
    JSON.stringify({
      type: `https://passerelle.invalid/problems/${code}`,
      title: code,
      status,
      detail: code,
      code,
    } satisfies ProblemDetails),
    { status, headers: { 'content-type': 'application/problem+json', ...extra } },
  )

export const json = (body: unknown, init: ResponseInit = {}) => Response.json(body, init)
