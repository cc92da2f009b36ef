/** Looking just before writing, for systems that cannot be told to write only if nothing changed: what is left is the time of one call. */
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { accountDifferences } from './compare.ts'
import type { Spelling } from './connector.ts'

/** Throws `not_found` when the account that was just read is gone, `stale` when it is no longer as in `current`. */
export function refuseChanged(current: Account, found: Account | null, spelling?: Spelling): void {
  if (found === null) throw new GatewayError('not_found', 'the account is not there any more', { sent: 'no' })
  if (accountDifferences(current, found, spelling).length > 0)
    throw new GatewayError('stale', 'the account changed since it was read', { sent: 'no' })
}
