/**
 * The one place where Odoo's answers become ours. Its messages are in the language of whoever asks and quote values, and it sends a traceback along:
 * only the class of the exception passes. Every call is one transaction, so that what failed with an exception has changed nothing.
 */
import { GatewayError } from '#core/errors.ts'
import type { HttpAnswer, Meaning } from '#connectors/kit/http.ts'
import * as v from 'valibot'
import { phrases } from './phrases.ts'

const Fault = v.object({ name: v.pipe(v.string(), v.regex(/^[A-Za-z_][\w.]{0,200}$/)) })

/** The class of the exception; null where the answer is not Odoo's. */
export function faultOf(json: unknown): string | null {
  const fault = v.safeParse(Fault, json)
  return fault.success ? fault.output.name : null
}

/** What a failed call by JSON-2 means; null: what the status says. */
export function meaningOf({ status, json }: HttpAnswer): Meaning | null {
  const fault = faultOf(json)
  if (fault !== null) return meaningOfFault(fault)
  return status === 404 ? notOdoo : null
}

/** An address at which there is nothing must not pass for a user that is gone. */
const notOdoo: Meaning = {
  code: 'config',
  text: 'there is no such database, or no API of this kind, at the address',
  hint: phrases.database,
}

/** The same for JSON-RPC, which tells of failures with success. */
export function toFaultError(doing: string, fault: string | null): GatewayError {
  const { code, text, hint } = fault === null ? failed : meaningOfFault(fault)
  return new GatewayError(code, `${doing}: ${text}`, {
    sent: 'yes',
    ...(fault === null ? {} : { vendorCode: fault }),
    ...(hint === undefined ? {} : { hint }),
  })
}

const failed: Meaning = { code: 'invalid', text: 'Odoo failed on the call, and took back what it had done of it' }

function meaningOfFault(fault: string): Meaning {
  const vendorCode = fault
  const known = meanings.find(([pattern]) => pattern.test(fault))?.[1]
  return known === undefined ? { ...failed, vendorCode, hint: phrases.log } : { ...known, vendorCode }
}

const meanings: readonly (readonly [RegExp, Meaning])[] = [
  [
    /\.(AccessDenied|Unauthorized|SessionExpiredException)$/,
    {
      code: 'auth',
      text: 'Odoo refuses the key',
      hint: phrases.apiKey,
    },
  ],
  [
    /\.(AccessError|Forbidden)$/,
    {
      code: 'denied',
      text: 'the gateway’s user lacks the right',
      hint: phrases.groups,
    },
  ],
  [/\.MissingError$/, { code: 'not_found', text: 'it is not there any more' }],
  [/^werkzeug\.exceptions\.NotFound$/, { code: 'unsupported', text: 'this Odoo does not know the call' }],
  [
    /\.(LockError|ConcurrencyError|SerializationFailure|LockNotAvailable|DeadlockDetected|TransactionRollbackError)$/,
    { code: 'transient', text: 'somebody else changes the same in Odoo' },
  ],
  [
    /\.(OperationalError|InterfaceError|PoolError)$/,
    { code: 'transient', text: 'Odoo cannot reach its database of this name', hint: phrases.database },
  ],
  [/\.(ValidationError|UserError|RedirectWarning)$/, { code: 'invalid', text: 'Odoo refuses the data' }],
]

/** What a person is told in a dialog, where a constraint of the data would be a ValidationError: a password that is too weak, for one. */
export const isUserError = ({ vendorCode }: GatewayError) => vendorCode?.endsWith('.UserError') === true
