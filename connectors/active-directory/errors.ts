/**
 * The one place where what a domain controller or the network answers becomes our own error. The result code says little: what matters is the
 * Windows code in front of the text, and behind a refused login the `data`. Texts quote values, so none passes but what is known to be harmless.
 */
import { ResultCodeError } from 'ldapts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { networkError, type Attempt } from '#connectors/kit/ldap/network-error.ts'
import { invalid, resultMeanings, type Meaning } from '#connectors/kit/ldap/result-codes.ts'
import { phrases } from './phrases.ts'

/** Never throws; an error that is ours already passes. */
export function toGatewayError(error: unknown, attempt: Attempt): GatewayError {
  if (error instanceof GatewayError) return error
  if (!(error instanceof ResultCodeError)) return networkError(error, attempt)
  const { code, text, hint } = meaningOf(error, attempt)
  const { kind, doing } = attempt
  const detail = windowsCode(error) ?? loginData(error)
  return new GatewayError(code, `${doing}: ${text}`, {
    sent: kind === 'connect' || kind === 'bind' ? 'no' : 'yes',
    vendorCode: `LDAP ${error.code}${detail === null ? '' : ` ${detail}`}`,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Why a login was refused, as it stands behind `data`; the password was the right one in all of these but the first two and `775`. */
const loginReasons: Readonly<Record<string, string>> = {
  '525': 'there is no such account',
  '52e': 'the password is wrong, or there is no such account',
  '530': 'the account may not log in at this hour',
  '531': 'the account may not log in from here',
  '532': 'the password has expired',
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': 'the password must be changed first',
  '775': 'the account is locked',
}

/** The `data` of a refused login, lower case; null where there is none. */
export function loginData({ message }: Pick<Error, 'message'>): string | null {
  return /\bdata ([0-9a-f]{3,8})\b/i.exec(message)?.[1]?.toLowerCase() ?? null
}

/** The Windows error in front of the text, eight hexadecimal digits, upper case. */
export function windowsCode({ message }: Pick<Error, 'message'>): string | null {
  return /^([0-9a-f]{8}): (?!LdapErr)/i.exec(message)?.[1]?.toUpperCase() ?? null
}

const policy = (text: string): Meaning => ({ code: 'policy', text })
const exists = (text: string, hint: Phrase): Meaning => ({ code: 'exists', text, hint })
const takenUpn = exists('another account of the forest has this userPrincipalName', phrases.uniqueUpn)
const takenName = exists('another object has this name', phrases.uniqueName)
const noReference = invalid('a value names an object that does not exist', phrases.reference)

/** [MS-ERREF] §2.2, for those that mean more than their result code. */
const windowsMeanings: Readonly<Record<string, Meaning>> = {
  '0000052D': policy('the password policy of the domain refuses the password'),
  '00000056': policy('the password policy of the domain refuses the password'),
  '00000524': takenName,
  '00000525': noReference,
  '00000005': { code: 'denied', text: 'the service account lacks the right' },
  '00002071': takenName,
  '0000208D': { code: 'not_found', text: 'the object, or the place for it, does not exist' },
  '00002095': { code: 'not_found', text: 'the unit for the account does not exist' },
  '00002098': {
    code: 'denied',
    text: 'the service account lacks the right',
    hint: phrases.rights,
  },
  '0000202F': takenUpn,
  '000020B5': noReference,
  '000021C7': exists('another object has this servicePrincipalName', phrases.uniqueSpn),
  '000021C8': takenUpn,
}

function meaningOf(error: ResultCodeError, { kind }: Attempt): Meaning {
  const fallback = resultMeanings[error.code] ?? { code: 'internal', text: 'the domain controller answered with an unknown code' }
  if (error.code === 49) return refusedLogin(error)
  const code = windowsCode(error)
  // What an object class lacks has the same Windows code as what a name lacks.
  const known = code === null ? undefined : windowsMeanings[code]
  if (known?.code === 'policy') return { ...known, text: `${known.text}${policyDetail(error)}` }
  if (known !== undefined) return known
  if (error.code === 68) return takenName
  if (kind === 'password' && (error.code === 19 || error.code === 53)) return policy('the domain controller refuses the password')
  return fallback
}

function refusedLogin(error: ResultCodeError): Meaning {
  const reason = loginReasons[loginData(error) ?? ''] ?? 'the domain controller refuses the account or its password'
  return { code: 'auth', text: reason, hint: phrases.bindPassword }
}

/** Texts of Samba; Windows says nothing but the code. */
function policyDetail({ message }: ResultCodeError): string {
  const found = /the password (?:is too short|does not meet the complexity criteria|was already used|is too young)[^:!.]*/.exec(
    message,
  )
  return found === null ? '' : ` (${found[0]})`
}
