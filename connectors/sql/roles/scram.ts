/**
 * Password verifiers of PostgreSQL, made here: the server, its log and its statistics see no password (RFC 5803; PostgreSQL manual, 53.8
 * pg_authid).
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { GatewayError } from '#core/errors.ts'

const derive = promisify(pbkdf2)
/** What the server itself takes (scram_iterations), since every login pays for it. */
const iterations = 4_096

/** A verifier with a new salt. Throws `invalid` for an empty password, with which nobody could log in. */
export async function toVerifier(password: string): Promise<string> {
  if (password === '') throw new GatewayError('invalid', 'A password must not be empty', { sent: 'no' })
  const salt = randomBytes(16)
  const { stored, server } = await keysOf(password, salt, iterations)
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored.toString('base64')}:${server.toString('base64')}`
}

/** Says whether the verifier is of this password; null for a form that is not known. `role` salts the older form. */
export async function verifies(verifier: string, password: string, role: string): Promise<boolean | null> {
  if (isMd5(verifier)) return verifier === `md5${createHash('md5').update(password).update(role).digest('hex')}`
  const match = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(verifier)
  if (match === null) return null
  const [, count, salt = '', stored = ''] = match
  const keys = await keysOf(password, Buffer.from(salt, 'base64'), Number(count))
  const expected = Buffer.from(stored, 'base64')
  return keys.stored.length === expected.length && timingSafeEqual(keys.stored, expected)
}

/** The older form holds the role's name, so it is lost when the role is renamed. */
export function isMd5(verifier: string): boolean {
  return /^md5[0-9a-f]{32}$/.test(verifier)
}

async function keysOf(password: string, salt: Buffer, count: number) {
  const salted = await derive(prepared(password), salt, count, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  return {
    stored: createHash('sha256').update(clientKey).digest(),
    server: createHmac('sha256', salted).update('Server Key').digest(),
  }
}

/** SASLprep (RFC 4013) as far as clients of PostgreSQL go: spaces become plain, what is invisible goes, and NFKC. */
function prepared(password: string): string {
  return password
    .replaceAll(/[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/gu, ' ')
    .replaceAll(/\u00AD|\u034F|\u1806|[\u180B-\u180D]|[\u200B-\u200D]|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu, '')
    .normalize('NFKC')
}
