/** Passwords: written as the domain controller wants them, and only where nobody can read along; proved by logging in. */
import type { Change } from 'ldapts'
import type { Account } from '#core/account.ts'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import { isEncrypted } from '#connectors/kit/ldap/endpoint.ts'
import { openWire, type Wire } from '#connectors/kit/ldap/wire.ts'
import { Attribute } from 'ldapts'
import type { Directory } from './directory.ts'
import { toGatewayError } from './errors.ts'
import { findAccount } from './lookup.ts'
import { change } from './mapping.ts'
import { phrases } from './phrases.ts'
import { passwordAttribute } from './schema.ts'

/** The change that sets it ([MS-ADTS] §3.1.1.3.1.5.1). */
export function passwordChange(password: string): Change {
  return change('replace', new Attribute({ type: passwordAttribute, values: [Buffer.from(`"${password}"`, 'utf16le')] }))
}

/** Throws `config` on a connection in clear: some controllers would take a password there. */
export function refuseClearPassword({ config }: Directory): void {
  if (isEncrypted(config)) return
  throw new GatewayError('config', 'passwords are set over an encrypted connection only', {
    sent: 'no',
    hint: phrases.encrypt,
  })
}

/** Refusals of a login by which the controller says that the password itself was right ([MS-ERREF]; Microsoft's list of `data` codes). */
const rightAllTheSame = /\b(?:530|531|532|533|701|773)$/
const unclear = /\b775$/

/**
 * By a login on a connection of its own; a wrong password counts as a failed one. Null for an account that is locked, for which the controller
 * does not look at the password.
 */
export async function holdsSecret(
  wire: Wire,
  directory: Directory,
  signal: AbortSignal,
  { current, attribute, secret }: { readonly current: Account; readonly attribute: string; readonly secret: string },
): Promise<boolean | null> {
  // A login with a DN and no password is anonymous and succeeds (RFC 4513 §5.1.2).
  if (attribute.toLowerCase() !== passwordAttribute.toLowerCase() || secret === '') return false
  const account = await findAccount(wire, directory, { nativeId: current.nativeId, correlate: {} })
  if (account === null) return false
  const { config } = directory
  try {
    const login = { dn: account.label, password: secret }
    await (await openWire({ config, toError: toGatewayError, login, signal })).close()
    return true
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'auth') throw error
    if (unclear.test(error.vendorCode ?? '')) return null
    return rightAllTheSame.test(error.vendorCode ?? '')
  }
}
