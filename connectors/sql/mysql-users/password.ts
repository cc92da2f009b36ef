/**
 * caching_sha2_password: how MySQL keeps passwords. They are hashed here, so that the server's logs see none. The hash is that of crypt(3) with `$5$`
 * (U. Drepper, Unix crypt using SHA-256 and SHA-512), but for a salt of 20 bytes (MySQL Server source, sql/auth/sha2_password.cc and mysys/crypt_genhash_impl.cc).
 */
import { hash, randomBytes } from 'node:crypto'
import { setImmediate as breath } from 'node:timers/promises'
import { GatewayError } from '#core/errors.ts'
import { sameHash } from '../users/native-password.ts'

export const sha2Password = 'caching_sha2_password'

const saltLength = 20
const digestLength = 43
/** What MySQL 9 takes unless told otherwise, in thousands; the hash says how many, in hexadecimal, which servers read since 8.0.24. */
const rounds = 10
/** More the server refuses at login. */
const longest = 256

/** Its last character stands for four bits, and would be one of the first sixteen: a hash that no password has. An empty one would let everybody in. */
export const nobody = `$A$005$${'nobody'.padEnd(saltLength, '.')}${'z'.repeat(digestLength)}`

/** `$A$005$`, salt, hash. Throws `invalid` for a password that is empty or longer than the server takes. */
export async function toSha2(password: string): Promise<string> {
  const bytes = Buffer.byteLength(password)
  if (bytes === 0 || bytes > longest)
    throw new GatewayError('invalid', `A password must not be empty, nor longer than ${longest} bytes`, { sent: 'no' })
  return hashOf(password, newSalt(), rounds)
}

/** Says whether the hash is of this password; null for a form that is not known. */
export async function isSha2Of(text: string, password: string): Promise<boolean | null> {
  const match = /^\$A\$([0-9A-F]{3})\$(.{20})(.{43})$/s.exec(text)
  if (match === null) return null
  const [, count = '', salt = ''] = match
  return sameHash(text, await hashOf(password, salt, Number.parseInt(count, 16)))
}

/** Of the characters that crypt(3) has for salts. */
function newSalt(): string {
  return [...randomBytes(saltLength)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

async function hashOf(password: string, salt: string, thousands: number): Promise<string> {
  const count = thousands.toString(16).toUpperCase().padStart(3, '0')
  return `$A$${count}$${salt}${await crypt(Buffer.from(password), Buffer.from(salt), thousands * 1_000)}`
}

/** Servers may be told to take millions of rounds, and others have work to do meanwhile. */
async function crypt(password: Buffer, salt: Buffer, count: number): Promise<string> {
  const inner = sha256(password, salt, password)
  const bits = bitsOf(password.length).map((bit) => (bit ? inner : password))
  const first = sha256(password, salt, repeated(inner, password.length), ...bits)
  const p = repeated(sha256(...Array.from({ length: password.length }, () => password)), password.length)
  const s = repeated(sha256(...Array.from({ length: 16 + (first[0] ?? 0) }, () => salt)), salt.length)
  let digest = first
  for (let round = 0; round < count; round += 1) {
    if (round % 5_000 === 4_999) await breath()
    const odd = round % 2 === 1
    const between = [...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p])]
    digest = sha256(odd ? p : digest, ...between, odd ? digest : p)
  }
  return encoded(digest)
}

const sha256 = (...parts: readonly Buffer[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer')

/** The bits of a length, the lowest first. */
function bitsOf(length: number): readonly boolean[] {
  return Array.from(length.toString(2), (digit) => digit === '1').toReversed()
}

/** So many bytes of a digest, over and over. */
function repeated(digest: Buffer, length: number): Buffer {
  return Buffer.alloc(length, digest)
}

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Three bytes are four characters, the lowest six bits first; which three, goes round in tens. The last two bytes are three characters. */
function encoded(digest: Buffer): string {
  const byte = (place: number) => digest[place] ?? 0
  const characters = (value: number, count: number) =>
    Array.from({ length: count }, (_, place) => alphabet[(value >> (6 * place)) & 63]).join('')
  const triples = Array.from({ length: 10 }, (_, turn) => {
    const [high, middle, low] = rotated([turn, 10 + turn, 20 + turn], turn)
    return characters((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4)
  })
  return triples.join('') + characters((byte(31) << 8) | byte(30), 3)
}

/** (0, 10, 20), (21, 1, 11), (12, 22, 2), (3, 13, 23) … */
function rotated([first, second, third]: [number, number, number], turn: number): [number, number, number] {
  switch (turn % 3) {
    case 0:
      return [first, second, third]
    case 1:
      return [third, first, second]
    default:
      return [second, third, first]
  }
}
