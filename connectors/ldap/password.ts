/**
 * Proving a password against the hash that the directory holds (RFC 2307 schemes), without a bind: a wrong guess by bind counts as
 * a failed login and may lock the person out.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { verify as verifyArgon2 } from '@node-rs/argon2'

/** Digest scheme → hash name and digest length in bytes; what follows the digest is salt. */
const digests: Readonly<Record<string, readonly [name: string, length: number]>> = {
  MD5: ['md5', 16],
  SMD5: ['md5', 16],
  SHA: ['sha1', 20],
  SSHA: ['sha1', 20],
  SHA256: ['sha256', 32],
  SSHA256: ['sha256', 32],
  SHA384: ['sha384', 48],
  SSHA384: ['sha384', 48],
  SHA512: ['sha512', 64],
  SSHA512: ['sha512', 64],
}

/** Says whether the stored value is the hash of the password; null when the scheme is none that can be computed here. */
export async function matchesHash(stored: string, password: string): Promise<boolean | null> {
  const scheme = /^\{([^}]+)\}([\s\S]*)$/.exec(stored)
  if (scheme?.[1] === undefined || scheme[2] === undefined) return equal(Buffer.from(stored), Buffer.from(password))
  const name = scheme[1].toUpperCase()
  if (name === 'CLEARTEXT') return equal(Buffer.from(scheme[2]), Buffer.from(password))
  if (name === 'ARGON2') return verifyArgon2(scheme[2], password).catch(() => null)
  const digest = digests[name]
  if (digest === undefined) return null
  const bytes = Buffer.from(scheme[2], 'base64')
  const [hash, length] = digest
  if (bytes.length < length) return null
  const expected = createHash(hash).update(password).update(bytes.subarray(length)).digest()
  return equal(bytes.subarray(0, length), expected)
}

function equal(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
