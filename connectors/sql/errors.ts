/**
 * The one place where errors of PostgreSQL, MySQL, MariaDB and the network become ours. The vendor's message and detail quote
 * rows, so neither is kept, not even as the cause: only codes and names of constraints, tables and columns go on.
 */
import { GatewayError, isGatewayError, type ConnectorCode, type Sent } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { phrases } from './phrases.ts'

/**
 * What was being done. `connect`: nothing had been asked; `read`: a query; `write`: a change inside an open transaction, which
 * the server drops with the connection; `commit`: the statement that makes changes last, be it COMMIT or a single statement.
 */
export type Phase = 'connect' | 'read' | 'write' | 'commit'

interface VendorError {
  readonly code?: unknown
  readonly errno?: unknown
  readonly message?: unknown
  readonly constraint?: unknown
  readonly column?: unknown
  readonly table?: unknown
  readonly fatal?: unknown
}

type Meaning = ConnectorCode | 'interrupted' | 'lost'

/** SQLSTATE, longest prefix first (PostgreSQL manual, appendix A). */
const sqlStates: readonly (readonly [string, Meaning])[] = [
  ['23505', 'exists'],
  ['23P01', 'exists'],
  ['57014', 'interrupted'],
  // A session may be ended after its commit was done and before that was reported.
  ['57P', 'lost'],
  ['42501', 'denied'],
  ['25006', 'transient'],
  ['25P0', 'transient'],
  ['3D000', 'config'],
  ['08006', 'lost'],
  ['08007', 'lost'],
  ['08', 'transient'],
  ['22', 'invalid'],
  ['23', 'invalid'],
  ['28', 'auth'],
  ['40003', 'lost'],
  ['40', 'transient'],
  ['42', 'config'],
  ['428C9', 'invalid'],
  // Roles: a name that is taken, a name that is reserved, a membership in oneself, objects that still belong to the role.
  ['42710', 'exists'],
  ['42939', 'invalid'],
  ['0LP01', 'invalid'],
  ['2BP01', 'policy'],
  ['53', 'transient'],
  ['55', 'transient'],
  ['P0001', 'policy'],
]

/** MySQL and MariaDB error numbers; the names in `code` are wrong on MariaDB, so only numbers count. */
const errnos = new Map<number, Meaning>(
  Object.entries({
    exists: [1022, 1062, 1169, 1586],
    invalid: [
      1048, 1216, 1217, 1263, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1372, 1411, 1451, 1452, 1470, 1525, 1690, 1906, 1827,
      3105, 3140, 3819, 4025, 4027,
    ],
    // Accounts: what is changed or removed, or the role that is given, is not there.
    not_found: [1133, 1396, 1959, 1962, 3523, 3530],
    denied: [1044, 1095, 1130, 1142, 1143, 1227, 1370],
    auth: [1045, 1251, 1698, 1820, 1862, 3118, 3955, 4151],
    config: [1049, 1054, 1064, 1109, 1146, 1176, 1193, 1231, 1267],
    transient: [1020, 1021, 1040, 1041, 1114, 1129, 1203, 1205, 1213, 1226, 1290, 1461, 1615, 1637, 1792, 1836, 3101, 3168],
    lost: [1053, 1077, 1152, 1158, 1159, 1160, 1161, 1180, 1927, 2006, 2013, 3169, 4031],
    interrupted: [1317, 1907, 1969, 3024],
    policy: [1644, 1819, 3628, 3638, 4006],
  } satisfies Partial<Record<Meaning, number[]>>).flatMap(([meaning, numbers]) =>
    numbers.map((number) => [number, meaning as Meaning] as const),
  ),
)

/** Node's own codes, and those that the drivers give to their connection errors. */
const nodeCodes: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: 'transient',
  EHOSTUNREACH: 'lost',
  ENETUNREACH: 'lost',
  ENOTFOUND: 'config',
  EAI_AGAIN: 'transient',
  ECONNRESET: 'lost',
  EPIPE: 'lost',
  ETIMEDOUT: 'lost',
  ECONNABORTED: 'lost',
  PROTOCOL_CONNECTION_LOST: 'lost',
  PROTOCOL_SEQUENCE_TIMEOUT: 'lost',
  PROTOCOL_PACKETS_OUT_OF_ORDER: 'lost',
  ER_NET_PACKET_TOO_LARGE: 'invalid',
  HANDSHAKE_NO_SSL_SUPPORT: 'config',
  AUTH_SWITCH_PLUGIN_ERROR: 'auth',
}

/** Raised by ourselves when a connection ends, is aborted, or does not answer before the deadline. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  readonly why: 'aborted' | 'deadline' | 'closed'

  constructor(why: 'aborted' | 'deadline' | 'closed') {
    super(`The connection was given up (${why})`)
    this.why = why
  }
}

/** Says whether the connection is of no use after this error. */
export function breaksConnection(error: unknown): boolean {
  const { code, errno, fatal } = vendor(error)
  if (error instanceof ConnectionLost || fatal === true) return true
  // An error the server itself sent leaves the connection in order, unless it says that the session is over.
  if (typeof errno === 'number' && errno > 0) return errnos.get(errno) === 'lost'
  if (isSqlState(code)) return /^(57P|08|25P03|25P04)/.test(code)
  return true
}

