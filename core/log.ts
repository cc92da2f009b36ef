/**
 * Logs carry ids and codes, not values. Errors are reduced to what is known to be harmless, because a vendor's message may
 * quote a row, a DN or a password.
 */
import { pino, type Logger } from 'pino'
import { isGatewayError } from './errors.ts'

export type { Logger } from 'pino'

export function createLog(level: string, part: string): Logger {
  return pino({ level, base: { part, pid: process.pid }, serializers: { err: toLoggedError } })
}

/** Code, our own message and a stack without messages; of foreign errors only class, code and stack frames. */
export function toLoggedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error }
  const frames = framesOf(error)
  const code = 'code' in error ? String(error.code) : undefined
  const cause = error.cause === undefined ? undefined : toLoggedError(error.cause)
  if (isGatewayError(error))
    return { code, message: error.message, vendorCode: error.vendorCode, hint: error.hint, frames, cause }
  return { kind: error.name, code, frames, cause }
}

/** The stack begins with the message, whose own lines may look like frames. */
function framesOf({ stack = '', message }: Error): readonly string[] {
  const start = stack.indexOf(message)
  if (start < 0) return []
  const lines = stack.slice(start + message.length).split('\n')
  return lines.filter((line) => line.startsWith('    at ')).slice(0, 8)
}
