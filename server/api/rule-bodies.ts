/** What the routes of rules take, and the words with which they refuse the rest. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { GivenDocument } from '#rules/index.ts'
import { readJson } from '../json-body.ts'
import type { Env } from './context.ts'

const words = (least: number) => v.pipe(v.string(), v.trim(), v.minLength(least), v.maxLength(500))
const reason = v.pipe(words(3), v.description('Why; it stands in the audit trail, and with the version.'))
const comment = v.optional(v.nullable(v.pipe(words(0), v.description('What changes, in a few words.'))), null)
const text = v.pipe(v.string(), v.regex(/\S/, 'it is empty'), v.description('The document, YAML or JSON, kept byte for byte.'))
/** A document of tests without a letter is none. */
const cases = v.pipe(
  v.optional(v.nullable(v.string()), null),
  v.transform((document) => (document === null || document.trim() === '' ? null : document)),
  v.description('The document of its tests; null when there are none.'),
)
const number = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(999_999_999))
const revision = v.optional(v.pipe(number, v.description('The revision that was looked at; of another one nothing is done.')))

export const CreateBody = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a rule set’s name holds lower-case letters, digits and hyphens, 63 at most'),
  ),
  text,
  cases,
  comment,
})

export const SaveBody = v.strictObject({
  text,
  cases,
  comment,
  base: v.pipe(number, v.description('The version it was written from: the draft itself, or, where there is none, the newest.')),
  revision: v.optional(v.pipe(number, v.description('The revision of the draft, as it was read.'))),
})

export const CheckBody = v.strictObject({ text: v.string(), cases })

export const PreviewBody = v.strictObject({
  text: v.optional(v.pipe(v.string(), v.description('The text to try; that of the version when left out.'))),
  version: v.optional(number),
  given: v.union([
    v.strictObject({
      requestId: v.pipe(v.string(), v.uuid(), v.description('Somebody as a request asked for, in the state before it.')),
    }),
    v.strictObject({ source: v.string(), externalId: v.pipe(v.string(), v.description('Somebody as they are now.')) }),
    v.pipe(
      GivenDocument,
      v.description('Somebody made up, as in a case.'),
      v.transform((made) => ({ made })),
    ),
  ]),
})

export const ReasonBody = v.strictObject({ reason })
export const SubmitBody = v.strictObject({ comment, revision })
export const ReviewBody = v.strictObject({ decision: v.picklist(['approve', 'reject']), reason, revision })

export const PublishBody = v.strictObject({
  reason: v.optional(v.nullable(reason), null),
  revision,
  at: v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        v.isoTimestamp('a moment is written with its zone, such as 2027-01-31T06:00:00Z'),
        v.description('When it comes into force, by the database’s clock; now when left out.'),
      ),
    ),
    null,
  ),
  override: v.optional(
    v.nullable(v.strictObject({ reason: v.pipe(words(3), v.description('Why it is published although its tests are red.')) })),
    null,
  ),
})

export const PageQuery = v.object({
  cursor: v.optional(v.string()),
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'must be a number'), v.transform(Number), v.minValue(1), v.maxValue(200)),
    '50',
  ),
})
const versionNumber = v.pipe(v.string(), v.regex(/^[1-9]\d{0,8}$/, 'must be the number of a version'), v.transform(Number))
export const DiffQuery = v.object({ from: versionNumber, to: versionNumber })
export const VersionQuery = v.object({ format: v.optional(v.picklist(['yaml', 'json'], 'must be yaml or json')) })

/** Throws `bad_request` for what is no JSON, and `unprocessable`, with where and why, for what does not fit. */
export async function readBody<Schema extends v.GenericSchema>(c: Context<Env>, schema: Schema): Promise<v.InferOutput<Schema>> {
  const result = v.safeParse(schema, readJson(await c.req.text()))
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue) ?? ''
  if (/(^|\.)reason$/.test(path))
    throw new GatewayError('unprocessable', 'whoever does this says why, in 3 to 500 characters', {
      at: `/${path.replaceAll('.', '/')}`,
      hint: 'send {"reason": "externals get an address of their own"}',
    })
  const why =
    issue.received === 'undefined'
      ? 'is missing'
      : issue.kind === 'validation'
        ? `is wrong: ${safe(issue)}`
        : 'is not as expected'
  throw new GatewayError('unprocessable', `${path === '' ? 'the body' : path} ${why}`, { at: `/${path.replaceAll('.', '/')}` })
}

/** Throws `bad_request`. */
export function readQuery<Schema extends v.GenericSchema>(c: Context<Env>, schema: Schema): v.InferOutput<Schema> {
  const result = v.safeParse(schema, c.req.query())
  if (result.success) return result.output
  const [issue] = result.issues
  const why = issue.received === 'undefined' ? 'it is missing' : safe(issue)
  throw new GatewayError('bad_request', `the query parameter ${v.getDotPath(issue) ?? ''} is wrong: ${why}`)
}

/** Valibot's own messages quote what they received. */
function safe({ message, expected, type }: v.BaseIssue<unknown>): string {
  return message.includes('eceived') ? `expected ${expected ?? type}` : message
}
