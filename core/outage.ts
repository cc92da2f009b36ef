/**
 * Telling "PostgreSQL is not there, or has no room, right now" from every other error. The one thing to do then is to try again a
 * little later; whether the statement under way had its effect is unknown.
 */

/** The connection that the error came from is gone, or is going. */
const lost: ReadonlySet<string> = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  // admin_shutdown, crash_shutdown (PostgreSQL, appendix A)
  '57P01',
  '57P02',
])

const unreachable: ReadonlySet<string> = new Set([
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // cannot_connect_now: it starts, stops or recovers
  '57P03',
  // read_only_sql_transaction: a standby, which is about to be promoted or was demoted
  '25006',
  // io_error
  '58030',
])

export function isConnectionLost(error: unknown): boolean {
  return lost.has(codeOf(error))
}

/** Also for errors that a library wrapped. Classes 08 (connection) and 53 (no room: disk, memory, connections) count whole. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error)
  if (lost.has(code) || unreachable.has(code) || isWithoutSocket(error) || /^(08|53)[0-9A-Z]{3}$/.test(code)) return true
  return error instanceof Error && error.cause !== undefined && isOutage(error.cause)
}

/** A server that is down has taken its Unix socket with it. */
function isWithoutSocket(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' && Reflect.get(Object(error), 'syscall') === 'connect'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
