/**
 * The one place where what Firebase's SDK throws becomes ours. Its messages may quote values, so only its codes and the server's own pass; what the
 * SDK calls `auth/internal-error` is told by the HTTP status under it.
 */
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { meaningOfStatus, retryAfter, type Meaning } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import type { Watch } from './agent.ts'
import { phrases } from './phrases.ts'

export type Seen = Pick<Watch, 'doing' | 'effect' | 'sent' | 'isWritten' | 'answer'>

const SdkError = v.object({
  code: v.pipe(v.string(), v.regex(/^[a-z]+\/[a-z-]+$/)),
  cause: v.optional(v.unknown()),
  httpResponse: v.optional(v.object({ data: v.optional(v.unknown()) })),
})
const ServerAnswer = v.object({ error: v.object({ message: v.string() }) })

const taken = (what: string): Meaning => ({ code: 'exists', text: `another user has the same ${what}` })
const bad = (what: string): Meaning => ({ code: 'invalid', text: `Firebase refuses the ${what}` })
const weak: Meaning = {
  code: 'policy',
  text: 'the password policy refuses the password',
  hint: phrases.weak,
}
const wrongProject: Meaning = {
  code: 'config',
  text: 'Firebase knows no such project or tenant, or it has no Authentication',
  hint: phrases.project,
}

const meanings: Readonly<Record<string, Meaning>> = {
  'auth/email-already-exists': taken('e-mail address'),
  'auth/uid-already-exists': taken('uid'),
  'auth/phone-number-already-exists': taken('phone number'),
  'auth/user-not-found': { code: 'not_found', text: 'there is no such user' },
  'auth/invalid-uid': bad('uid: it has 1 to 128 characters'),
  'auth/invalid-email': bad('e-mail address'),
  'auth/invalid-phone-number': bad('phone number: it is written as +33123456789 (E.164)'),
  'auth/invalid-photo-url': bad('photoURL: it is a URL'),
  'auth/invalid-display-name': bad('display name'),
  'auth/claims-too-large': bad('claims: they are larger than 1000 bytes'),
  'auth/invalid-claims': bad('claims'),
  'auth/forbidden-claim': bad('claims: one of them is reserved'),
  'auth/invalid-password': weak,
  'auth/insufficient-permission': {
    code: 'denied',
    text: 'the service account lacks the right',
    hint: phrases.role,
  },
  'auth/project-not-found': wrongProject,
  'auth/configuration-not-found': wrongProject,
  'auth/tenant-not-found': wrongProject,
  'auth/invalid-tenant-id': wrongProject,
  'auth/mismatching-tenant-id': wrongProject,
  'auth/quota-exceeded': { code: 'throttled', text: 'the project has had enough calls for now' },
  'auth/operation-not-allowed': {
    code: 'config',
    text: 'the project does not allow users of this kind',
    hint: phrases.provider,
  },
}

/** Codes of the server that the SDK has no word for. */
const ofServer: Readonly<Record<string, Meaning>> = {
  PASSWORD_DOES_NOT_MEET_REQUIREMENTS: weak,
  TOO_MANY_ATTEMPTS_TRY_LATER: { code: 'throttled', text: 'the project has had enough calls for now' },
  RESOURCE_EXHAUSTED: { code: 'throttled', text: 'the project has had enough calls for now' },
  USER_NOT_FOUND: { code: 'not_found', text: 'there is no such user' },
  INVALID_PHONE_NUMBER: bad('phone number: it is written as +33123456789 (E.164)'),
  INVALID_EMAIL: bad('e-mail address'),
}

export function toGatewayError(error: unknown, seen: Seen): GatewayError {
  if (seen.isWritten)
    return new GatewayError('unknown_outcome', `${seen.doing}: the change was made, but could not be read back`, {
      ...{ cause: error, sent: 'yes' },
    })
  if (isGatewayError(error)) return error
  const parsed = v.safeParse(SdkError, error)
  if (!parsed.success) return unforeseen(error, seen)
  const { code, cause, httpResponse } = parsed.output
  // What our own credential or way out threw, in the SDK's wrapping.
  if (isGatewayError(cause)) return cause
  const serverCode = serverCodeOf(httpResponse?.data)
  const status = seen.answer?.status
  const known = meanings[code] ?? (serverCode === null ? undefined : ofServer[serverCode]) ?? ofStatus(seen)
  if (known === null) return unforeseen(error, seen)
  const retryAfterMs = retryAfter(seen.answer?.headers['retry-after'])
  const vendorCode = [status === undefined ? null : `HTTP ${status}`, serverCode ?? code]
    .filter((part) => part !== null)
    .join(' ')
  return new GatewayError(known.code, `${seen.doing}: ${known.text}`, {
    ...{ sent: known.code === 'unknown_outcome' ? 'maybe' : seen.sent ? 'yes' : 'no', vendorCode },
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  })
}

/** The server's code stands before a colon, and a text with values after it. */
function serverCodeOf(data: unknown): string | null {
  const answer = v.safeParse(ServerAnswer, data)
  return answer.success ? (/^[A-Z][A-Z_]+/.exec(answer.output.error.message)?.[0] ?? null) : null
}

function ofStatus({ answer, effect, sent }: Seen): Meaning | null {
  // The SDK refuses by itself what the server would.
  if (!sent) return { code: 'invalid', text: 'Firebase’s SDK refuses a value' }
  if (answer === null || (answer.status >= 200 && answer.status < 300)) return null
  return meaningOfStatus(answer, effect)
}

function unforeseen(cause: unknown, { doing, effect, sent }: Seen): GatewayError {
  if (effect === 'write' && sent)
    return new GatewayError('unknown_outcome', `${doing}: Firebase’s answer is not understood`, { cause, sent: 'maybe' })
  return new GatewayError('internal', `${doing}: Firebase’s SDK failed in an unforeseen way`, { cause, sent: 'no' })
}
