/**
 * One error class for the whole gateway. The code is what programs decide on, the message is what people read, and neither
 * ever holds an attribute's value: values are personal data and errors travel far.
 */

import type { Phrase } from './phrase.ts'

/** Codes a connector may raise: the closed list of `connectors/kit`. What the saga does next depends on nothing else. */
export const connectorCodes = [
  'transient',
  'throttled',
  'unknown_outcome',
  'exists',
  'not_found',
  'stale',
  'already',
  'ambiguous',
  'invalid',
  'policy',
  'denied',
  'auth',
  'config',
  'unsupported',
  'internal',
] as const
export type ConnectorCode = (typeof connectorCodes)[number]

/** Codes of the gateway itself, each the last part of a problem type (RFC 9457). */
export const gatewayCodes = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'missing',
  'conflict',
  'idempotency_mismatch',
  'too_large',
  'unsupported_media_type',
  'unprocessable',
  'rule_failed',
  'rule_timeout',
  'not_understood',
  'unavailable',
] as const
export type GatewayCode = (typeof gatewayCodes)[number]

/**
 * What a request or a step came to, which is no error of a call. diverged: neither as before nor as desired after a call whose outcome was
 * unknown; drift: changed by somebody else, so not undone, or not done as it was approved; remains: undone but for what the system cannot put back; password_reset: undone, with a password that nobody knows in the place of
 * the old one; poisoned: workers
 * died with it; cancelled: by a person; superseded: a newer request asks for all of it; rejected, expired: not approved; tampered: edited
 * behind the gateway's back after it was accepted.
 */
export const outcomeCodes = [
  'diverged',
  'drift',
  'remains',
  'password_reset',
  'poisoned',
  'cancelled',
  'superseded',
  'rejected',
  'expired',
  'tampered',
] as const
export type OutcomeCode = (typeof outcomeCodes)[number]

export type ErrorCode = ConnectorCode | GatewayCode

/** Whether a call that failed had left us: `maybe` makes the outcome unknown. */
export type Sent = 'no' | 'yes' | 'maybe'

export interface ErrorDetails {
  readonly cause?: unknown
  /** Only for calls to targets. */
  readonly sent?: Sent
  /** Milliseconds the target asked us to wait. */
  readonly retryAfterMs?: number
  /** Where in the input the problem stands (a JSON pointer, or `file:line:column`). */
  readonly at?: string
  /** What the reader can do about it; a phrase where it is shown to people in their language. */
  readonly hint?: string | Phrase
  /** The vendor's own code, such as `LDAP 68` or `SQLSTATE 23505`; never its message, which may quote values. */
  readonly vendorCode?: string
}

export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  /** The message in both languages, where it is from a list. */
  readonly phrase: Phrase | undefined
  readonly sent: Sent | undefined
  readonly retryAfterMs: number | undefined
  readonly at: string | undefined
  /** In English, whatever it was made of. */
  readonly hint: string | undefined
  /** The same in both languages, where it is from a list. */
  readonly advice: Phrase | undefined
  readonly vendorCode: string | undefined

  constructor(code: ErrorCode, message: string | Phrase, details: ErrorDetails = {}) {
    super(typeof message === 'object' ? message.en : message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.phrase = typeof message === 'object' ? message : undefined
    this.sent = details.sent
    this.retryAfterMs = details.retryAfterMs
    this.at = details.at
    this.hint = typeof details.hint === 'object' ? details.hint.en : details.hint
    this.advice = typeof details.hint === 'object' ? details.hint : undefined
    this.vendorCode = details.vendorCode
  }
}

export function isGatewayError(error: unknown): error is GatewayError {
  return error instanceof GatewayError
}
