/** The one place where answers of a SCIM server become ours (RFC 7644 §3.12). Its `detail` may quote values and is dropped. */
import type { HttpAnswer, HttpCall, Meaning } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { phrases } from './phrases.ts'

const Problem = v.object({ scimType: v.optional(v.string()) })

const types: Readonly<Record<string, Meaning>> = {
  uniqueness: { code: 'exists', text: 'something on the server has the same unique value' },
  mutability: { code: 'invalid', text: 'an attribute cannot be changed that way' },
  invalidValue: { code: 'invalid', text: 'a value is missing, or does not fit its attribute' },
  invalidSyntax: { code: 'invalid', text: 'the server does not understand the resource' },
  invalidPath: {
    code: 'config',
    text: 'the server does not know an attribute of the change',
    hint: phrases.attributeNames,
  },
  noTarget: { code: 'stale', text: 'what was to be changed is not there any more' },
  invalidFilter: {
    code: 'config',
    text: 'the server does not search by this attribute',
    hint: phrases.correlate,
  },
  tooMany: { code: 'config', text: 'the server finds too many at once', hint: phrases.correlate },
  invalidVers: {
    code: 'config',
    text: 'the server does not speak this version of SCIM',
    hint: phrases.urlEnd,
  },
}

/** What a server says by `scimType`; null: what the status says. */
export function meaningOf({ status, json }: HttpAnswer, { method }: Pick<HttpCall, 'method'>): Meaning | null {
  const problem = v.safeParse(Problem, json)
  const scimType = problem.success ? problem.output.scimType : undefined
  const known = scimType === undefined ? undefined : types[scimType]
  if (scimType !== undefined && known !== undefined) return { ...known, vendorCode: scimType }
  if (status === 409 && method !== 'POST') return { code: 'exists', text: 'something on the server has the same unique value' }
  if (status === 501 && method === 'PATCH') return { code: 'config', text: 'the server cannot patch', hint: phrases.usePut }
  return null
}