/** Turns any error of a driver into ours. Our own errors pass unchanged. */
export function toGatewayError(error: unknown, phase: Phase, target: string): GatewayError {
  if (isGatewayError(error)) return error
  const { code: vendorCode, meaning } = classify(error)
  const { code, sent } = outcome(meaning, phase)
  const where = placeOf(vendor(error))
  const unknownDatabase = vendorCode === 'SQLSTATE 3D000' || vendorCode === 'errno 1049'
  const hint = unknownDatabase ? phrases.databaseName : hints[code]
  const message = unknownDatabase ? 'there is no database of that name' : (messages[code] ?? messages['internal'])
  return new GatewayError(code, `${target}: ${message}${where}`, {
    sent,
    ...(vendorCode === null ? {} : { vendorCode }),
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Says whether the error is about the certificate or the missing encryption, not about the login. */
export function isTlsError(error: unknown): boolean {
  const { code, message } = vendor(error)
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'HANDSHAKE_SSL_ERROR') return true
  if (typeof message === 'string' && message === 'The server does not support SSL connections') return true
  return typeof code === 'string' && /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/.test(code)
}

function classify(error: unknown): { readonly code: string | null; readonly meaning: Meaning } {
  const { code, errno, message } = vendor(error)
  if (error instanceof ConnectionLost) return { code: null, meaning: 'lost' }
  if (typeof errno === 'number' && errno > 0) return { code: `errno ${errno}`, meaning: errnos.get(errno) ?? 'internal' }
  if (isSqlState(code)) {
    const known = sqlStates.filter(([prefix]) => code.startsWith(prefix)).toSorted(([a], [b]) => b.length - a.length)[0]
    return { code: `SQLSTATE ${code}`, meaning: known?.[1] ?? 'internal' }
  }
  if (isTlsError(error)) return { code: typeof code === 'string' ? code : null, meaning: 'config' }
  if (typeof code === 'string') return { code, meaning: nodeCodes[code] ?? 'internal' }
  // pg raises errors without any code when its socket ends.
  if (typeof message === 'string' && /connection (terminated|ended)|not queryable|closed state/i.test(message)) {
    return { code: null, meaning: 'lost' }
  }
  return { code: null, meaning: 'internal' }
}

function outcome(meaning: Meaning, phase: Phase): { readonly code: ConnectorCode; readonly sent: Sent } {
  if (meaning === 'lost' || meaning === 'interrupted') {
    return phase === 'commit' ? { code: 'unknown_outcome', sent: 'maybe' } : { code: 'transient', sent: 'no' }
  }
  if (meaning === 'internal' && phase === 'commit') return { code: 'internal', sent: 'maybe' }
  if (meaning === 'transient' && phase === 'commit') return { code: 'transient', sent: 'yes' }
  return { code: meaning, sent: phase === 'connect' || meaning === 'transient' ? 'no' : 'yes' }
}

const messages: Partial<Record<ConnectorCode, string>> = {
  exists: 'a unique value of the account is already taken',
  invalid: 'the database refuses a value',
  auth: 'the database refuses the login',
  denied: 'the database user lacks a right',
  config: 'the database is not as the configuration says',
  transient: 'the database cannot do it now',
  unknown_outcome: 'the connection was lost before the database confirmed the change',
  policy: "a rule of the database's own refuses the change",
  internal: 'the database answered with an unexpected error',
}

const hints: Partial<Record<ConnectorCode, Phrase>> = {
  invalid: phrases.columnLimits,
  auth: phrases.login,
  denied: phrases.grants,
  config: phrases.runTest,
}

/** Names only: none of these fields can hold a value of a row. */
function placeOf({ constraint, column, table, message, errno }: VendorError): string {
  if (typeof constraint === 'string') return ` (constraint ${constraint})`
  if (typeof column === 'string') return ` (column ${column})`
  if (typeof table === 'string') return ` (table ${table})`
  if (typeof message !== 'string') return ''
  // The name of the key ends the message; the value before it may hold anything.
  if (errno === 1062) return nameIn(/ for key '([\w.$]+)'$/.exec(message), 'key')
  if (errno === 1048 || errno === 1364) return nameIn(/^(?:Column|Field) '([\w.$]+)'/.exec(message), 'column')
  if (errno === 1406 || errno === 1264 || errno === 1265)
    return nameIn(/ for column '([\w.$]+)' at row \d+$/.exec(message), 'column')
  return ''
}

function nameIn(match: RegExpExecArray | null, kind: string): string {
  return match?.[1] === undefined ? '' : ` (${kind} ${match[1]})`
}

function isSqlState(code: unknown): code is string {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE'
}

function vendor(error: unknown): VendorError {
  return typeof error === 'object' && error !== null ? error : {}
}
