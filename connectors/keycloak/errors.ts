/**
 * The one place where Keycloak's answers become ours. Its descriptions may quote values, so only its error codes and the names of fields pass.
 */
import type { HttpAnswer, Meaning } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { phrases } from './phrases.ts'

const Problem = v.object({
  error: v.optional(v.string()),
  errorMessage: v.optional(v.string()),
  field: v.optional(v.string()),
  errors: v.optional(v.array(v.object({ field: v.optional(v.string()), errorMessage: v.optional(v.string()) }))),
})

const passwordReasons: Readonly<Record<string, string>> = {
  invalidPasswordMinLengthMessage: 'it is too short',
  invalidPasswordMaxLengthMessage: 'it is too long',
  invalidPasswordMinDigitsMessage: 'it has too few digits',
  invalidPasswordMinLowerCaseCharsMessage: 'it has too few lower-case letters',
  invalidPasswordMinUpperCaseCharsMessage: 'it has too few upper-case letters',
  invalidPasswordMinSpecialCharsMessage: 'it has too few special characters',
  invalidPasswordNotUsernameMessage: 'it is the user name',
  invalidPasswordNotContainsUsernameMessage: 'it holds the user name',
  invalidPasswordNotEmailMessage: 'it is the e-mail address',
  invalidPasswordHistoryMessage: 'it was used before',
  invalidPasswordBlacklistedMessage: 'it is on the list of bad passwords',
  invalidPasswordRegexPatternMessage: 'it does not fit the pattern',
}

/** What Keycloak says differently from HTTP; null: what the status says. */
export function meaningOf({ status, json }: HttpAnswer): Meaning | null {
  const problem = v.safeParse(Problem, json)
  if (!problem.success) return null
  const { error = '', errorMessage, field, errors } = problem.output
  if (status === 403)
    return {
      code: 'denied',
      text: 'the service account lacks the right',
      hint: phrases.roles,
    }
  if (status === 409) return { code: 'exists', text: 'another user has the same user name or e-mail address' }
  if (status !== 400) return null
  if (/^invalidPassword\w+Message$/.test(error))
    return {
      code: 'policy',
      text: `the password policy refuses the password: ${passwordReasons[error] ?? 'see the realm’s policy'}`,
      vendorCode: error,
    }
  const refused = errors?.[0] ?? { field, errorMessage }
  return ofAttribute(refused.field, refused.errorMessage)
}

function ofAttribute(field: string | undefined, message: string | undefined): Meaning | null {
  if (field === undefined || message === undefined || !/^error-[\w-]+$/.test(message)) return null
  const name = field.replace(/[^\w.:-]/g, '?')
  const isRename = field === 'username' && message === 'error-user-attribute-read-only'
  return {
    code: 'invalid',
    text: `the realm refuses ${name} (${message})`,
    vendorCode: message,
    hint: isRename ? phrases.editUsername : phrases.profileRefuses,
  }
}
