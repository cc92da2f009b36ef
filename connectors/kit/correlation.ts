/** Reading a key that has no native id yet, with the refusals that keep a vague key from finding somebody else. */
import type { AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Values } from '#core/values.ts'
import { kitPhrases } from './phrases.ts'

/**
 * The attributes that must all match. Throws `config` when there are none, or when one has no value (it would match
 * anybody), and `invalid` for a NUL character.
 */
export function correlationOf({ correlate }: Pick<AccountKey, 'correlate'>): readonly (readonly [string, Values])[] {
  const entries = Object.entries(correlate)
  const empty = entries.find(([, values]) => values.length === 0)?.[0]
  if (entries.length === 0 || empty !== undefined)
    throw new GatewayError(
      'config',
      empty === undefined ? 'there is nothing to find the account by' : `${empty} has no value to find the account by`,
      {
        sent: 'no',
        hint: kitPhrases.correlateByFilled,
      },
    )
  const nul = entries.find(([, values]) => values.some((value) => String(value).includes('\0')))?.[0]
  if (nul !== undefined) throw new GatewayError('invalid', `a value of ${nul} holds a NUL character`, { sent: 'no' })
  return entries
}
