/**
 * The one place where what the directory or the network answers becomes our own error. A directory's messages may quote values,
 * so only the parts that are known to name attributes and classes pass.
 */
import { ResultCodeError } from 'ldapts'
import { GatewayError } from '#core/errors.ts'
import { networkError, type Attempt } from '#connectors/kit/ldap/network-error.ts'
import { busy, resultMeanings, type Meaning } from '#connectors/kit/ldap/result-codes.ts'

/** Never throws; an error that is ours already passes. */
export function toGatewayError(error: unknown, attempt: Attempt): GatewayError {
  if (error instanceof GatewayError) return error
  return error instanceof ResultCodeError ? fromResult(error, attempt) : networkError(error, attempt)
}

const policyReasons = [
  'the password has expired',
  'the account is locked',
  'the password must be changed first',
  'the password may not be changed',
  'the old password must be given',
  'the password is too simple',
  'the password is too short',
  'the password was changed too recently',
  'the password was used before',
]

function fromResult(error: ResultCodeError, attempt: Attempt): GatewayError {
  const { code, text, hint } = meaningOf(error, attempt)
  const detail = safeDetail(error.message)
  return new GatewayError(code, `${attempt.doing}: ${text}${detail === null ? '' : ` (${detail})`}`, {
    sent: attempt.kind === 'connect' || attempt.kind === 'bind' ? 'no' : 'yes',
    vendorCode: `LDAP ${error.code}`,
    ...(hint === undefined ? {} : { hint }),
  })
}

function meaningOf({ code, message }: ResultCodeError, { kind, policyError }: Attempt): Meaning {
  if (kind === 'bind' && code === 53) return resultMeanings[49] ?? busy
  if (code === 19 && /non-unique|not unique|already exists/i.test(message))
    return { code: 'exists', text: 'another entry holds a value that must be unique' }
  if (kind === 'password' && policyError !== undefined)
    return { code: 'policy', text: policyReasons[policyError] ?? 'the password policy refuses the password' }
  if (kind === 'password' && (code === 19 || code === 53))
    return { code: 'policy', text: 'the password policy refuses the password' }
  return resultMeanings[code] ?? { code: 'internal', text: 'the directory answered with an unknown code' }
}

/** Texts of OpenLDAP and 389 Directory Server that name an attribute or a class and quote no value. */
const safeDetails = [
  /attribute '[\w;.-]+' not allowed/i,
  /attribute "[\w;.-]+" not allowed/i,
  /object class '[\w.-]+' requires attribute '[\w;.-]+'/i,
  /missing attribute "[\w;.-]+" required by object class "[\w.-]+"/i,
  /[\w;.-]+: (?:attribute type undefined|multiple values provided|value #\d+ invalid per syntax|no user modification allowed|value #\d+ provided more than once)/i,
  /unrecognized objectClass|naming attribute '[\w;.-]+' is not present in entry/i,
]

function safeDetail(message: string): string | null {
  for (const pattern of safeDetails) {
    const found = pattern.exec(message)
    if (found !== null) return found[0]
  }
  return null
}
