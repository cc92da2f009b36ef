/** The refusals that accounts of both servers have in common. */
import type { ConnectorCode } from '#core/errors.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { phrases } from '../phrases.ts'

export function refused(code: ConnectorCode, target: string, message: string, hint?: Phrase, at?: string): GatewayError {
  return new GatewayError(code, `${target}: ${message}`, {
    sent: 'no',
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
  })
}

export function gone(target: string): GatewayError {
  return new GatewayError('not_found', `${target}: the account is gone`, { sent: 'yes' })
}

export function stale(target: string, item: string): GatewayError {
  return new GatewayError('stale', `${target}: ${item} of the account was changed by someone else meanwhile`, {
    sent: 'yes',
    at: item,
  })
}

/** Nobody takes away the rights by which the gateway itself works, nor those of who may do everything. */
export function protectedAccount(target: string): GatewayError {
  return refused(
    'policy',
    target,
    'the account may do everything, or is the one that the gateway logs in with; it is not changed',
    phrases.byHand,
  )
}

export function unknownGroup(target: string): GatewayError {
  return refused('not_found', target, 'a role to join does not exist, or is none that accounts may be put in', phrases.roleToJoin)
}
